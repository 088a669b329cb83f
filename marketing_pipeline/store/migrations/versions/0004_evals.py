"""Runs of the agents' evaluation suites.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _name(name: str, comment: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=96), nullable=nullable, comment=comment)


def _number(name: str, comment: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Float(), nullable=nullable, comment=comment)


def _moment(name: str, comment: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=32), nullable=False, comment=comment)


def upgrade() -> None:
    """Add runs, their cases and their scores."""
    op.create_table(
        "eval_runs",
        _name("id", "Run id"),
        _name("suite", "Suite, named after its agent"),
        _name("provider", "corpus, sandbox or anthropic; only anthropic says anything about quality"),
        _name("model", "Model id; empty for a run over the corpus"),
        _name("prompt_sha256", "Hash of the agent's prompt file"),
        _name("rubric_sha256", "Hash of what judges are asked"),
        _name("corpus_sha256", "Hash of the corpus file"),
        _name("brand", "Brand whose spend cap the calls counted in; empty where none was made", nullable=True),
        sa.Column("cases", sa.Integer(), nullable=False, comment="Cases, those without an answer included"),
        sa.Column("failed", sa.Integer(), nullable=False, comment="Cases without a usable answer; they count as 0"),
        _number("score", "Mean over cases of the share of criteria that came as expected"),
        _number("low", "Lower end of its 95 % bootstrap interval"),
        _number("high", "Upper end"),
        sa.Column("calls", sa.Integer(), nullable=False, comment="Model calls, repairs included"),
        sa.Column(
            "cost_micros",
            sa.BigInteger(),
            nullable=True,
            comment="USD micros; what was reserved where it is not known",
        ),
        _number("p50_ms", "Median milliseconds of a case", nullable=True),
        _number("p95_ms", "Milliseconds within which 95 % of the cases came", nullable=True),
        _name("standing", "Against the baseline: no_baseline, as_before, better, below or too_few"),
        _number("before", "Score of the baseline", nullable=True),
        _number("change", "Mean change over the baseline's cases", nullable=True),
        _number("change_low", "Lower end of its 95 % interval", nullable=True),
        _number("change_high", "Upper end", nullable=True),
        sa.Column(
            "is_baseline",
            sa.Boolean(),
            nullable=False,
            comment="Whether later runs of this provider are held against it",
        ),
        _moment("started_at", "When it began"),
        _moment("updated_at", "When the row last changed; projections follow it"),
        sa.CheckConstraint(
            "standing IN ('no_baseline', 'as_before', 'better', 'below', 'too_few')",
            name=op.f("ck_eval_runs_standing"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eval_runs")),
        comment="Runs of the agents' evaluation suites",
    )
    op.create_index(op.f("ix_eval_runs_suite_provider"), "eval_runs", ["suite", "provider"], unique=False)
    op.create_index(op.f("ix_eval_runs_updated_at"), "eval_runs", ["updated_at"], unique=False)
    op.create_table(
        "eval_cases",
        _name("run", "Run id"),
        _name("case", "Case of the corpus, or situation and number of the try"),
        _name("kind", "good, or the name of what was planted; live for an agent's own answer"),
        sa.Column("output", sa.JSON(), nullable=True, comment="The answer; empty where none could be used"),
        sa.Column("error", sa.Text(), nullable=False, comment="Why there is none"),
        _number("score", "Share of counted criteria that came as expected"),
        sa.Column("cost_micros", sa.BigInteger(), nullable=True, comment="USD micros of its calls"),
        _number("latency_ms", "Milliseconds of its calls together", nullable=True),
        _moment("scored_at", "When"),
        sa.ForeignKeyConstraint(["run"], ["eval_runs.id"], name=op.f("fk_eval_cases_run")),
        sa.PrimaryKeyConstraint("run", "case", name=op.f("pk_eval_cases")),
        comment="Each case of a run with the answer that was scored",
    )
    op.create_index(op.f("ix_eval_cases_scored_at"), "eval_cases", ["scored_at"], unique=False)
    op.create_table(
        "eval_scores",
        _name("run", "Run id"),
        _name("case", "Case"),
        _name("criterion", "What was looked at; judge_ before a judge's"),
        sa.Column("passed", sa.Boolean(), nullable=False, comment="Whether the answer holds it"),
        sa.Column("expected", sa.Boolean(), nullable=False, comment="What the label says; false for a planted defect"),
        _number("value", "0 to 1"),
        sa.Column("reason", sa.Text(), nullable=False, comment="What was seen"),
        sa.Column("counted", sa.Boolean(), nullable=False, comment="False for a judge's hint, which decides nothing"),
        _moment("scored_at", "When"),
        sa.ForeignKeyConstraint(["run"], ["eval_runs.id"], name=op.f("fk_eval_scores_run")),
        sa.PrimaryKeyConstraint("run", "case", "criterion", name=op.f("pk_eval_scores")),
        comment="Each criterion of each case of a run",
    )
    op.create_index(op.f("ix_eval_scores_scored_at"), "eval_scores", ["scored_at"], unique=False)
