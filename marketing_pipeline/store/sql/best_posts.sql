-- What to show in a meeting: posts in order of engagement, each against the brand's usual post.
-- Posts younger than a day are left out: they have not had their chance yet.
CREATE OR REPLACE VIEW best_posts AS
SELECT
    brand,
    row_number() OVER (PARTITION BY brand ORDER BY engagement DESC, post) AS place,
    post,
    week,
    engagement,
    engagement / nullif(median(engagement) OVER (PARTITION BY brand), 0) AS against_usual,
    reach,
    engagement_rate,
    pillar,
    format,
    hook,
    slot,
    topic,
    hook_line,
    permalink,
    picture
FROM post_results
WHERE engagement IS NOT NULL AND age_hours >= 24;

COMMENT ON VIEW best_posts IS 'Posts at least a day old in order of engagement, by brand';
COMMENT ON COLUMN best_posts.brand IS 'Brand id';
COMMENT ON COLUMN best_posts.place IS '1 for the best post of the brand';
COMMENT ON COLUMN best_posts.post IS 'Post id';
COMMENT ON COLUMN best_posts.week IS 'Monday of the week';
COMMENT ON COLUMN best_posts.engagement IS 'Likes + 2 x comments + 3 x saves + 4 x shares';
COMMENT ON COLUMN best_posts.against_usual IS 'Engagement as a multiple of the median post of the brand';
COMMENT ON COLUMN best_posts.reach IS 'Accounts reached';
COMMENT ON COLUMN best_posts.engagement_rate IS 'Engagement per account reached';
COMMENT ON COLUMN best_posts.pillar IS 'Pillar id';
COMMENT ON COLUMN best_posts.format IS 'portrait, square or carousel';
COMMENT ON COLUMN best_posts.hook IS 'Kind of hook that was planned';
COMMENT ON COLUMN best_posts.slot IS 'Slot id of the brand';
COMMENT ON COLUMN best_posts.topic IS 'Topic';
COMMENT ON COLUMN best_posts.hook_line IS 'First line of the caption';
COMMENT ON COLUMN best_posts.permalink IS 'Address of the post';
COMMENT ON COLUMN best_posts.picture IS 'SHA-256 of the first picture: its file name in the media folder';
