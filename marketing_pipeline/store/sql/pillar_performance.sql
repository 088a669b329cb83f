-- Which themes work: `factor_performance` for pillars, with how much each is used and recommended.
CREATE OR REPLACE VIEW pillar_performance AS
SELECT
    f.brand,
    f.level AS pillar,
    f.posts,
    f.posts / sum(f.posts) OVER (PARTITION BY f.brand) AS share_of_posts,
    f.mean_reach,
    f.mean_engagement,
    f.median_engagement,
    f.engagement_rate,
    l.multiple,
    l.low,
    l.high,
    l.recommended_share
FROM factor_performance AS f
LEFT JOIN (
    FROM learnings WHERE factor = 'pillar' QUALIFY week = max(week) OVER (PARTITION BY brand)
) AS l ON l.brand = f.brand AND l.level = f.level
WHERE f.factor = 'pillar';

COMMENT ON VIEW pillar_performance IS 'Content pillars: how much each is used, what it achieves, what was learnt last';
COMMENT ON COLUMN pillar_performance.brand IS 'Brand id';
COMMENT ON COLUMN pillar_performance.pillar IS 'Pillar id';
COMMENT ON COLUMN pillar_performance.posts IS 'Published posts';
COMMENT ON COLUMN pillar_performance.share_of_posts IS 'Share of the published posts of the brand';
COMMENT ON COLUMN pillar_performance.mean_reach IS 'Mean accounts reached, newest snapshots';
COMMENT ON COLUMN pillar_performance.mean_engagement IS 'Mean engagement, newest snapshots';
COMMENT ON COLUMN pillar_performance.median_engagement IS 'Median engagement, newest snapshots';
COMMENT ON COLUMN pillar_performance.engagement_rate IS 'All engagement per account reached';
COMMENT ON COLUMN pillar_performance.multiple IS 'Learnt effect: engagement as a multiple of the average post';
COMMENT ON COLUMN pillar_performance.low IS 'Lower end of its 90 % interval';
COMMENT ON COLUMN pillar_performance.high IS 'Upper end of its 90 % interval';
COMMENT ON COLUMN pillar_performance.recommended_share IS 'Share recommended for the coming week';
