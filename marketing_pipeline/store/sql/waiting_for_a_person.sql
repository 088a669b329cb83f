-- Everything that stands still until a person acts, oldest first, each with the command that begins to settle it.
CREATE OR REPLACE VIEW waiting_for_a_person AS
WITH request AS (
    FROM approvals QUALIFY row_number() OVER (PARTITION BY id ORDER BY sequence DESC) = 1
)
SELECT 'post' AS kind, id, brand, updated_at AS since, state || ': ' || state_reason AS reason,
    CASE state
        WHEN 'missed' THEN 'marketing posts reschedule ' || id
        WHEN 'failed' THEN 'marketing posts retry ' || id
        ELSE 'marketing posts show ' || id
    END AS way_out
FROM posts
WHERE state IN ('needs_human', 'missed', 'failed')
UNION ALL
SELECT 'held post', id, brand, updated_at, 'held: ' || coalesce(held_reason, ''), 'marketing posts release ' || id
FROM posts
WHERE held AND state NOT IN ('published', 'cancelled')
UNION ALL
SELECT 'effect', id, brand, updated_at, 'parked: ' || state_reason, 'marketing effects resolve ' || id
FROM effects
WHERE state = 'parked'
UNION ALL
SELECT 'approval', id, brand, decided_at, 'approval asked for ' || subject, 'marketing approvals show ' || id
FROM request
WHERE decision = 'requested' AND expires_at > (SELECT max(projected_at) FROM projection_progress)
UNION ALL
SELECT 'pause', id::VARCHAR, brand, since, 'paused by ' || actor || ': ' || note,
    'marketing resume' || coalesce(' --brand ' || brand, '') || coalesce(' --channel ' || channel, '')
FROM holds
WHERE released_at IS NULL
ORDER BY since;

COMMENT ON VIEW waiting_for_a_person IS 'Everything that stands still until a person acts, oldest first';
COMMENT ON COLUMN waiting_for_a_person.kind IS 'post, held post, effect, approval or pause';
COMMENT ON COLUMN waiting_for_a_person.id IS 'Its id';
COMMENT ON COLUMN waiting_for_a_person.brand IS 'Brand id; empty for a pause of everything';
COMMENT ON COLUMN waiting_for_a_person.since IS 'Since when';
COMMENT ON COLUMN waiting_for_a_person.reason IS 'Why it waits';
COMMENT ON COLUMN waiting_for_a_person.way_out IS 'Command that shows or settles it';
