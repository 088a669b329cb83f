-- What each post cost to make. Calls for a whole week, such as the strategist's, belong to no post and are not here.
CREATE OR REPLACE VIEW cost_by_post AS
WITH calls AS (
    SELECT
        post,
        count(*) AS calls,
        count(*) FILTER (cost_micros IS NULL) AS calls_without_cost,
        sum(cost_micros)::BIGINT AS micros
    FROM model_calls
    WHERE post IS NOT NULL
    GROUP BY post
),
pictures AS (
    SELECT
        post,
        count(*) AS pictures,
        count(*) FILTER (cost_micros IS NULL) AS pictures_without_cost,
        sum(cost_micros)::BIGINT AS micros
    FROM image_jobs
    GROUP BY post
)
SELECT
    p.id AS post,
    p.brand,
    p.week,
    coalesce(calls.calls, 0) AS calls,
    calls.micros AS model_cost_micros,
    coalesce(calls.calls_without_cost, 0) AS calls_without_cost,
    coalesce(pictures.pictures, 0) AS pictures,
    pictures.micros AS picture_cost_micros,
    coalesce(pictures.pictures_without_cost, 0) AS pictures_without_cost,
    CASE
        WHEN calls.micros IS NOT NULL OR pictures.micros IS NOT NULL
        THEN coalesce(calls.micros, 0) + coalesce(pictures.micros, 0)
    END AS cost_micros
FROM posts AS p
LEFT JOIN calls ON calls.post = p.id
LEFT JOIN pictures ON pictures.post = p.id
WHERE calls.post IS NOT NULL OR pictures.post IS NOT NULL;

COMMENT ON VIEW cost_by_post IS 'Model calls and ordered pictures of each post and what they cost; what serves a whole week belongs to no post';
COMMENT ON COLUMN cost_by_post.post IS 'Post id';
COMMENT ON COLUMN cost_by_post.brand IS 'Brand id';
COMMENT ON COLUMN cost_by_post.week IS 'Monday of the week';
COMMENT ON COLUMN cost_by_post.calls IS 'Model calls made for the post, failed ones included';
COMMENT ON COLUMN cost_by_post.model_cost_micros IS 'Their known cost in USD micros; empty when none is known';
COMMENT ON COLUMN cost_by_post.calls_without_cost IS 'Calls whose cost is not known, or not yet';
COMMENT ON COLUMN cost_by_post.pictures IS 'Pictures ordered from an image service';
COMMENT ON COLUMN cost_by_post.picture_cost_micros IS 'Their known cost in USD micros; empty when none is known';
COMMENT ON COLUMN cost_by_post.pictures_without_cost IS 'Pictures whose cost is not known';
COMMENT ON COLUMN cost_by_post.cost_micros IS 'Known cost of both in USD micros; empty when none is known';
