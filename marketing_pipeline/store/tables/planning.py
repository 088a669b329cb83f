"""Strategies, the weekly plans made from them, and what was learnt."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, Table, UniqueConstraint

from marketing_pipeline.store.tables.columns import changed_at, identifier, json, metadata, moment, text

strategies = Table(
    "strategies",
    metadata,
    identifier("brand", "Brand id", primary_key=True),
    identifier("version", "Hash of the content", primary_key=True),
    json("content", "The strategy: goals, audiences, pillars, offers, calendar, constraints"),
    moment("created_at", "When this version was first seen"),
    Index(None, "created_at"),
    comment="Strategies of record; every plan names the version it used",
)

plans = Table(
    "plans",
    metadata,
    identifier("id", "Plan id", primary_key=True),
    identifier("brand", "Brand id"),
    identifier("week", "Monday of the week"),
    Column("version", Integer, nullable=False, comment="1 for the first plan of the week"),
    identifier("strategy_version", "Strategy that it follows"),
    text("theme", "Theme of the week"),
    text("rationale", "Why these posts: what was learnt and how it shows"),
    json("mix", "Recommended mix that the assignment was drawn from"),
    moment("created_at", "When it was planned"),
    UniqueConstraint("brand", "week", "version"),
    Index(None, "created_at"),
    comment="Weekly plans",
)

learnings = Table(
    "learnings",
    metadata,
    identifier("id", "Learning id: brand, week, factor, level", primary_key=True),
    identifier("brand", "Brand id"),
    identifier("week", "Week that it was known going into"),
    identifier("factor", "pillar, format, hook or slot of a post; ad_change for kinds of ad changes"),
    identifier("level", "Level of the factor"),
    Column(
        "log_effect",
        Float,
        nullable=False,
        comment="Effect on log engagement against the average post; of ad changes, log of multiple",
    ),
    Column("log_sd", Float, nullable=False, comment="Posterior standard deviation of the effect"),
    Column("low", Float, nullable=False, comment="Lower end of the 90 % interval, as a multiple"),
    Column(
        "multiple",
        Float,
        nullable=False,
        comment="Engagement as a multiple of the average post; of ad changes, what came about over what was forecast",
    ),
    Column("high", Float, nullable=False, comment="Upper end of the 90 % interval, as a multiple"),
    Column("known", Boolean, nullable=False, comment="Whether the interval excludes no difference"),
    Column("posts", Integer, nullable=False, comment="Posts or ad changes behind it"),
    Column(
        "recommended_share", Float, nullable=False, comment="Share recommended for the coming week; 0 for ad changes"
    ),
    json("evidence", "Ids of the posts or ad changes behind it"),
    text("statement", "The analyst's words; of ad changes, the figures in a sentence", nullable=True),
    text("why", "The analyst's guess at the cause", nullable=True),
    text("recommendation", "The analyst's advice", nullable=True),
    moment("computed_at", "When it was computed"),
    changed_at(),
    UniqueConstraint("brand", "week", "factor", "level"),
    Index(None, "updated_at"),
    comment="What was learnt, with its evidence",
)
