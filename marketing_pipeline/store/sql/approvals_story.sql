-- Who was asked what, who decided, and how long it took: one row a request.
CREATE OR REPLACE VIEW approvals_story AS
-- In one pass, and by brand as well, so that a question about one brand reads the rows of that one.
WITH request AS (
    SELECT
        id,
        brand,
        min_by({'kind': kind, 'subject': subject, 'at': decided_at, 'actor': actor}, sequence)
            FILTER (decision = 'requested') AS asked,
        min_by(
            {'decision': decision, 'actor': actor, 'source': source, 'at': decided_at, 'note': note}, sequence
        ) FILTER (decision IN ('approve', 'reject')) AS decided,
        max_by(decision, sequence) AS last_decision,
        max(decided_at) FILTER (decision = 'revoke') AS revoked_at,
        max(decided_at) FILTER (decision = 'used') AS used_at,
        max_by(expires_at, sequence) AS expires_at
    FROM approvals
    GROUP BY id, brand
)
SELECT
    id,
    asked.kind,
    asked.subject,
    brand,
    asked.at AS asked_at,
    asked.actor AS asked_by,
    decided.decision,
    decided.actor AS decided_by,
    decided.source,
    decided.source NOT IN ('policy', 'system') AS by_a_person,
    decided.at AS decided_at,
    epoch(decided.at - asked.at) / 3600 AS hours_to_decide,
    decided.note,
    last_decision,
    revoked_at,
    used_at,
    expires_at
FROM request
WHERE asked IS NOT NULL;

COMMENT ON VIEW approvals_story IS 'Every approval request: when it was asked for, who decided first and how soon, and what came of it';
COMMENT ON COLUMN approvals_story.id IS 'Approval request';
COMMENT ON COLUMN approvals_story.kind IS 'What is asked for';
COMMENT ON COLUMN approvals_story.subject IS 'What it is about';
COMMENT ON COLUMN approvals_story.brand IS 'Brand id';
COMMENT ON COLUMN approvals_story.asked_at IS 'When it was asked for first';
COMMENT ON COLUMN approvals_story.asked_by IS 'Who or what asked';
COMMENT ON COLUMN approvals_story.decision IS 'approve or reject, whichever came first; empty while nobody has decided';
COMMENT ON COLUMN approvals_story.decided_by IS 'Who decided, or policy:<version>';
COMMENT ON COLUMN approvals_story.source IS 'cli, console, api, dagster, policy or system';
COMMENT ON COLUMN approvals_story.by_a_person IS 'Whether a person decided, and not the policy or the system';
COMMENT ON COLUMN approvals_story.decided_at IS 'When that was';
COMMENT ON COLUMN approvals_story.hours_to_decide IS 'Hours from the question to that decision';
COMMENT ON COLUMN approvals_story.note IS 'Why, in their words';
COMMENT ON COLUMN approvals_story.last_decision IS 'What the last row says: requested, approve, reject, revoke or used';
COMMENT ON COLUMN approvals_story.revoked_at IS 'When it was last revoked';
COMMENT ON COLUMN approvals_story.used_at IS 'When what it allowed was sent';
COMMENT ON COLUMN approvals_story.expires_at IS 'Until when the last row counts';
