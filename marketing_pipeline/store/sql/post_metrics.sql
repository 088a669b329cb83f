-- The fact table of organic posts: what each was made of beside what it achieved at each age.
CREATE OR REPLACE VIEW post_metrics AS
SELECT
    m.post,
    m.age,
    m.age_hours,
    m.taken_at,
    m.brand,
    p.week,
    p.pillar,
    p.format,
    p.hook,
    p.slot,
    p.topic,
    v.hook_line,
    p.published_at,
    m.media_id,
    m.reach,
    m.views,
    m.likes,
    m.comments,
    m.saved,
    m.shares,
    m.total_interactions,
    m.follows,
    m.profile_visits,
    m.reposts,
    -- Empty as soon as one part is: the same rule and weights as in docs/learning.md.
    (m.likes + 2 * m.comments + 3 * m.saved + 4 * m.shares)::DOUBLE AS engagement,
    engagement / nullif(m.reach, 0) AS engagement_rate
FROM insight_snapshots AS m
-- By brand as well, so that a question about one brand reads the posts of that one.
JOIN posts AS p ON p.brand = m.brand AND p.id = m.post
LEFT JOIN post_variations AS v ON v.id = p.chosen_variation;

COMMENT ON VIEW post_metrics IS 'What each post was made of and what it achieved: one row a post a snapshot';
COMMENT ON COLUMN post_metrics.post IS 'Post id';
COMMENT ON COLUMN post_metrics.age IS 'Age that the snapshot stands for: 1h, 24h, 72h or 7d';
COMMENT ON COLUMN post_metrics.age_hours IS 'Hours since publishing when it was really read';
COMMENT ON COLUMN post_metrics.taken_at IS 'When it was read';
COMMENT ON COLUMN post_metrics.brand IS 'Brand id';
COMMENT ON COLUMN post_metrics.week IS 'Monday of the week';
COMMENT ON COLUMN post_metrics.pillar IS 'Pillar id';
COMMENT ON COLUMN post_metrics.format IS 'portrait, square or carousel';
COMMENT ON COLUMN post_metrics.hook IS 'Kind of hook that was planned';
COMMENT ON COLUMN post_metrics.slot IS 'Slot id of the brand';
COMMENT ON COLUMN post_metrics.topic IS 'Topic';
COMMENT ON COLUMN post_metrics.hook_line IS 'First line of the caption';
COMMENT ON COLUMN post_metrics.published_at IS 'When Instagram had it';
COMMENT ON COLUMN post_metrics.media_id IS 'Instagram''s id of the post';
COMMENT ON COLUMN post_metrics.reach IS 'Accounts reached';
COMMENT ON COLUMN post_metrics.views IS 'Times it was shown';
COMMENT ON COLUMN post_metrics.likes IS 'Likes';
COMMENT ON COLUMN post_metrics.comments IS 'Comments';
COMMENT ON COLUMN post_metrics.saved IS 'Saves';
COMMENT ON COLUMN post_metrics.shares IS 'Shares';
COMMENT ON COLUMN post_metrics.total_interactions IS 'Interactions as Instagram counts them';
COMMENT ON COLUMN post_metrics.follows IS 'Follows from the post';
COMMENT ON COLUMN post_metrics.profile_visits IS 'Profile visits from the post';
COMMENT ON COLUMN post_metrics.reposts IS 'Reposts';
COMMENT ON COLUMN post_metrics.engagement IS 'Likes + 2 x comments + 3 x saves + 4 x shares; empty when one of them is';
COMMENT ON COLUMN post_metrics.engagement_rate IS 'Engagement per account reached';
