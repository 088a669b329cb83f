"""The operating floor: alerts, signs of life, tokens and reconciliations.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


AD_CHANGE_KINDS = (
    "kind IN ('set_budget', 'set_target_cpa', 'set_target_roas', 'set_bid', 'pause_keyword', 'enable_keyword', "
    "'pause_ad', 'enable_ad', 'add_negative_keyword')"
)

LEARNINGS_COMMENTS = {
    "factor": "pillar, format, hook or slot of a post; ad_change for kinds of ad changes",
    "log_effect": "Effect on log engagement against the average post; of ad changes, log of multiple",
    "multiple": "Engagement as a multiple of the average post; of ad changes, what came about over what was forecast",
    "posts": "Posts or ad changes behind it",
    "recommended_share": "Share recommended for the coming week; 0 for ad changes",
    "evidence": "Ids of the posts or ad changes behind it",
    "statement": "The analyst's words; of ad changes, the figures in a sentence",
}


def upgrade() -> None:
    """Add the tables, and the target return to the kinds of ad changes."""
    widen_ad_change_kinds()
    comment_learnings()
    op.create_index(op.f("ix_audit_log_at"), "audit_log", ["at"], unique=False)
    name_runs()
    op.create_table(
        "alert_mutes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False, comment="Number"),
        sa.Column("kind", sa.String(length=96), nullable=True, comment="Kind of alert; empty for all"),
        sa.Column("brand", sa.String(length=96), nullable=True, comment="Brand; empty for all"),
        sa.Column("subject", sa.Text(), nullable=True, comment="One subject; empty for all"),
        sa.Column("actor", sa.Text(), nullable=False, comment="Who muted"),
        sa.Column("note", sa.Text(), nullable=False, comment="Why"),
        sa.Column("since", sa.String(length=32), nullable=False, comment="From when"),
        sa.Column("until", sa.String(length=32), nullable=False, comment="Until when"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_mutes")),
        comment="Alerts that are kept but not sent, for a while",
    )
    op.create_table(
        "alerts",
        sa.Column(
            "id",
            sa.String(length=96),
            nullable=False,
            comment="Alert id: its kind, and a hash of kind, brand and subject",
        ),
        sa.Column("kind", sa.String(length=96), nullable=False, comment="What it is about"),
        sa.Column("severity", sa.String(length=96), nullable=False, comment="info, warning or critical"),
        sa.Column(
            "brand", sa.String(length=96), nullable=True, comment="Brand id; empty where it concerns the installation"
        ),
        sa.Column(
            "subject", sa.Text(), nullable=False, comment="What is the matter with what: an effect, post, run, account"
        ),
        sa.Column("title", sa.Text(), nullable=False, comment="In one line"),
        sa.Column("detail", sa.Text(), nullable=False, comment="The facts"),
        sa.Column("mend", sa.Text(), nullable=False, comment="What to do"),
        sa.Column("state", sa.String(length=96), nullable=False, comment="open, acknowledged or resolved"),
        sa.Column(
            "first_at",
            sa.String(length=32),
            nullable=False,
            comment="When it was first found, since it was last resolved",
        ),
        sa.Column("last_at", sa.String(length=32), nullable=False, comment="When it was last found"),
        sa.Column("occurrences", sa.Integer(), nullable=False, comment="How often it was found since then"),
        sa.Column("notified_at", sa.String(length=32), nullable=True, comment="When people were told"),
        sa.Column("notify_attempts", sa.Integer(), nullable=False, comment="Attempts to tell them"),
        sa.Column("notify_problem", sa.Text(), nullable=True, comment="Why the last attempt failed"),
        sa.Column(
            "notify_after",
            sa.String(length=32),
            nullable=True,
            comment="Not attempted again before; whoever moves it on is the one who tells",
        ),
        sa.Column("escalated_at", sa.String(length=32), nullable=True, comment="When it was sent again as more urgent"),
        sa.Column("acknowledged_by", sa.Text(), nullable=True, comment="Who has taken it on"),
        sa.Column("resolved_at", sa.String(length=32), nullable=True, comment="When its cause was gone"),
        sa.Column(
            "updated_at",
            sa.String(length=32),
            nullable=False,
            comment="When the row last changed; projections follow it",
        ),
        sa.CheckConstraint(
            "kind IN ('approval_waiting', 'approval_expiring', 'effect_parked', 'run_failed', "
            "'token_expiring', 'spend_near_cap', 'ad_anomaly', 'post_below_bar', 'post_missed', 'unhealthy')",
            name=op.f("ck_alerts_kind"),
        ),
        sa.CheckConstraint("severity IN ('info', 'warning', 'critical')", name=op.f("ck_alerts_severity")),
        sa.CheckConstraint("state IN ('open', 'acknowledged', 'resolved')", name=op.f("ck_alerts_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        comment="What people must hear about",
    )
    op.create_index(op.f("ix_alerts_state"), "alerts", ["state"], unique=False)
    op.create_index(op.f("ix_alerts_updated_at"), "alerts", ["updated_at"], unique=False)
    op.create_table(
        "channel_tokens",
        sa.Column("channel", sa.String(length=96), nullable=False, comment="Channel"),
        sa.Column("brand", sa.String(length=96), nullable=False, comment="Brand id"),
        sa.Column("state", sa.String(length=96), nullable=False, comment="valid, refused or expired"),
        sa.Column(
            "token_sha256", sa.String(length=96), nullable=False, comment="Hash of the token in use; never the token"
        ),
        sa.Column("issued_at", sa.String(length=32), nullable=False, comment="When this token was first seen or given"),
        sa.Column("expires_at", sa.String(length=32), nullable=True, comment="When it ends, where known"),
        sa.Column("next_refresh_at", sa.String(length=32), nullable=True, comment="When it is to be refreshed"),
        sa.Column("refreshed_at", sa.String(length=32), nullable=True, comment="When it was last refreshed"),
        sa.Column("refreshes", sa.Integer(), nullable=False, comment="How often it was refreshed"),
        sa.Column("lease_owner", sa.Text(), nullable=True, comment="Process that refreshes it right now"),
        sa.Column("lease_until", sa.String(length=32), nullable=True, comment="Until when that process may"),
        sa.Column("problem", sa.Text(), nullable=True, comment="Why the last refresh or call failed"),
        sa.Column(
            "updated_at",
            sa.String(length=32),
            nullable=False,
            comment="When the row last changed; projections follow it",
        ),
        sa.CheckConstraint("state IN ('valid', 'refused', 'expired')", name=op.f("ck_channel_tokens_state")),
        sa.PrimaryKeyConstraint("channel", "brand", name=op.f("pk_channel_tokens")),
        comment="Access tokens of channels: what is known of them, without the tokens",
    )
    op.create_table(
        "heartbeats",
        sa.Column(
            "name", sa.String(length=96), nullable=False, comment="What beats: daemon, code_location, or drain:<run>"
        ),
        sa.Column("kind", sa.String(length=96), nullable=False, comment="daemon, code_location, drain or console"),
        sa.Column("host", sa.Text(), nullable=False, comment="Machine that it runs on"),
        sa.Column("pid", sa.Integer(), nullable=False, comment="Process"),
        sa.Column("every_seconds", sa.Integer(), nullable=False, comment="How often it means to beat"),
        sa.Column("started_at", sa.String(length=32), nullable=False, comment="When the process began"),
        sa.Column("beat_at", sa.String(length=32), nullable=False, comment="Last sign of life"),
        sa.Column("ended_at", sa.String(length=32), nullable=True, comment="When it ended in good order"),
        sa.CheckConstraint("kind IN ('daemon', 'code_location', 'drain', 'console')", name=op.f("ck_heartbeats_kind")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
        comment="Signs of life of everything that should be running",
    )
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False, comment="Number"),
        sa.Column(
            "reason",
            sa.Text(),
            nullable=False,
            comment="Why no effect may run: what was restored, or which tail is missing",
        ),
        sa.Column(
            "since",
            sa.String(length=32),
            nullable=False,
            comment="From when on the channels may hold what this database does not know",
        ),
        sa.Column("started_at", sa.String(length=32), nullable=False, comment="From when effects are blocked"),
        sa.Column(
            "finished_at",
            sa.String(length=32),
            nullable=True,
            comment="When every account was compared; empty while effects are blocked",
        ),
        sa.Column("actor", sa.Text(), nullable=False, comment="Who began it"),
        sa.Column(
            "found",
            sa.JSON(),
            nullable=False,
            comment="What the channels hold that this database did not know, per account",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
        comment="Effects blocked after a restore until the channels were compared",
    )
    op.create_index(op.f("ix_reconciliations_finished_at"), "reconciliations", ["finished_at"], unique=False)


def name_runs() -> None:
    """Calls that cost money name the run that made them."""
    for table, comment in (
        ("model_calls", "Dagster run that asked; empty outside of runs"),
        ("image_jobs", "Dagster run that asked for it last; empty outside of runs"),
    ):
        op.add_column(table, sa.Column("run", sa.String(length=96), nullable=True, comment=comment))
    op.create_index(op.f("ix_image_jobs_post"), "image_jobs", ["post"], unique=False)


def comment_learnings() -> None:
    """Say that ad changes teach, too. SQLite keeps no comments."""
    if op.get_bind().dialect.name != "sqlite":
        for column, comment in LEARNINGS_COMMENTS.items():
            op.alter_column("learnings", column, comment=comment)


def widen_ad_change_kinds() -> None:
    """SQLite cannot alter a check: the table is made anew, with its rows, indexes and triggers."""
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_ad_changes_kind"), "ad_changes", type_="check")
        op.create_check_constraint(op.f("ck_ad_changes_kind"), "ad_changes", AD_CHANGE_KINDS)
        return
    table, *rest = bind.scalars(
        sa.text(
            "SELECT sql FROM sqlite_master WHERE tbl_name = 'ad_changes' AND sql IS NOT NULL"
            " ORDER BY type = 'table' DESC"
        )
    ).all()
    old_kinds = AD_CHANGE_KINDS.replace("'set_target_roas', ", "")
    made = table.replace(old_kinds, AD_CHANGE_KINDS).replace("ad_changes", "ad_changes_0002", 1)
    for statement in (
        made,
        "INSERT INTO ad_changes_0002 SELECT * FROM ad_changes",
        "DROP TABLE ad_changes",
        "ALTER TABLE ad_changes_0002 RENAME TO ad_changes",
        *rest,
    ):
        bind.exec_driver_sql(statement)
