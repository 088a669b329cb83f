-- How good the creatives come out, week by week: at once, after revisions, and in the evaluator's own levels.
CREATE OR REPLACE VIEW evaluation_weekly AS
WITH design AS (
    SELECT
        p.brand,
        p.week,
        count(*) AS attempts,
        bool_or(c.meets_bar AND c.attempt = 1) AS at_once,
        bool_or(c.meets_bar) AS in_the_end
    FROM creatives AS c
    JOIN posts AS p ON p.id = c.post
    GROUP BY p.brand, p.week, c.post, c.round
),
designs AS (
    SELECT
        brand,
        week,
        count(*) AS designs,
        avg(at_once::INT) AS first_pass_rate,
        avg(attempts) AS mean_attempts,
        avg(in_the_end::INT) AS share_meeting_bar
    FROM design
    GROUP BY brand, week
),
verdicts AS (
    SELECT
        p.brand,
        p.week,
        count(*) AS verdicts,
        avg((e.level = 'good')::INT) AS share_good,
        avg((e.level = 'acceptable')::INT) AS share_acceptable,
        avg((e.level = 'poor')::INT) AS share_poor,
        avg((e.level = 'cannot_tell')::INT) AS share_cannot_tell
    FROM evaluations AS e
    JOIN posts AS p ON p.id = e.post
    GROUP BY p.brand, p.week
)
SELECT
    brand,
    week,
    designs.designs,
    designs.first_pass_rate,
    designs.mean_attempts,
    designs.share_meeting_bar,
    coalesce(verdicts.verdicts, 0) AS verdicts,
    verdicts.share_good,
    verdicts.share_acceptable,
    verdicts.share_poor,
    verdicts.share_cannot_tell
FROM designs
LEFT JOIN verdicts USING (brand, week);

COMMENT ON VIEW evaluation_weekly IS 'Quality of creatives by week: first-pass rate, attempts, and the levels that the evaluator gave';
COMMENT ON COLUMN evaluation_weekly.brand IS 'Brand id';
COMMENT ON COLUMN evaluation_weekly.week IS 'Monday of the week';
COMMENT ON COLUMN evaluation_weekly.designs IS 'Designs: one a post, and one more each time that it was sent back';
COMMENT ON COLUMN evaluation_weekly.first_pass_rate IS 'Share of designs whose first attempt met the bar';
COMMENT ON COLUMN evaluation_weekly.mean_attempts IS 'Mean attempts at a design';
COMMENT ON COLUMN evaluation_weekly.share_meeting_bar IS 'Share of designs that met the bar in the end';
COMMENT ON COLUMN evaluation_weekly.verdicts IS 'Verdicts of the evaluator, one a criterion of each attempt';
COMMENT ON COLUMN evaluation_weekly.share_good IS 'Share of the verdicts that say good';
COMMENT ON COLUMN evaluation_weekly.share_acceptable IS 'Share that say acceptable';
COMMENT ON COLUMN evaluation_weekly.share_poor IS 'Share that say poor';
COMMENT ON COLUMN evaluation_weekly.share_cannot_tell IS 'Share that say cannot_tell';
