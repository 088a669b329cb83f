"""Experiments, and the posts that chance gave each.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

EXPERIMENT_STEPS = {
    "planned": ("running", "cancelled"),
    "running": ("decided", "ended", "stopped"),
    "decided": (),
    "ended": (),
    "stopped": (),
    "cancelled": (),
}
STATES = "'planned', 'running', 'decided', 'ended', 'stopped', 'cancelled'"
OPEN = "state IN ('planned', 'running')"


def _name(name: str, comment: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=96), nullable=False, comment=comment)


def _text(name: str, comment: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, comment=comment)


def _number(name: str, comment: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Float(), nullable=nullable, comment=comment)


def _whole(name: str, comment: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, comment=comment)


def _moment(name: str, comment: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=32), nullable=nullable, comment=comment)


def upgrade() -> None:
    """Add experiments and their posts."""
    make_experiments()
    make_experiment_posts()
    allow_only_drawn_steps()


def make_experiments() -> None:
    """What was stated before the first post, and what it has shown."""
    op.create_table(
        "experiments",
        _name("id", "Experiment id"),
        _name("brand", "Brand id"),
        _name("factor", "pillar, format, hook or slot"),
        _name("level", "The level in question"),
        _name("against", "The level that it is held against"),
        _name("metric", "Figure at 7 days that it is about"),
        _number("ratio", "Smallest effect worth knowing, as a multiple"),
        _number("alpha", "Chance of a verdict where nothing differs, however often one looks"),
        _number("power", "Chance of a verdict where the smallest effect is true"),
        _text("hypothesis", "Why it is asked"),
        _name("design", "within_week: pairs of posts; by_week: pairs of weeks"),
        _number("noise_sd", "Deviation of a log figure that it was planned with"),
        _whole("noise_posts", "Posts that the noise was read from; 0 for a prior"),
        _whole("blocks", "Pairs that were planned before the start"),
        _whole("block_posts", "Posts of each arm in a pair"),
        _name("first_week", "Monday of the first week"),
        _whole("most_weeks", "Weeks that it may last"),
        _name("state", "planned, running, decided, ended, stopped or cancelled"),
        _text("state_reason", "Why, and by whom"),
        _name("verdict", "level_better, against_better, alike or open"),
        _whole("measured_blocks", "Pairs that counted when it was last read"),
        _number("times", "The level as a multiple of the other; empty before the first pair", nullable=True),
        _number("low", "Lower end of its anytime-valid interval; empty: no limit yet", nullable=True),
        _number("high", "Upper end", nullable=True),
        _number("evidence", "Best of the bet against no difference; 1 / alpha ends it"),
        _text("stated_by", "Who stated it"),
        _moment("stated_at", "When"),
        _moment("ended_at", "When it was decided, ended, stopped or cancelled", nullable=True),
        _moment("looked_at", "When it was last read by the weekly run", nullable=True),
        _moment("updated_at", "When the row last changed; projections follow it"),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_experiments_state")),
        sa.CheckConstraint(
            "verdict IN ('level_better', 'against_better', 'alike', 'open')", name=op.f("ck_experiments_verdict")
        ),
        sa.CheckConstraint("design IN ('within_week', 'by_week')", name=op.f("ck_experiments_design")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiments")),
        comment="Planned comparisons of two levels of one factor, with what they have shown",
    )
    op.create_index(op.f("ix_experiments_brand_state"), "experiments", ["brand", "state"], unique=False)
    op.create_index(op.f("ix_experiments_updated_at"), "experiments", ["updated_at"], unique=False)
    op.create_index(
        "uq_experiments_open",
        "experiments",
        ["brand", "factor"],
        unique=True,
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )


def make_experiment_posts() -> None:
    """Which arm each post belongs to."""
    op.create_table(
        "experiment_posts",
        _name("experiment", "Experiment id"),
        _name("post", "Post id"),
        _whole("block", "Pair within which the arms are compared, from 1"),
        _name("arm", "level, or against for what it is held against"),
        _name("level", "Level that the draw gave the post"),
        _number("expected", "What was known of its other levels before, in logs"),
        _moment("drawn_at", "When the post was to go out when it was drawn"),
        _name("drawn_slot", "Slot in which it was drawn"),
        _moment("created_at", "When it was drawn"),
        sa.CheckConstraint("arm IN ('level', 'against')", name=op.f("ck_experiment_posts_arm")),
        sa.ForeignKeyConstraint(["experiment"], ["experiments.id"], name=op.f("fk_experiment_posts_experiment")),
        sa.ForeignKeyConstraint(["post"], ["posts.id"], name=op.f("fk_experiment_posts_post")),
        sa.PrimaryKeyConstraint("experiment", "post", name=op.f("pk_experiment_posts")),
        comment="Which arm of an experiment each post belongs to, drawn by chance when its week was planned",
    )
    op.create_index(op.f("ix_experiment_posts_post"), "experiment_posts", ["post"], unique=False)
    op.create_index(op.f("ix_experiment_posts_created_at"), "experiment_posts", ["created_at"], unique=False)


def allow_only_drawn_steps() -> None:
    """Refuse every change of `state` that is not drawn, and every change of a draw."""
    drawn = " OR ".join(
        f"(OLD.state = '{before}' AND NEW.state IN ({', '.join(repr(after) for after in onward)}))"
        for before, onward in EXPERIMENT_STEPS.items()
        if onward
    )
    condition = f"WHEN (NEW.state <> OLD.state AND NOT ({drawn}))"
    message = "experiments: a step of the state that is not drawn"
    refuse_when("experiments", "experiments_drawn_steps", "UPDATE", condition, message)
    for act in ("UPDATE", "DELETE"):
        name = f"experiment_posts_no_{act.lower()}"
        refuse_when("experiment_posts", name, act, "", "experiment_posts is append-only")


def refuse_when(table: str, name: str, act: str, condition: str, message: str) -> None:
    """A trigger that stops `act` on a row of `table`, under `condition`."""
    if op.get_bind().dialect.name == "sqlite":
        body = f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW {condition} {body}")
        return
    body = f"BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END"
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW {condition} EXECUTE FUNCTION {name}()")
