-- Does the plan follow what was learnt: shares planned beside the shares recommended, for each factor.
CREATE OR REPLACE VIEW planned_mix AS
WITH plan AS (
    FROM plans QUALIFY row_number() OVER (PARTITION BY brand, week ORDER BY version DESC) = 1
),
recommended AS (
    SELECT plan.brand, plan.week, factor.key AS factor, level.key AS level, level.value::DOUBLE AS share
    FROM plan, json_each(plan.mix) AS factor, json_each(factor.value) AS level
),
planned AS (
    SELECT brand, week, factor, level, count(*) AS posts
    FROM (
        UNPIVOT (SELECT brand, week, pillar, format, hook, slot FROM posts)
        ON pillar, format, hook, slot INTO NAME factor VALUE level
    )
    GROUP BY brand, week, factor, level
)
SELECT
    brand,
    week,
    factor,
    level,
    coalesce(planned.posts, 0) AS planned_posts,
    coalesce(planned.posts, 0) / sum(planned.posts) OVER (PARTITION BY brand, week, factor) AS planned_share,
    recommended.share AS recommended_share
FROM planned
FULL JOIN recommended USING (brand, week, factor, level);

COMMENT ON VIEW planned_mix IS 'What each week was planned to be beside what was recommended, by factor and level';
COMMENT ON COLUMN planned_mix.brand IS 'Brand id';
COMMENT ON COLUMN planned_mix.week IS 'Monday of the week';
COMMENT ON COLUMN planned_mix.factor IS 'pillar, format, hook or slot';
COMMENT ON COLUMN planned_mix.level IS 'Level of the factor';
COMMENT ON COLUMN planned_mix.planned_posts IS 'Posts of the week with this level';
COMMENT ON COLUMN planned_mix.planned_share IS 'Their share of the posts of the week';
COMMENT ON COLUMN planned_mix.recommended_share IS 'Share recommended when the week was planned';
