-- How far each goal of the strategy of record is, for the goals whose metric the product measures itself.
CREATE OR REPLACE VIEW goal_progress AS
WITH strategy AS (
    FROM strategies QUALIFY row_number() OVER (PARTITION BY brand ORDER BY created_at DESC, version) = 1
),
goal AS (
    SELECT
        strategy.brand,
        strategy.version AS strategy_version,
        each.value ->> '$.id' AS goal,
        each.value ->> '$.statement' AS statement,
        each.value ->> '$.metric' AS metric,
        (each.value ->> '$.baseline')::DOUBLE AS baseline,
        (each.value ->> '$.target')::DOUBLE AS target,
        (each.value ->> '$.due')::DATE AS due
    FROM strategy, json_each(strategy.content, '$.goals') AS each
),
-- Whole weeks with their last figures: younger posts still grow, and would look like a fall.
measured_week AS (
    SELECT brand, week, row_number() OVER (PARTITION BY brand ORDER BY week DESC) AS age
    FROM post_results
    GROUP BY brand, week
    HAVING count(*) = count(*) FILTER (age = '7d')
),
figure AS (
    UNPIVOT (
        SELECT
            r.brand,
            r.week,
            r.post,
            r.reach::DOUBLE AS reach,
            r.views::DOUBLE AS views,
            r.likes::DOUBLE AS likes,
            r.comments::DOUBLE AS comments,
            r.saved::DOUBLE AS saved,
            r.shares::DOUBLE AS shares,
            r.engagement
        FROM post_results AS r
        JOIN measured_week AS w ON w.brand = r.brand AND w.week = r.week AND w.age <= 4
    ) ON reach, views, likes, comments, saved, shares, engagement INTO NAME metric VALUE figure
),
actual AS (
    SELECT brand, metric || '_per_post' AS metric, avg(figure) AS actual, count(*) AS posts, min(week) AS first_week,
        max(week) AS last_week
    FROM figure
    GROUP BY brand, metric
    UNION ALL
    SELECT brand, metric || '_per_week', sum(figure) / count(DISTINCT week), count(*), min(week), max(week)
    FROM figure
    GROUP BY brand, metric
)
SELECT
    goal.brand,
    goal.goal,
    goal.statement,
    goal.metric,
    goal.baseline,
    goal.target,
    goal.due,
    actual.actual,
    (actual.actual - goal.baseline) / nullif(goal.target - goal.baseline, 0) AS progress,
    coalesce(actual.posts, 0) AS posts,
    actual.first_week,
    actual.last_week,
    goal.strategy_version
FROM goal
LEFT JOIN actual ON actual.brand = goal.brand AND actual.metric = goal.metric;

COMMENT ON VIEW goal_progress IS 'Goals of the strategy of record beside the last four weeks that are measured to the end';
COMMENT ON COLUMN goal_progress.brand IS 'Brand id';
COMMENT ON COLUMN goal_progress.goal IS 'Goal id';
COMMENT ON COLUMN goal_progress.statement IS 'What is wanted and why';
COMMENT ON COLUMN goal_progress.metric IS 'What is counted; reach, views, likes, comments, saved, shares or engagement with _per_post or _per_week is measured here';
COMMENT ON COLUMN goal_progress.baseline IS 'Where it stood when the goal was set';
COMMENT ON COLUMN goal_progress.target IS 'Where it should be';
COMMENT ON COLUMN goal_progress.due IS 'By when';
COMMENT ON COLUMN goal_progress.actual IS 'Where it stands: mean of the last four whole weeks; empty where a person reports it, or nothing is measured yet';
COMMENT ON COLUMN goal_progress.progress IS 'Share of the way from baseline to target; below 0 is backwards, above 1 is reached';
COMMENT ON COLUMN goal_progress.posts IS 'Posts behind the figure';
COMMENT ON COLUMN goal_progress.first_week IS 'First of those weeks';
COMMENT ON COLUMN goal_progress.last_week IS 'Last of those weeks';
COMMENT ON COLUMN goal_progress.strategy_version IS 'Version of the strategy that states it';
