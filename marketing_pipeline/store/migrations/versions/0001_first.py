"""The first schema: every table, append-only history, and states that move only as drawn.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out, not imported: what a migration did must not change when the code does.
POST_STEPS: dict[str, tuple[str, ...]] = {
    "planned": ("cancelled", "drafted"),
    "drafted": ("cancelled", "designed"),
    "designed": ("cancelled", "needs_human", "ready"),
    "needs_human": ("cancelled", "drafted", "ready"),
    "ready": ("cancelled", "scheduled"),
    "scheduled": ("cancelled", "missed", "needs_human", "publishing", "scheduled"),
    "publishing": ("failed", "published", "scheduled", "unknown"),
    "unknown": ("parked", "published", "scheduled"),
    "parked": ("cancelled", "published", "scheduled"),
    "missed": ("cancelled", "scheduled"),
    "failed": ("cancelled", "scheduled"),
    "published": (),
    "cancelled": (),
}
EFFECT_STEPS: dict[str, tuple[str, ...]] = {
    "awaiting_approval": ("cancelled", "expired", "queued", "superseded"),
    "queued": ("awaiting_approval", "cancelled", "claimed", "expired", "superseded"),
    "claimed": ("cancelled", "expired", "failed", "queued", "retry_wait", "sending", "succeeded", "unknown"),
    "sending": ("failed", "retry_wait", "succeeded", "unknown"),
    "retry_wait": ("cancelled", "claimed", "expired", "superseded"),
    "unknown": ("parked", "queued", "succeeded"),
    "parked": ("cancelled", "queued", "succeeded"),
    "succeeded": (),
    "failed": (),
    "cancelled": (),
    "expired": (),
    "superseded": (),
}
AD_CHANGE_STEPS: dict[str, tuple[str, ...]] = {
    "proposed": ("approved", "awaiting_approval", "drifted", "expired", "superseded"),
    "awaiting_approval": ("approved", "drifted", "expired", "rejected", "superseded"),
    "approved": ("applying", "awaiting_approval", "drifted", "expired", "rejected", "superseded"),
    "applying": ("applied", "approved", "drifted", "failed", "unknown"),
    "unknown": ("applied", "approved", "parked"),
    "parked": ("applied", "approved", "rejected"),
    "applied": ("improved", "inconclusive", "rolled_back", "worse"),
    "improved": ("rolled_back",),
    "worse": ("rolled_back",),
    "inconclusive": ("rolled_back",),
    "rejected": ("awaiting_approval",),
    "expired": (),
    "superseded": (),
    "drifted": (),
    "failed": (),
    "rolled_back": (),
}


def upgrade() -> None:
    """Make everything."""
    create_tables()
    for table in ("approvals", "audit_log"):
        make_append_only(table)
    allow_only("posts", POST_STEPS)
    allow_only("effects", EFFECT_STEPS)
    allow_only("ad_changes", AD_CHANGE_STEPS)


def make_append_only(table: str) -> None:
    """Refuse every change and removal of a row."""
    for act in ("UPDATE", "DELETE"):
        refuse_when(table, f"{table}_no_{act.lower()}", act, "", f"{table} is append-only")


def allow_only(table: str, steps: dict[str, tuple[str, ...]]) -> None:
    """Refuse every change of `state` that is not in `steps`."""
    drawn = " OR ".join(
        f"(OLD.state = '{before}' AND NEW.state IN ({', '.join(repr(after) for after in onward)}))"
        for before, onward in steps.items()
        if onward
    )
    condition = f"WHEN (NEW.state <> OLD.state AND NOT ({drawn}))"
    refuse_when(table, f"{table}_drawn_steps", "UPDATE", condition, f"{table}: a step of the state that is not drawn")


def refuse_when(table: str, name: str, act: str, condition: str, message: str) -> None:
    """A trigger that stops `act` on a row of `table`, under `condition`."""
    if op.get_bind().dialect.name == "sqlite":
        body = f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW {condition} {body}")
        return
    body = f"BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END"
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW {condition} EXECUTE FUNCTION {name}()")


def create_tables() -> None:
    """Every table with its indexes."""
    op.create_table(
        "ad_changes",
        sa.Column("id", sa.String(length=96), nullable=False, comment="Change id"),
        sa.Column("brand", sa.String(length=96), nullable=False, comment="Brand id"),
        sa.Column("week", sa.String(length=96), nullable=False, comment="Monday of the week in which it was proposed"),
        sa.Column("customer_id", sa.String(length=96), nullable=False, comment="Google Ads account"),
        sa.Column("kind", sa.String(length=96), nullable=False, comment="Kind of change"),
        sa.Column("resource", sa.Text(), nullable=False, comment="Resource name"),
        sa.Column("label", sa.Text(), nullable=False, comment="The resource in people's words"),
        sa.Column("field", sa.String(length=96), nullable=False, comment="Field that changes"),
        sa.Column("before", sa.Text(), nullable=False, comment="Value when it was proposed"),
        sa.Column("after", sa.Text(), nullable=False, comment="Value proposed"),
        sa.Column("currency", sa.String(length=96), nullable=False, comment="Currency of amounts, ISO 4217"),
        sa.Column("payload", sa.JSON(), nullable=False, comment="Exactly what is applied"),
        sa.Column("fingerprint", sa.String(length=96), nullable=False, comment="SHA-256 of the change"),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why"),
        sa.Column("evidence", sa.JSON(), nullable=False, comment="Rows of figures behind the reason"),
        sa.Column("forecast", sa.JSON(), nullable=False, comment="Expected effect with a 90 % interval"),
        sa.Column("risk", sa.String(length=96), nullable=False, comment="low, medium or high"),
        sa.Column("state", sa.String(length=96), nullable=False, comment="State, in the words of docs/states.md"),
        sa.Column("state_reason", sa.Text(), nullable=False, comment="Why it is in this state, for people"),
        sa.Column("approval", sa.String(length=96), nullable=True, comment="Approval request"),
        sa.Column("effect", sa.String(length=96), nullable=True, comment="Effect that applies it"),
        sa.Column("rolls_back", sa.String(length=96), nullable=True, comment="Change that it undoes"),
        sa.Column("proposed_at", sa.String(length=32), nullable=False, comment="When it was proposed"),
        sa.Column(
            "expires_at", sa.String(length=32), nullable=False, comment="Until when it may be decided and applied"
        ),
        sa.Column("applied_at", sa.String(length=32), nullable=True, comment="When it was read back as applied"),
        sa.Column(
            "outcome", sa.JSON(), nullable=True, comment="Verdict after the window: figures, forecast, noise band"
        ),
        sa.Column(
            "updated_at",
            sa.String(length=32),
            nullable=False,
            comment="When the row last changed; projections follow it",
        ),
        sa.CheckConstraint(
            (
                "kind IN ('set_budget', 'set_target_cpa', 'set_bid', 'pause_keyword', 'enable_keyword', "
                "'pause_ad', 'enable_ad', 'add_negative_keyword')"
            ),
            name=op.f("ck_ad_changes_kind"),
        ),
        sa.CheckConstraint(
            (
                "state IN ('proposed', 'awaiting_approval', 'approved', 'applying', 'applied', "
                "'improved', 'worse', 'inconclusive', 'rejected', 'expired', 'superseded', 'drifted', "
                "'failed', 'unknown', 'parked', 'rolled_back')"
            ),
            name=op.f("ck_ad_changes_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ad_changes")),
        comment="Proposed and applied changes to ad accounts",
    )
    op.create_index(op.f("ix_ad_changes_brand_state"), "ad_changes", ["brand", "state"], unique=False)
    op.create_index(op.f("ix_ad_changes_resource"), "ad_changes", ["resource"], unique=False)
    op.create_index(op.f("ix_ad_changes_updated_at"), "ad_changes", ["updated_at"], unique=False)
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(length=96), nullable=False, comment="Approval request"),
        sa.Column("sequence", sa.Integer(), nullable=False, comment="Order within the request, from 1"),
        sa.Column("kind", sa.String(length=96), nullable=False, comment="What is asked for: publish_post"),
        sa.Column("subject", sa.String(length=96), nullable=False, comment="What it is about"),
        sa.Column("brand", sa.String(length=96), nullable=False, comment="Brand id"),
        sa.Column("fingerprint", sa.String(length=96), nullable=False, comment="SHA-256 of exactly what is approved"),
        sa.Column(
            "decision", sa.String(length=96), nullable=False, comment="requested, approve, reject, revoke or used"
        ),
        sa.Column("actor", sa.Text(), nullable=False, comment="Who decided, or policy:<version>"),
        sa.Column("source", sa.String(length=96), nullable=False, comment="cli, console, api, dagster or policy"),
        sa.Column("note", sa.Text(), nullable=False, comment="Why"),
        sa.Column("decided_at", sa.String(length=32), nullable=False, comment="When"),
        sa.Column("expires_at", sa.String(length=32), nullable=False, comment="Until when it counts"),
        sa.Column("signature", sa.String(length=96), nullable=False, comment="HMAC over the row"),
        sa.CheckConstraint(
            "decision IN ('requested', 'approve', 'reject', 'revoke', 'used')", name=op.f("ck_approvals_decision")
        ),
        sa.PrimaryKeyConstraint("id", "sequence", name=op.f("pk_approvals")),
        comment="Decisions, append-only; the state is derived",
    )
    op.create_index(op.f("ix_approvals_decided_at"), "approvals", ["decided_at"], unique=False)
    op.create_index(op.f("ix_approvals_subject"), "approvals", ["subject"], unique=False)
    op.create_table(
        "audit_log",
        sa.Column(
            "sequence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="Number in the chain, from 1",
        ),
        sa.Column("at", sa.String(length=32), nullable=False, comment="When"),
        sa.Column("actor", sa.Text(), nullable=False, comment="Who or what acted"),
        sa.Column("action", sa.String(length=96), nullable=False, comment="What happened, such as post.published"),
        sa.Column("subject", sa.String(length=96), nullable=False, comment="What it happened to"),
        sa.Column("brand", sa.String(length=96), nullable=True, comment="Brand id"),
        sa.Column("detail", sa.JSON(), nullable=False, comment="Facts of the event"),
        sa.Column("previous_mac", sa.String(length=96), nullable=False, comment="HMAC of the row before"),
        sa.Column("mac", sa.String(length=96), nullable=False, comment="HMAC of this row and the one before"),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_log")),
        comment="Append-only chain of decisions, effects and state changes",
    )
    op.create_index(op.f("ix_audit_log_subject"), "audit_log", ["subject"], unique=False)
    op.create_table(
        "effects",
        sa.Column("id", sa.String(length=96), nullable=False, comment="Effect id"),
        sa.Column("kind", sa.String(length=96), nullable=False, comment="Kind of act"),
        sa.Column("brand", sa.String(length=96), nullable=False, comment="Brand id"),
        sa.Column("channel", sa.String(length=96), nullable=False, comment="Channel"),
        sa.Column("subject", sa.String(length=96), nullable=False, comment="What it is about: a post id"),
        sa.Column("payload", sa.JSON(), nullable=False, comment="Exactly what goes out"),
        sa.Column("fingerprint", sa.String(length=96), nullable=False, comment="SHA-256 of what goes out"),
        sa.Column("idempotency_key", sa.String(length=96), nullable=False, comment="One effect per key, for ever"),
        sa.Column("approval", sa.String(length=96), nullable=False, comment="Approval request that covers it"),
        sa.Column("state", sa.String(length=96), nullable=False, comment="State, in the words of docs/states.md"),
        sa.Column("state_reason", sa.Text(), nullable=False, comment="Why it is in this state, for people"),
        sa.Column("due_at", sa.String(length=32), nullable=False, comment="When it may run"),
        sa.Column(
            "not_before",
            sa.String(length=32),
            nullable=True,
            comment="After a wait, when it may run again or be read back",
        ),
        sa.Column("lease_until", sa.String(length=32), nullable=True, comment="Until when the claim holds"),
        sa.Column("lease_owner", sa.Text(), nullable=True, comment="Run that holds the claim"),
        sa.Column("fence", sa.Integer(), nullable=False, comment="Rises with each claim"),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="Calls that went out"),
        sa.Column("read_backs", sa.Integer(), nullable=False, comment="Read-backs since the outcome became unknown"),
        sa.Column("progress", sa.JSON(), nullable=False, comment="Facts proved so far, such as container ids"),
        sa.Column("result", sa.JSON(), nullable=True, comment="What the channel returned"),
        sa.Column("created_at", sa.String(length=32), nullable=False, comment="When it was queued"),
        sa.Column(
            "updated_at",
            sa.String(length=32),
            nullable=False,
            comment="When the row last changed; projections follow it",
        ),
        sa.CheckConstraint("kind IN ('publish_post', 'apply_ad_change')", name=op.f("ck_effects_kind")),
        sa.CheckConstraint(
            (
                "state IN ('awaiting_approval', 'queued', 'claimed', 'sending', 'retry_wait', 'unknown', "
                "'parked', 'succeeded', 'failed', 'cancelled', 'expired', 'superseded')"
            ),
            name=op.f("ck_effects_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effects")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_effects_idempotency_key")),
        comment="The effect ledger: every side effect is a row before it is an act",
    )
    op.create_index(op.f("ix_effects_state_due_at"), "effects", ["state", "due_at"], unique=False)
    op.create_index(op.f("ix_effects_subject"), "effects", ["subject"], unique=False)
    op.create_index(op.f("ix_effects_updated_at"), "effects", ["updated_at"], unique=False)
    op.create_table(
        "holds",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False, comment="Number"),
        sa.Column("brand", sa.String(length=96), nullable=True, comment="Brand held; empty for all"),
        sa.Column("channel", sa.String(length=96), nullable=True, comment="Channel held; empty for all"),
        sa.Column("actor", sa.Text(), nullable=False, comment="Who paused"),
        sa.Column("note", sa.Text(), nullable=False, comment="Why"),
        sa.Column("since", sa.String(length=32), nullable=False, comment="From when"),
        sa.Column("released_at", sa.String(length=32), nullable=True, comment="Until when; empty while it holds"),
        sa.Column("released_by", sa.Text(), nullable=True, comment="Who resumed"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
        comment="The kill switch and its history",
    )
    op.create_table(
        "home",
        sa.Column("id", sa.Integer(), nullable=False, comment="Always 1"),
        sa.Column(
            "world",
            sa.Text(),
            nullable=False,
            comment="World this home belongs to: sandbox:<seed>, live, or a mix per channel; never changes",
        ),
        sa.Column("created_at", sa.String(length=32), nullable=False, comment="When the home was made"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home")),
        comment="The one world that this home directory belongs to",
    )
    op.create_table(
        "image_jobs",
        sa.Column(
            "id", sa.String(length=96), nullable=False, comment="Job id: hash of post, attempt, picture and prompt"
        ),
        sa.Column("post", sa.String(length=96), nullable=False, comment="Post id"),
        sa.Column("provider", sa.String(length=96), nullable=False, comment="Image service and model"),
        sa.Column("prompt", sa.Text(), nullable=False, comment="What was asked for"),
        sa.Column("handle", sa.Text(), nullable=True, comment="The service's own job, stored before polling"),
        sa.Column("state", sa.String(length=96), nullable=False, comment="submitted, done or failed"),
        sa.Column("sha256", sa.String(length=96), nullable=True, comment="Stored picture"),
        sa.Column("error", sa.Text(), nullable=True, comment="What went wrong"),
        sa.Column("cost_micros", sa.BigInteger(), nullable=True, comment="USD micros, where known"),
        sa.Column("created_at", sa.String(length=32), nullable=False, comment="When it was asked for"),
        sa.Column(
            "updated_at",
            sa.String(length=32),
            nullable=False,
            comment="When the row last changed; projections follow it",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image_jobs")),
        comment="Pictures ordered from image services: asked for once, resumed rather than paid for twice",
    )
    op.create_index(op.f("ix_image_jobs_updated_at"), "image_jobs", ["updated_at"], unique=False)
    op.create_table(
        "learnings",
        sa.Column("id", sa.String(length=96), nullable=False, comment="Learning id: brand, week, factor, level"),
        sa.Column("brand", sa.String(length=96), nullable=False, comment="Brand id"),
        sa.Column("week", sa.String(length=96), nullable=False, comment="Week that it was known going into"),
        sa.Column("factor", sa.String(length=96), nullable=False, comment="pillar, format, hook or slot"),
        sa.Column("level", sa.String(length=96), nullable=False, comment="Level of the factor"),
        sa.Column(
            "log_effect", sa.Float(), nullable=False, comment="Effect on log engagement against the average post"
        ),
        sa.Column("log_sd", sa.Float(), nullable=False, comment="Posterior standard deviation of the effect"),
        sa.Column("low", sa.Float(), nullable=False, comment="Lower end of the 90 % interval, as a multiple"),
        sa.Column("multiple", sa.Float(), nullable=False, comment="Engagement as a multiple of the average post"),
        sa.Column("high", sa.Float(), nullable=False, comment="Upper end of the 90 % interval, as a multiple"),
        sa.Column("known", sa.Boolean(), nullable=False, comment="Whether the interval excludes no difference"),
        sa.Column("posts", sa.Integer(), nullable=False, comment="Posts behind it"),
        sa.Column("recommended_share", sa.Float(), nullable=False, comment="Share recommended for the coming week"),
        sa.Column("evidence", sa.JSON(), nullable=False, comment="Ids of the posts behind it"),
        sa.Column("statement", sa.Text(), nullable=True, comment="The analyst's words"),
        sa.Column("why", sa.Text(), nullable=True, comment="The analyst's guess at the cause"),
        sa.Column("recommendation", sa.Text(), nullable=True, comment="The analyst's advice"),
        sa.Column("computed_at", sa.String(length=32), nullable=False, comment="When it was computed"),
        sa.Column(
            "updated_at",
            sa.String(length=32),
            nullable=False,
            comment="When the row last changed; projections follow it",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learnings")),
        sa.UniqueConstraint("brand", "week", "factor", "level", name=op.f("uq_learnings_brand_week_factor_level")),
        comment="What was learnt, with its evidence",
    )
    op.create_index(op.f("ix_learnings_updated_at"), "learnings", ["updated_at"], unique=False)
    op.create_table(
        "model_calls",
        sa.Column("id", sa.String(length=96), nullable=False, comment="Call id"),
        sa.Column("brand", sa.String(length=96), nullable=False, comment="Brand id"),
        sa.Column("week", sa.String(length=96), nullable=False, comment="Monday of the week that it was made for"),
        sa.Column("post", sa.String(length=96), nullable=True, comment="Post id"),
        sa.Column(
            "agent",
            sa.String(length=96),
            nullable=False,
            comment="strategist, composer, copywriter, evaluator, analyst",
        ),
        sa.Column("attempt", sa.Integer(), nullable=False, comment="1, or more for a repair"),
        sa.Column("provider", sa.String(length=96), nullable=False, comment="sandbox or anthropic"),
        sa.Column("model", sa.String(length=96), nullable=False, comment="Model id"),
        sa.Column("prompt", sa.String(length=96), nullable=False, comment="Prompt file"),
        sa.Column("prompt_sha256", sa.String(length=96), nullable=False, comment="Hash of the prompt file"),
        sa.Column("schema_sha256", sa.String(length=96), nullable=False, comment="Hash of the answer's schema"),
        sa.Column("outcome", sa.String(length=96), nullable=False, comment="How it ended"),
        sa.Column("reserved_micros", sa.BigInteger(), nullable=False, comment="USD micros reserved before the call"),
        sa.Column(
            "cost_micros", sa.BigInteger(), nullable=True, comment="USD micros; empty where the price is not known"
        ),
        sa.Column("price_as_of", sa.String(length=96), nullable=True, comment="Date of the price table used"),
        sa.Column("input_tokens", sa.Integer(), nullable=False, comment="Prompt tokens, without cached ones"),
        sa.Column("cache_write_tokens", sa.Integer(), nullable=False, comment="Tokens written to the cache"),
        sa.Column("cache_read_tokens", sa.Integer(), nullable=False, comment="Tokens read from the cache"),
        sa.Column("output_tokens", sa.Integer(), nullable=False, comment="Answer tokens, thinking included"),
        sa.Column("latency_ms", sa.Float(), nullable=True, comment="Milliseconds until the answer"),
        sa.Column("images", sa.Integer(), nullable=False, comment="Pictures sent"),
        sa.Column("http_status", sa.Integer(), nullable=True, comment="Status of the last reply"),
        sa.Column("retries", sa.Integer(), nullable=False, comment="Retries inside the client"),
        sa.Column("stop_reason", sa.String(length=96), nullable=True, comment="Why the model stopped"),
        sa.Column("request_id", sa.String(length=96), nullable=True, comment="The provider's id of the request"),
        sa.Column("error", sa.Text(), nullable=True, comment="What went wrong"),
        sa.Column("started_at", sa.String(length=32), nullable=False, comment="When it was sent"),
        sa.Column(
            "updated_at",
            sa.String(length=32),
            nullable=False,
            comment="When the row last changed; projections follow it",
        ),
        sa.CheckConstraint(
            (
                "outcome IN ('in_flight', 'ok', 'truncated', 'invalid_output', 'off_the_rules', "
                "'context_full', 'refused', 'incomplete', 'unexpected_stop', 'bad_wire', 'rate_limited', "
                "'overloaded', 'server_error', 'timeout', 'connection', 'bad_request', 'credential', "
                "'billing', 'internal', 'abandoned')"
            ),
            name=op.f("ck_model_calls_outcome"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_calls")),
        comment="Every call to a language model",
    )
    op.create_index(op.f("ix_model_calls_brand_week"), "model_calls", ["brand", "week"], unique=False)
    op.create_index(op.f("ix_model_calls_updated_at"), "model_calls", ["updated_at"], unique=False)
    op.create_table(
        "plans",
        sa.Column("id", sa.String(length=96), nullable=False, comment="Plan id"),
        sa.Column("brand", sa.String(length=96), nullable=False, comment="Brand id"),
        sa.Column("week", sa.String(length=96), nullable=False, comment="Monday of the week"),
        sa.Column("version", sa.Integer(), nullable=False, comment="1 for the first plan of the week"),
        sa.Column("strategy_version", sa.String(length=96), nullable=False, comment="Strategy that it follows"),
        sa.Column("theme", sa.Text(), nullable=False, comment="Theme of the week"),
        sa.Column("rationale", sa.Text(), nullable=False, comment="Why these posts: what was learnt and how it shows"),
        sa.Column("mix", sa.JSON(), nullable=False, comment="Recommended mix that the assignment was drawn from"),
        sa.Column("created_at", sa.String(length=32), nullable=False, comment="When it was planned"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("brand", "week", "version", name=op.f("uq_plans_brand_week_version")),
        comment="Weekly plans",
    )
    op.create_table(
        "strategies",
        sa.Column("brand", sa.String(length=96), nullable=False, comment="Brand id"),
        sa.Column("version", sa.String(length=96), nullable=False, comment="Hash of the content"),
        sa.Column(
            "content",
            sa.JSON(),
            nullable=False,
            comment="The strategy: goals, audiences, pillars, offers, calendar, constraints",
        ),
        sa.Column("created_at", sa.String(length=32), nullable=False, comment="When this version was first seen"),
        sa.PrimaryKeyConstraint("brand", "version", name=op.f("pk_strategies")),
        comment="Strategies of record; every plan names the version it used",
    )
    op.create_table(
        "effect_attempts",
        sa.Column("id", sa.String(length=96), nullable=False, comment="Attempt id"),
        sa.Column("effect", sa.String(length=96), nullable=False, comment="Effect id"),
        sa.Column("number", sa.Integer(), nullable=False, comment="Number within the effect, from 1"),
        sa.Column("fence", sa.Integer(), nullable=False, comment="Claim that it was made under"),
        sa.Column("owner", sa.Text(), nullable=False, comment="Run that made it"),
        sa.Column("request", sa.JSON(), nullable=False, comment="What was sent, without credentials"),
        sa.Column(
            "outcome",
            sa.String(length=96),
            nullable=False,
            comment="in_flight, succeeded, not_done, refused or unknown",
        ),
        sa.Column("detail", sa.Text(), nullable=False, comment="Error code and words, or the id returned"),
        sa.Column("started_at", sa.String(length=32), nullable=False, comment="Committed before the call went out"),
        sa.Column("ended_at", sa.String(length=32), nullable=True, comment="When the outcome was known"),
        sa.Column(
            "updated_at",
            sa.String(length=32),
            nullable=False,
            comment="When the row last changed; projections follow it",
        ),
        sa.CheckConstraint(
            "outcome IN ('in_flight', 'succeeded', 'not_done', 'refused', 'unknown')",
            name=op.f("ck_effect_attempts_outcome"),
        ),
        sa.ForeignKeyConstraint(["effect"], ["effects.id"], name=op.f("fk_effect_attempts_effect")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effect_attempts")),
        sa.UniqueConstraint("effect", "number", name=op.f("uq_effect_attempts_effect_number")),
        comment="Calls that may have reached the outside world",
    )
    op.create_index(op.f("ix_effect_attempts_updated_at"), "effect_attempts", ["updated_at"], unique=False)
    op.create_table(
        "posts",
        sa.Column("id", sa.String(length=96), nullable=False, comment="Post id: brand, week, position"),
        sa.Column("brand", sa.String(length=96), nullable=False, comment="Brand id"),
        sa.Column("week", sa.String(length=96), nullable=False, comment="Monday of the week"),
        sa.Column("plan", sa.String(length=96), nullable=False, comment="Plan that made it"),
        sa.Column("position", sa.Integer(), nullable=False, comment="Number within the week, from 1"),
        sa.Column("state", sa.String(length=96), nullable=False, comment="State, in the words of docs/states.md"),
        sa.Column("state_reason", sa.Text(), nullable=False, comment="Why it is in this state, for people"),
        sa.Column("held", sa.Boolean(), nullable=False, comment="Held back by a person"),
        sa.Column("held_reason", sa.Text(), nullable=True, comment="Why it is held"),
        sa.Column("slot", sa.String(length=96), nullable=False, comment="Slot id of the brand"),
        sa.Column("scheduled_at", sa.String(length=32), nullable=False, comment="When it goes out"),
        sa.Column("pillar", sa.String(length=96), nullable=False, comment="Pillar id"),
        sa.Column("format", sa.String(length=96), nullable=False, comment="portrait, square or carousel"),
        sa.Column("hook", sa.String(length=96), nullable=False, comment="Kind of hook"),
        sa.Column("assignment_reason", sa.Text(), nullable=False, comment="Why code chose these factors"),
        sa.Column("topic", sa.Text(), nullable=False, comment="Topic"),
        sa.Column("angle", sa.Text(), nullable=False, comment="The way into the topic"),
        sa.Column("key_message", sa.Text(), nullable=False, comment="What people should remember"),
        sa.Column("audience", sa.String(length=96), nullable=False, comment="Audience id"),
        sa.Column("product", sa.String(length=96), nullable=True, comment="Product id"),
        sa.Column("occasion", sa.String(length=96), nullable=True, comment="Occasion id"),
        sa.Column("call_to_action", sa.Text(), nullable=False, comment="What people are asked to do"),
        sa.Column("note", sa.Text(), nullable=True, comment="A person's note from sending it back"),
        sa.Column("chosen_variation", sa.String(length=96), nullable=True, comment="Variation that goes out"),
        sa.Column("chosen_creative", sa.String(length=96), nullable=True, comment="Creative that goes out"),
        sa.Column("published_at", sa.String(length=32), nullable=True, comment="When Instagram had it"),
        sa.Column("media_id", sa.String(length=96), nullable=True, comment="Instagram's id of the post"),
        sa.Column("permalink", sa.Text(), nullable=True, comment="Address of the post"),
        sa.Column(
            "revision", sa.Integer(), nullable=False, comment="Rises with each change; guards against stale edits"
        ),
        sa.Column("created_at", sa.String(length=32), nullable=False, comment="When it was planned"),
        sa.Column(
            "updated_at",
            sa.String(length=32),
            nullable=False,
            comment="When the row last changed; projections follow it",
        ),
        sa.CheckConstraint(
            (
                "state IN ('planned', 'drafted', 'designed', 'ready', 'needs_human', 'scheduled', "
                "'publishing', 'published', 'unknown', 'parked', 'failed', 'missed', 'cancelled')"
            ),
            name=op.f("ck_posts_state"),
        ),
        sa.ForeignKeyConstraint(["plan"], ["plans.id"], name=op.f("fk_posts_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("brand", "week", "position", name=op.f("uq_posts_brand_week_position")),
        comment="Posts and where each stands",
    )
    op.create_index(op.f("ix_posts_brand_week"), "posts", ["brand", "week"], unique=False)
    op.create_index(op.f("ix_posts_state_scheduled_at"), "posts", ["state", "scheduled_at"], unique=False)
    op.create_index(op.f("ix_posts_updated_at"), "posts", ["updated_at"], unique=False)
    op.create_table(
        "creatives",
        sa.Column("id", sa.String(length=96), nullable=False, comment="Creative id"),
        sa.Column("post", sa.String(length=96), nullable=False, comment="Post id"),
        sa.Column("round", sa.Integer(), nullable=False, comment="Round of the copy that it was made for"),
        sa.Column("attempt", sa.Integer(), nullable=False, comment="Attempt within the round, from 1"),
        sa.Column("brief", sa.JSON(), nullable=False, comment="What the composer asked for"),
        sa.Column("media", sa.JSON(), nullable=False, comment="Pictures: sha256, width, height, byte count"),
        sa.Column("text_runs", sa.JSON(), nullable=False, comment="Every line drawn, per picture"),
        sa.Column("checks", sa.JSON(), nullable=False, comment="Results of the deterministic checks"),
        sa.Column("meets_bar", sa.Boolean(), nullable=False, comment="Whether it meets the brand's bar"),
        sa.Column("score", sa.Float(), nullable=False, comment="Orders the attempts of one post, 0 to 1"),
        sa.Column("reasons", sa.JSON(), nullable=False, comment="What a revision is asked to mend"),
        sa.Column(
            "perceptual_hash",
            sa.String(length=96),
            nullable=False,
            comment="256-bit perceptual hash of the first picture, hex",
        ),
        sa.Column(
            "picture_source", sa.String(length=96), nullable=False, comment="procedural, or the image service and model"
        ),
        sa.Column("chosen", sa.Boolean(), nullable=False, comment="Whether it is the one kept"),
        sa.Column("created_at", sa.String(length=32), nullable=False, comment="When it was made"),
        sa.Column(
            "updated_at",
            sa.String(length=32),
            nullable=False,
            comment="When the row last changed; projections follow it",
        ),
        sa.ForeignKeyConstraint(["post"], ["posts.id"], name=op.f("fk_creatives_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_creatives")),
        sa.UniqueConstraint("post", "round", "attempt", name=op.f("uq_creatives_post_round_attempt")),
        comment="Creatives: every attempt with its checks",
    )
    op.create_index(op.f("ix_creatives_updated_at"), "creatives", ["updated_at"], unique=False)
    op.create_table(
        "insight_snapshots",
        sa.Column("post", sa.String(length=96), nullable=False, comment="Post id"),
        sa.Column("age", sa.String(length=96), nullable=False, comment="1h, 24h, 72h or 7d"),
        sa.Column("brand", sa.String(length=96), nullable=False, comment="Brand id"),
        sa.Column("media_id", sa.String(length=96), nullable=False, comment="Instagram's id of the post"),
        sa.Column("taken_at", sa.String(length=32), nullable=False, comment="When it was read"),
        sa.Column("age_hours", sa.Float(), nullable=False, comment="Hours since publishing when it was read"),
        sa.Column("reach", sa.Integer(), nullable=True, comment="reach; empty when Instagram gave none"),
        sa.Column("views", sa.Integer(), nullable=True, comment="views; empty when Instagram gave none"),
        sa.Column("likes", sa.Integer(), nullable=True, comment="likes; empty when Instagram gave none"),
        sa.Column("comments", sa.Integer(), nullable=True, comment="comments; empty when Instagram gave none"),
        sa.Column("saved", sa.Integer(), nullable=True, comment="saved; empty when Instagram gave none"),
        sa.Column("shares", sa.Integer(), nullable=True, comment="shares; empty when Instagram gave none"),
        sa.Column(
            "total_interactions",
            sa.Integer(),
            nullable=True,
            comment="total_interactions; empty when Instagram gave none",
        ),
        sa.Column("follows", sa.Integer(), nullable=True, comment="follows; empty when Instagram gave none"),
        sa.Column(
            "profile_visits", sa.Integer(), nullable=True, comment="profile_visits; empty when Instagram gave none"
        ),
        sa.Column("reposts", sa.Integer(), nullable=True, comment="reposts; empty when Instagram gave none"),
        sa.Column("missing", sa.JSON(), nullable=False, comment="Metrics that were not given, with the reason"),
        sa.Column(
            "updated_at",
            sa.String(length=32),
            nullable=False,
            comment="When the row last changed; projections follow it",
        ),
        sa.CheckConstraint("age IN ('1h', '24h', '72h', '7d')", name=op.f("ck_insight_snapshots_age")),
        sa.ForeignKeyConstraint(["post"], ["posts.id"], name=op.f("fk_insight_snapshots_post")),
        sa.PrimaryKeyConstraint("post", "age", name=op.f("pk_insight_snapshots")),
        comment="Insights of posts at set ages; absent is not zero",
    )
    op.create_index(op.f("ix_insight_snapshots_updated_at"), "insight_snapshots", ["updated_at"], unique=False)
    op.create_table(
        "post_variations",
        sa.Column("id", sa.String(length=96), nullable=False, comment="Variation id"),
        sa.Column("post", sa.String(length=96), nullable=False, comment="Post id"),
        sa.Column("round", sa.Integer(), nullable=False, comment="1 for the first writing; rises when sent back"),
        sa.Column("position", sa.Integer(), nullable=False, comment="Number within the round, from 1"),
        sa.Column("hook", sa.String(length=96), nullable=False, comment="Kind of hook"),
        sa.Column("hook_line", sa.Text(), nullable=False, comment="First line"),
        sa.Column("caption", sa.Text(), nullable=False, comment="Caption without hashtags"),
        sa.Column("hashtags", sa.JSON(), nullable=False, comment="Hashtags, a list"),
        sa.Column("alt_text", sa.Text(), nullable=False, comment="Description of the picture"),
        sa.Column("difference", sa.Text(), nullable=False, comment="How and why it differs"),
        sa.Column("chosen", sa.Boolean(), nullable=False, comment="Whether it was chosen"),
        sa.Column("choice_reason", sa.Text(), nullable=True, comment="Why, when chosen"),
        sa.Column("author", sa.String(length=96), nullable=False, comment="copywriter, or the person who edited it"),
        sa.Column("created_at", sa.String(length=32), nullable=False, comment="When it was written"),
        sa.Column(
            "updated_at",
            sa.String(length=32),
            nullable=False,
            comment="When the row last changed; projections follow it",
        ),
        sa.ForeignKeyConstraint(["post"], ["posts.id"], name=op.f("fk_post_variations_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_variations")),
        sa.UniqueConstraint("post", "round", "position", name=op.f("uq_post_variations_post_round_position")),
        comment="Copy variations of each post",
    )
    op.create_index(op.f("ix_post_variations_updated_at"), "post_variations", ["updated_at"], unique=False)
    op.create_table(
        "evaluations",
        sa.Column("id", sa.String(length=96), nullable=False, comment="Evaluation id"),
        sa.Column("creative", sa.String(length=96), nullable=False, comment="Creative id"),
        sa.Column("post", sa.String(length=96), nullable=False, comment="Post id"),
        sa.Column(
            "criterion",
            sa.String(length=96),
            nullable=False,
            comment="legibility, composition, brand_fit, message_match or craft",
        ),
        sa.Column("level", sa.String(length=96), nullable=False, comment="good, acceptable, poor or cannot_tell"),
        sa.Column("reason", sa.Text(), nullable=False, comment="What was seen"),
        sa.Column("defect", sa.Text(), nullable=False, comment="Short name of the defect, when there is one"),
        sa.Column(
            "evaluator",
            sa.String(length=96),
            nullable=False,
            comment="Model that judged; sandbox rows are no measure of quality",
        ),
        sa.Column("created_at", sa.String(length=32), nullable=False, comment="When it was judged"),
        sa.ForeignKeyConstraint(["creative"], ["creatives.id"], name=op.f("fk_evaluations_creative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
        sa.UniqueConstraint("creative", "criterion", name=op.f("uq_evaluations_creative_criterion")),
        comment="Anchored verdicts of the evaluator",
    )
    op.create_index(op.f("ix_evaluations_created_at"), "evaluations", ["created_at"], unique=False)
