-- What a revision mended: each attempt at a creative, what was wrong with it, and how far it got beyond the one before.
CREATE OR REPLACE VIEW creative_attempts AS
SELECT
    c.post,
    p.brand,
    p.week,
    c.round,
    c.attempt,
    count(*) OVER (PARTITION BY c.post, c.round) AS attempts,
    c.id AS creative,
    c.brief ->> '$.template' AS template,
    c.meets_bar,
    c.chosen,
    c.score,
    c.score - lag(c.score) OVER (PARTITION BY c.post, c.round ORDER BY c.attempt) AS gain,
    -- In one pass: taking each value out by its path costs three times as much.
    [check_.name FOR check_ IN from_json(c.checks, '[{"name": "VARCHAR", "passed": "BOOLEAN"}]') IF NOT check_.passed]
        AS failed_checks,
    coalesce(e.defects, []) AS defects,
    c.reasons::VARCHAR[] AS reasons,
    c.media ->> '$[0].sha256' AS picture,
    c.created_at
FROM creatives AS c
JOIN posts AS p ON p.id = c.post
LEFT JOIN (
    SELECT creative, list(DISTINCT defect ORDER BY defect) AS defects FROM evaluations WHERE defect <> '' GROUP BY creative
) AS e ON e.creative = c.id;

COMMENT ON VIEW creative_attempts IS 'Every attempt at a creative with what was wrong and what the next one gained';
COMMENT ON COLUMN creative_attempts.post IS 'Post id';
COMMENT ON COLUMN creative_attempts.brand IS 'Brand id';
COMMENT ON COLUMN creative_attempts.week IS 'Monday of the week';
COMMENT ON COLUMN creative_attempts.round IS 'Round of the copy that it was made for';
COMMENT ON COLUMN creative_attempts.attempt IS 'Attempt within the round, from 1';
COMMENT ON COLUMN creative_attempts.attempts IS 'Attempts made in the round';
COMMENT ON COLUMN creative_attempts.creative IS 'Creative id';
COMMENT ON COLUMN creative_attempts.template IS 'Layout of the studio';
COMMENT ON COLUMN creative_attempts.meets_bar IS 'Whether it meets the bar of the brand';
COMMENT ON COLUMN creative_attempts.chosen IS 'Whether it is the one kept';
COMMENT ON COLUMN creative_attempts.score IS 'Orders the attempts of one post, 0 to 1; no quality mark';
COMMENT ON COLUMN creative_attempts.gain IS 'Score less that of the attempt before';
COMMENT ON COLUMN creative_attempts.failed_checks IS 'Names of the measurements that failed, notes included';
COMMENT ON COLUMN creative_attempts.defects IS 'Defects that the evaluator named';
COMMENT ON COLUMN creative_attempts.reasons IS 'What the next attempt was asked to mend';
COMMENT ON COLUMN creative_attempts.picture IS 'SHA-256 of the first picture: its file name in the media folder';
COMMENT ON COLUMN creative_attempts.created_at IS 'When it was made';
