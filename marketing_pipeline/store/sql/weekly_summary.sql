-- One line a brand and week: how far the posts are, what they achieved, what the models cost.
CREATE OR REPLACE VIEW weekly_summary AS
WITH work AS (
    SELECT
        brand,
        week,
        count(*) AS posts,
        count(*) FILTER (state = 'published') AS published,
        count(*) FILTER (state IN ('needs_human', 'parked', 'missed', 'failed')) AS waiting,
        count(*) FILTER (state = 'cancelled') AS cancelled
    FROM posts
    GROUP BY brand, week
),
results AS (
    SELECT
        brand,
        week,
        sum(reach)::BIGINT AS reach,
        avg(engagement) AS mean_engagement,
        sum(engagement) FILTER (reach > 0) / nullif(sum(reach) FILTER (engagement IS NOT NULL), 0) AS engagement_rate,
        count(engagement) AS measured,
        count(*) FILTER (age = '7d') AS final
    FROM post_results
    GROUP BY brand, week
),
money AS (
    SELECT brand, week, sum(cost_micros) / 1e6 AS model_cost_usd FROM model_calls GROUP BY brand, week
),
plan AS (
    FROM plans QUALIFY row_number() OVER (PARTITION BY brand, week ORDER BY version DESC) = 1
)
SELECT
    work.brand,
    work.week,
    plan.theme,
    work.posts,
    work.published,
    work.waiting,
    work.cancelled,
    coalesce(results.measured, 0) AS measured,
    coalesce(results.final, 0) AS final,
    results.reach,
    results.mean_engagement,
    results.engagement_rate,
    money.model_cost_usd
FROM work
LEFT JOIN results ON results.brand = work.brand AND results.week = work.week
LEFT JOIN money ON money.brand = work.brand AND money.week = work.week
LEFT JOIN plan ON plan.brand = work.brand AND plan.week = work.week;

COMMENT ON VIEW weekly_summary IS 'One row a brand and week: progress, results and cost';
COMMENT ON COLUMN weekly_summary.brand IS 'Brand id';
COMMENT ON COLUMN weekly_summary.week IS 'Monday of the week';
COMMENT ON COLUMN weekly_summary.theme IS 'Theme of the plan';
COMMENT ON COLUMN weekly_summary.posts IS 'Posts planned';
COMMENT ON COLUMN weekly_summary.published IS 'Posts published';
COMMENT ON COLUMN weekly_summary.waiting IS 'Posts that only a person can move on: needs_human, parked, missed or failed';
COMMENT ON COLUMN weekly_summary.cancelled IS 'Posts cancelled';
COMMENT ON COLUMN weekly_summary.measured IS 'Posts with an engagement so far';
COMMENT ON COLUMN weekly_summary.final IS 'Posts with their last snapshot, at 7 days; the others still grow';
COMMENT ON COLUMN weekly_summary.reach IS 'Accounts reached, summed over posts, newest snapshots';
COMMENT ON COLUMN weekly_summary.mean_engagement IS 'Mean engagement of a post, newest snapshots';
COMMENT ON COLUMN weekly_summary.engagement_rate IS 'All engagement per account reached';
COMMENT ON COLUMN weekly_summary.model_cost_usd IS 'Known cost of model calls in US dollars; empty when none is known';
