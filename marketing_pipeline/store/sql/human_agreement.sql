-- Do people decide as the quality bar says: each post that a person decided about, beside the creative they saw.
CREATE OR REPLACE VIEW human_agreement AS
WITH judged AS (
    SELECT
        d.brand,
        p.week,
        d.decision = 'approve' AS person_says_yes,
        -- The picture that stood when they decided: a rejected post is designed again, and that one is another.
        arg_max(c.meets_bar, (c.round, c.chosen, c.attempt)) AS bar_says_yes
    FROM approvals AS d
    JOIN posts AS p ON p.id = d.subject
    JOIN creatives AS c ON c.post = p.id AND c.created_at <= d.decided_at
    WHERE d.kind = 'publish_post' AND d.decision IN ('approve', 'reject') AND d.source NOT IN ('policy', 'system')
    GROUP BY d.id, d.sequence, d.brand, p.week, d.decision
)
SELECT
    brand,
    week,
    count(*) AS decisions,
    count(*) FILTER (bar_says_yes AND person_says_yes) AS both_yes,
    count(*) FILTER (NOT bar_says_yes AND NOT person_says_yes) AS both_no,
    count(*) FILTER (bar_says_yes AND NOT person_says_yes) AS only_bar_yes,
    count(*) FILTER (NOT bar_says_yes AND person_says_yes) AS only_person_yes,
    avg((bar_says_yes = person_says_yes)::INT) AS agreement
FROM judged
GROUP BY brand, week;

COMMENT ON VIEW human_agreement IS 'What the quality bar said of creatives beside what people decided about their posts, by week';
COMMENT ON COLUMN human_agreement.brand IS 'Brand id';
COMMENT ON COLUMN human_agreement.week IS 'Monday of the week of the posts';
COMMENT ON COLUMN human_agreement.decisions IS 'Approvals and rejections of posts by people';
COMMENT ON COLUMN human_agreement.both_yes IS 'Met the bar, and was approved';
COMMENT ON COLUMN human_agreement.both_no IS 'Was below the bar, and was rejected';
COMMENT ON COLUMN human_agreement.only_bar_yes IS 'Met the bar, and was rejected: the bar is too low, or the post was wrong otherwise';
COMMENT ON COLUMN human_agreement.only_person_yes IS 'Was below the bar, and was approved: the bar is too strict';
COMMENT ON COLUMN human_agreement.agreement IS 'Share of the decisions in which both say the same; people see mostly posts below the bar, so it is no rate over all posts';
