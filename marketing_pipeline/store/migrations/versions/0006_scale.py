"""Turns of brands in the publish queue, the indexes that many brands need, and model calls in batches.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the turns of brands, indexes, and the batches of model calls."""
    make_turns()
    make_indexes()
    make_model_batches()
    make_model_batch_items()
    count_tokens_kept_for_an_hour()


def make_turns() -> None:
    """Whose turn it is."""
    op.create_table(
        "turns",
        sa.Column("brand", sa.String(length=96), nullable=False, comment="Brand id"),
        sa.Column(
            "number",
            sa.BigInteger(),
            nullable=False,
            comment="Rises with each claim of any brand; the lowest goes first",
        ),
        sa.Column(
            "rests_until",
            sa.String(length=32),
            nullable=True,
            comment="Until when the channel takes nothing from this brand's account",
        ),
        sa.Column("rest_reason", sa.Text(), nullable=True, comment="What the channel said of it"),
        sa.Column(
            "updated_at",
            sa.String(length=32),
            nullable=False,
            comment="When the row last changed; projections follow it",
        ),
        sa.PrimaryKeyConstraint("brand", name="pk_turns"),
        comment="Whose turn it is: brands with posts that are due, the one served longest ago first",
    )
    op.create_index("ix_turns_number", "turns", ["number"])


def make_indexes() -> None:
    """The brands that have something due are found in an index alone, and so is the first due effect of each."""
    op.create_index(
        "ix_effects_kind_state_due_at_brand_channel_not_before",
        "effects",
        ["kind", "state", "due_at", "brand", "channel", "not_before"],
    )
    op.create_index("ix_effects_brand_kind_state_due_at", "effects", ["brand", "kind", "state", "due_at"])
    # Posts of a plan, calls that nobody waits for any more, an agent's last answer, posts whose address is not known.
    op.create_index("ix_posts_plan", "posts", ["plan"])
    op.create_index("ix_model_calls_outcome_started_at", "model_calls", ["outcome", "started_at"])
    op.create_index("ix_model_calls_brand_agent_started_at", "model_calls", ["brand", "agent", "started_at"])
    op.create_index("ix_effects_state_updated_at", "effects", ["state", "updated_at"])
    # Projections read what is new by it.
    op.create_index("ix_strategies_created_at", "strategies", ["created_at"])
    op.create_index("ix_plans_created_at", "plans", ["created_at"])


def make_model_batches() -> None:
    """What was handed over at once, at half the price."""
    op.create_table(
        "model_batches",
        sa.Column("id", sa.String(length=96), nullable=False, comment="Batch id"),
        sa.Column("provider_id", sa.String(length=96), nullable=True, comment="The provider's id of the batch"),
        sa.Column("brand", sa.String(length=96), nullable=False, comment="Brand id"),
        sa.Column("week", sa.String(length=96), nullable=False, comment="Monday of the week that it was made for"),
        sa.Column("state", sa.String(length=96), nullable=False, comment="submitting, submitted or ended"),
        sa.Column("calls", sa.Integer(), nullable=False, comment="Model calls in it"),
        sa.Column("started_at", sa.String(length=32), nullable=False, comment="When it was handed over"),
        sa.Column(
            "needed_by",
            sa.String(length=32),
            nullable=False,
            comment="When it is cancelled, and what it lacks asked for directly",
        ),
        sa.Column("ended_at", sa.String(length=32), nullable=True, comment="When its results were read"),
        sa.Column(
            "updated_at",
            sa.String(length=32),
            nullable=False,
            comment="When the row last changed; projections follow it",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_model_batches"),
        sa.CheckConstraint("state IN ('submitting', 'submitted', 'ended')", name=op.f("ck_model_batches_state")),
        comment="Batches of model calls: handed over at once, answered within a day",
    )
    op.create_index("ix_model_batches_brand_week_state", "model_batches", ["brand", "week", "state"])
    op.create_index("ix_model_batches_updated_at", "model_batches", ["updated_at"])


def make_model_batch_items() -> None:
    """Which question of a week is answered by which call."""
    op.create_table(
        "model_batch_items",
        sa.Column("question", sa.String(length=96), nullable=False, comment="Hash of the question and its subject"),
        sa.Column("call", sa.String(length=96), nullable=False, comment="Model call id"),
        sa.Column("batch", sa.String(length=96), nullable=False, comment="Batch id"),
        sa.Column("result", sa.Text(), nullable=True, comment="What the provider answered, as JSON"),
        sa.PrimaryKeyConstraint("question", name="pk_model_batch_items"),
        sa.ForeignKeyConstraint(["batch"], ["model_batches.id"], name="fk_model_batch_items_batch"),
        comment="Questions in batches: asked again after a kill, they find their answer rather than be paid for twice",
    )
    op.create_index("ix_model_batch_items_batch", "model_batch_items", ["batch"])


def count_tokens_kept_for_an_hour() -> None:
    """They cost more than those kept for five minutes."""
    comment = "Tokens written to the cache for an hour"
    op.add_column(
        "model_calls",
        sa.Column("cache_write_1h_tokens", sa.Integer(), nullable=False, server_default="0", comment=comment),
    )
