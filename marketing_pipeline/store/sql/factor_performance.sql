-- Plain averages by what code decides about a post. They do not separate the factors: `learnings` does, with intervals.
CREATE OR REPLACE VIEW factor_performance AS
SELECT
    brand,
    factor,
    level,
    count(*) AS posts,
    count(engagement) AS measured_posts,
    avg(reach) AS mean_reach,
    avg(engagement) AS mean_engagement,
    median(engagement) AS median_engagement,
    sum(engagement) FILTER (reach > 0) / nullif(sum(reach) FILTER (engagement IS NOT NULL), 0) AS engagement_rate
FROM (
    UNPIVOT (
        SELECT brand, pillar, format, hook, slot, reach, engagement FROM post_results
    ) ON pillar, format, hook, slot INTO NAME factor VALUE level
)
GROUP BY brand, factor, level;

COMMENT ON VIEW factor_performance IS 'Average result of posts by pillar, format, hook and slot; learnings separate the factors, this does not';
COMMENT ON COLUMN factor_performance.brand IS 'Brand id';
COMMENT ON COLUMN factor_performance.factor IS 'pillar, format, hook or slot';
COMMENT ON COLUMN factor_performance.level IS 'Level of the factor';
COMMENT ON COLUMN factor_performance.posts IS 'Published posts';
COMMENT ON COLUMN factor_performance.measured_posts IS 'Published posts with an engagement so far';
COMMENT ON COLUMN factor_performance.mean_reach IS 'Mean accounts reached, newest snapshots';
COMMENT ON COLUMN factor_performance.mean_engagement IS 'Mean engagement, newest snapshots';
COMMENT ON COLUMN factor_performance.median_engagement IS 'Median engagement, newest snapshots';
COMMENT ON COLUMN factor_performance.engagement_rate IS 'All engagement per account reached';
