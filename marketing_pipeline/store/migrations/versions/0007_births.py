"""What says when a row came stays as it is: projections look for a row among those that are no older.

Revision ID: 0007
"""

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


def upgrade() -> None:
    """Refuse every change of them."""
    for table, column in BIRTHS.items():
        refuse_change(table, column)


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
