"""Experiments, and the posts that chance gave each."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table, text

from marketing_pipeline.domain.experiment import Design, ExperimentState, Verdict
from marketing_pipeline.domain.experiment_arm import Arm
from marketing_pipeline.store.tables import columns
from marketing_pipeline.store.tables.columns import changed_at, identifier, metadata, moment, one_of

_OPEN = text("state IN ('planned', 'running')")

experiments = Table(
    "experiments",
    metadata,
    identifier("id", "Experiment id", primary_key=True),
    identifier("brand", "Brand id"),
    identifier("factor", "pillar, format, hook or slot"),
    identifier("level", "The level in question"),
    identifier("against", "The level that it is held against"),
    identifier("metric", "Figure at 7 days that it is about"),
    Column("ratio", Float, nullable=False, comment="Smallest effect worth knowing, as a multiple"),
    Column(
        "alpha", Float, nullable=False, comment="Chance of a verdict where nothing differs, however often one looks"
    ),
    Column("power", Float, nullable=False, comment="Chance of a verdict where the smallest effect is true"),
    columns.text("hypothesis", "Why it is asked"),
    identifier("design", "within_week: pairs of posts; by_week: pairs of weeks"),
    Column("noise_sd", Float, nullable=False, comment="Deviation of a log figure that it was planned with"),
    Column("noise_posts", Integer, nullable=False, comment="Posts that the noise was read from; 0 for a prior"),
    Column("blocks", Integer, nullable=False, comment="Pairs that were planned before the start"),
    Column("block_posts", Integer, nullable=False, comment="Posts of each arm in a pair"),
    identifier("first_week", "Monday of the first week"),
    Column("most_weeks", Integer, nullable=False, comment="Weeks that it may last"),
    identifier("state", "planned, running, decided, ended, stopped or cancelled"),
    columns.text("state_reason", "Why, and by whom"),
    identifier("verdict", "level_better, against_better, alike or open"),
    Column("measured_blocks", Integer, nullable=False, comment="Pairs that counted when it was last read"),
    Column("times", Float, nullable=True, comment="The level as a multiple of the other; empty before the first pair"),
    Column("low", Float, nullable=True, comment="Lower end of its anytime-valid interval; empty: no limit yet"),
    Column("high", Float, nullable=True, comment="Upper end"),
    Column("evidence", Float, nullable=False, comment="Best of the bet against no difference; 1 / alpha ends it"),
    columns.text("stated_by", "Who stated it"),
    moment("stated_at", "When"),
    moment("ended_at", "When it was decided, ended, stopped or cancelled", nullable=True),
    moment("looked_at", "When it was last read by the weekly run", nullable=True),
    changed_at(),
    one_of("state", ExperimentState),
    one_of("verdict", Verdict),
    one_of("design", Design),
    Index(None, "brand", "state"),
    Index(None, "updated_at"),
    Index("uq_experiments_open", "brand", "factor", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    comment="Planned comparisons of two levels of one factor, with what they have shown",
)

experiment_posts = Table(
    "experiment_posts",
    metadata,
    Column("experiment", String(96), ForeignKey("experiments.id"), primary_key=True, comment="Experiment id"),
    Column("post", String(96), ForeignKey("posts.id"), primary_key=True, comment="Post id"),
    Column("block", Integer, nullable=False, comment="Pair within which the arms are compared, from 1"),
    identifier("arm", "level, or against for what it is held against"),
    identifier("level", "Level that the draw gave the post"),
    Column("expected", Float, nullable=False, comment="What was known of its other levels before, in logs"),
    moment("drawn_at", "When the post was to go out when it was drawn"),
    identifier("drawn_slot", "Slot in which it was drawn"),
    moment("created_at", "When it was drawn"),
    one_of("arm", Arm),
    Index(None, "post"),
    Index(None, "created_at"),
    comment="Which arm of an experiment each post belongs to, drawn by chance when its week was planned",
)
