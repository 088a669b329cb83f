"""Runs of the agents' evaluation suites, their cases and their scores."""

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table

from marketing_pipeline.domain.agent_evaluation import Standing
from marketing_pipeline.store.tables.columns import changed_at, identifier, json, metadata, moment, one_of, text

eval_runs = Table(
    "eval_runs",
    metadata,
    identifier("id", "Run id", primary_key=True),
    identifier("suite", "Suite, named after its agent"),
    identifier("provider", "corpus, sandbox or anthropic; only anthropic says anything about quality"),
    identifier("model", "Model id; empty for a run over the corpus"),
    identifier("prompt_sha256", "Hash of the agent's prompt file"),
    identifier("rubric_sha256", "Hash of what judges are asked"),
    identifier("corpus_sha256", "Hash of the corpus file"),
    identifier("brand", "Brand whose spend cap the calls counted in; empty where none was made", nullable=True),
    Column("cases", Integer, nullable=False, comment="Cases, those without an answer included"),
    Column("failed", Integer, nullable=False, comment="Cases without a usable answer; they count as 0"),
    Column("score", Float, nullable=False, comment="Mean over cases of the share of criteria that came as expected"),
    Column("low", Float, nullable=False, comment="Lower end of its 95 % bootstrap interval"),
    Column("high", Float, nullable=False, comment="Upper end"),
    Column("calls", Integer, nullable=False, comment="Model calls, repairs included"),
    Column("cost_micros", BigInteger, nullable=True, comment="USD micros; what was reserved where it is not known"),
    Column("p50_ms", Float, nullable=True, comment="Median milliseconds of a case"),
    Column("p95_ms", Float, nullable=True, comment="Milliseconds within which 95 % of the cases came"),
    identifier("standing", "Against the baseline: no_baseline, as_before, better, below or too_few"),
    Column("before", Float, nullable=True, comment="Score of the baseline"),
    Column("change", Float, nullable=True, comment="Mean change over the baseline's cases"),
    Column("change_low", Float, nullable=True, comment="Lower end of its 95 % interval"),
    Column("change_high", Float, nullable=True, comment="Upper end"),
    Column("is_baseline", Boolean, nullable=False, comment="Whether later runs of this provider are held against it"),
    moment("started_at", "When it began"),
    changed_at(),
    one_of("standing", Standing),
    Index(None, "suite", "provider"),
    Index(None, "updated_at"),
    comment="Runs of the agents' evaluation suites",
)

eval_cases = Table(
    "eval_cases",
    metadata,
    Column("run", String(96), ForeignKey("eval_runs.id"), primary_key=True, comment="Run id"),
    identifier("case", "Case of the corpus, or situation and number of the try", primary_key=True),
    identifier("kind", "good, or the name of what was planted; live for an agent's own answer"),
    json("output", "The answer; empty where none could be used", nullable=True),
    text("error", "Why there is none"),
    Column("score", Float, nullable=False, comment="Share of counted criteria that came as expected"),
    Column("cost_micros", BigInteger, nullable=True, comment="USD micros of its calls"),
    Column("latency_ms", Float, nullable=True, comment="Milliseconds of its calls together"),
    moment("scored_at", "When"),
    Index(None, "scored_at"),
    comment="Each case of a run with the answer that was scored",
)

eval_scores = Table(
    "eval_scores",
    metadata,
    Column("run", String(96), ForeignKey("eval_runs.id"), primary_key=True, comment="Run id"),
    identifier("case", "Case", primary_key=True),
    identifier("criterion", "What was looked at; judge_ before a judge's", primary_key=True),
    Column("passed", Boolean, nullable=False, comment="Whether the answer holds it"),
    Column("expected", Boolean, nullable=False, comment="What the label says; false for a planted defect"),
    Column("value", Float, nullable=False, comment="0 to 1"),
    text("reason", "What was seen"),
    Column("counted", Boolean, nullable=False, comment="False for a judge's hint, which decides nothing"),
    moment("scored_at", "When"),
    Index(None, "scored_at"),
    comment="Each criterion of each case of a run",
)
