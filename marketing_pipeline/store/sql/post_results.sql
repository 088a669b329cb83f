-- Where most questions begin: every published post once, with its newest snapshot and its picture.
CREATE OR REPLACE VIEW post_results AS
SELECT
    p.id AS post,
    p.brand,
    p.week,
    p.published_at,
    p.permalink,
    p.pillar,
    p.format,
    p.hook,
    p.slot,
    p.topic,
    v.hook_line,
    p.audience,
    p.product,
    p.occasion,
    c.media ->> '$[0].sha256' AS picture,
    c.score AS creative_score,
    m.age,
    m.age_hours,
    m.reach,
    m.views,
    m.likes,
    m.comments,
    m.saved,
    m.shares,
    m.engagement,
    m.engagement / nullif(m.reach, 0) AS engagement_rate
FROM posts AS p
LEFT JOIN post_variations AS v ON v.id = p.chosen_variation
LEFT JOIN creatives AS c ON c.id = p.chosen_creative
LEFT JOIN (
    -- By brand as well, so that a question about one brand reads the rows of that one. Of all that a post has, only the
    -- best is kept in memory, which a window over the rows would not do.
    SELECT brand, post, max_by(
        {
            'age': age, 'age_hours': age_hours, 'reach': reach, 'views': views, 'likes': likes, 'comments': comments,
            'saved': saved, 'shares': shares, 'engagement': (likes + 2 * comments + 3 * saved + 4 * shares)::DOUBLE
        },
        (reach IS NOT NULL, list_position(['1h', '24h', '72h', '7d'], age))
    ) AS m
    FROM insight_snapshots
    GROUP BY brand, post
) AS newest ON newest.brand = p.brand AND newest.post = p.id
WHERE p.state = 'published';

COMMENT ON VIEW post_results IS 'Every published post once, with its newest snapshot, measured or not yet';
COMMENT ON COLUMN post_results.post IS 'Post id';
COMMENT ON COLUMN post_results.brand IS 'Brand id';
COMMENT ON COLUMN post_results.week IS 'Monday of the week';
COMMENT ON COLUMN post_results.published_at IS 'When Instagram had it';
COMMENT ON COLUMN post_results.permalink IS 'Address of the post';
COMMENT ON COLUMN post_results.pillar IS 'Pillar id';
COMMENT ON COLUMN post_results.format IS 'portrait, square or carousel';
COMMENT ON COLUMN post_results.hook IS 'Kind of hook that was planned';
COMMENT ON COLUMN post_results.slot IS 'Slot id of the brand';
COMMENT ON COLUMN post_results.topic IS 'Topic';
COMMENT ON COLUMN post_results.hook_line IS 'First line of the caption';
COMMENT ON COLUMN post_results.audience IS 'Audience id';
COMMENT ON COLUMN post_results.product IS 'Product id, if one was shown';
COMMENT ON COLUMN post_results.occasion IS 'Occasion id, if one was used';
COMMENT ON COLUMN post_results.picture IS 'SHA-256 of the first picture: its file name in the media folder';
COMMENT ON COLUMN post_results.creative_score IS 'Score of the creative among the attempts of its post, 0 to 1';
COMMENT ON COLUMN post_results.age IS 'Age of the newest snapshot; empty until the first';
COMMENT ON COLUMN post_results.age_hours IS 'Hours since publishing at the newest snapshot';
COMMENT ON COLUMN post_results.reach IS 'Accounts reached';
COMMENT ON COLUMN post_results.views IS 'Times it was shown';
COMMENT ON COLUMN post_results.likes IS 'Likes';
COMMENT ON COLUMN post_results.comments IS 'Comments';
COMMENT ON COLUMN post_results.saved IS 'Saves';
COMMENT ON COLUMN post_results.shares IS 'Shares';
COMMENT ON COLUMN post_results.engagement IS 'Likes + 2 x comments + 3 x saves + 4 x shares; empty when one of them is';
COMMENT ON COLUMN post_results.engagement_rate IS 'Engagement per account reached';
