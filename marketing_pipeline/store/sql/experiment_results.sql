-- What an experiment is read from: its posts as they were drawn, as they went out, and their figures at 7 days.
CREATE OR REPLACE VIEW experiment_results AS
SELECT
    e.experiment,
    p.brand,
    x.factor,
    x.metric,
    e.post,
    p.week,
    e.block,
    e.arm,
    e.level,
    e.expected,
    e.drawn_at,
    e.drawn_slot,
    p.state,
    p.pillar,
    p.format,
    p.hook,
    p.slot,
    p.published_at,
    m.post IS NOT NULL AS measured,
    CASE x.metric
        WHEN 'reach' THEN m.reach
        WHEN 'views' THEN m.views
        WHEN 'likes' THEN m.likes
        WHEN 'comments' THEN m.comments
        WHEN 'saved' THEN m.saved
        WHEN 'shares' THEN m.shares
        ELSE m.engagement
    END::DOUBLE AS figure
FROM experiment_posts AS e
JOIN experiments AS x ON x.id = e.experiment
JOIN posts AS p ON p.id = e.post
LEFT JOIN post_metrics AS m ON m.brand = p.brand AND m.post = p.id AND m.age = '7d';

COMMENT ON VIEW experiment_results IS 'Each post of each experiment with its arm and its figure at 7 days; `domain.experiment_readout.read` reads them';
COMMENT ON COLUMN experiment_results.experiment IS 'Experiment id';
COMMENT ON COLUMN experiment_results.brand IS 'Brand id';
COMMENT ON COLUMN experiment_results.factor IS 'pillar, format, hook or slot';
COMMENT ON COLUMN experiment_results.metric IS 'Figure that the experiment is about';
COMMENT ON COLUMN experiment_results.post IS 'Post id';
COMMENT ON COLUMN experiment_results.week IS 'Monday of the week';
COMMENT ON COLUMN experiment_results.block IS 'Pair within which the arms are compared, from 1';
COMMENT ON COLUMN experiment_results.arm IS 'level, or against for what it is held against';
COMMENT ON COLUMN experiment_results.level IS 'Level that the draw gave the post';
COMMENT ON COLUMN experiment_results.expected IS 'What was known of its other levels before, in logs';
COMMENT ON COLUMN experiment_results.drawn_at IS 'When the post was to go out when it was drawn';
COMMENT ON COLUMN experiment_results.drawn_slot IS 'Slot in which it was drawn';
COMMENT ON COLUMN experiment_results.state IS 'State of the post';
COMMENT ON COLUMN experiment_results.pillar IS 'Pillar id that it has now';
COMMENT ON COLUMN experiment_results.format IS 'Format that it has now';
COMMENT ON COLUMN experiment_results.hook IS 'Kind of hook that it has now';
COMMENT ON COLUMN experiment_results.slot IS 'Slot that it has now';
COMMENT ON COLUMN experiment_results.published_at IS 'When Instagram had it';
COMMENT ON COLUMN experiment_results.measured IS 'Whether its figures of 7 days are read';
COMMENT ON COLUMN experiment_results.figure IS 'The figure at 7 days; empty until then, and where Instagram gave none';
