"""What says when a row came stays as it is: projections look for a row among those that are no older.

Posts of which insights are still to be read are found by when they are due, and batches by whether they are open.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIRTHS = {
    "plans": "created_at",
    "posts": "created_at",
    "post_variations": "created_at",
    "creatives": "created_at",
    "evaluations": "created_at",
    "effects": "created_at",
    "effect_attempts": "started_at",
    "model_calls": "started_at",
    "learnings": "week",
}
"""Of each table the column that may not change. Rows of approvals and audit_log may not change at all."""

INSIGHTS_LEFT = (
    "UPDATE posts SET insights_due_at = published_at WHERE state = 'published'"
    " AND (SELECT count(*) FROM insight_snapshots WHERE insight_snapshots.post = posts.id) < 4"
)


def upgrade() -> None:
    """Refuse every change of what says when a row came, say when insights are due, and find open batches."""
    for table, column in BIRTHS.items():
        refuse_change(table, column)
    say_when_insights_are_due()
    op.create_index("ix_model_batches_state_started_at", "model_batches", ["state", "started_at"])


def say_when_insights_are_due() -> None:
    """Of a post not yet measured at all four ages: not before it was out. Its next reading says it exactly."""
    comment = "No insights of it are due before; empty when none are left to read"
    op.add_column("posts", sa.Column("insights_due_at", sa.String(length=32), nullable=True, comment=comment))
    op.create_index("ix_posts_insights_due_at", "posts", ["insights_due_at"])
    op.create_index("ix_posts_brand_insights_due_at", "posts", ["brand", "insights_due_at"])
    op.execute(INSIGHTS_LEFT)


def refuse_change(table: str, column: str) -> None:
    """A trigger that stops an update of `column` to another value, and costs nothing when it is not written."""
    name = f"{table}_keep_{column}"
    when = f"BEFORE UPDATE OF {column} ON {table} FOR EACH ROW WHEN (NEW.{column} <> OLD.{column})"
    message = f"{table}: {column} never changes"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{message}'); END")
        return
    body = f"BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END"
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {name}()")
