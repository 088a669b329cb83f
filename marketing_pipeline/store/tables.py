"""Every table of the control plane. States are closed by CHECK constraints; each column says what it holds.

Times are zone-aware UTC, kept as ISO 8601 text by `UtcTime`; money is integer micros with its currency in the name
or beside it; JSON columns hold what the named domain model dumps.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState
from marketing_pipeline.domain.approval import Decision
from marketing_pipeline.domain.clock import aware
from marketing_pipeline.domain.effect import AttemptOutcome, EffectState
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.metrics import METRICS, SnapshotAge
from marketing_pipeline.domain.model_call import CallOutcome
from marketing_pipeline.domain.post import PostState

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """A zone-aware moment as fixed-width ISO 8601 text in UTC: sorts as text, reads alike in SQLite and Postgres."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """To text. Raises ValueError for a time without a zone."""
        return None if value is None else aware(value).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Back to a moment in UTC."""
        return None if value is None else datetime.fromisoformat(value)


def _one_of(column: str, words: Iterable[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _text(name: str, comment: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable, comment=comment)


def _id(name: str, comment: str, *, primary_key: bool = False, nullable: bool = False) -> Column[str]:
    return Column(name, String(96), primary_key=primary_key, nullable=nullable, comment=comment)


def _json(name: str, comment: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, JSON, nullable=nullable, comment=comment)


def _time(name: str, comment: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, UtcTime, nullable=nullable, comment=comment)


def _changed_at() -> Column[datetime]:
    return _time("updated_at", "When the row last changed; projections follow it")


home = Table(
    "home",
    metadata,
    Column("id", Integer, primary_key=True, comment="Always 1"),
    _text("world", "World this home belongs to: sandbox:<seed>, live, or a mix per channel; never changes"),
    _time("created_at", "When the home was made"),
    comment="The one world that this home directory belongs to",
)

strategies = Table(
    "strategies",
    metadata,
    _id("brand", "Brand id", primary_key=True),
    _id("version", "Hash of the content", primary_key=True),
    _json("content", "The strategy: goals, audiences, pillars, offers, calendar, constraints"),
    _time("created_at", "When this version was first seen"),
    comment="Strategies of record; every plan names the version it used",
)

plans = Table(
    "plans",
    metadata,
    _id("id", "Plan id", primary_key=True),
    _id("brand", "Brand id"),
    _id("week", "Monday of the week"),
    Column("version", Integer, nullable=False, comment="1 for the first plan of the week"),
    _id("strategy_version", "Strategy that it follows"),
    _text("theme", "Theme of the week"),
    _text("rationale", "Why these posts: what was learnt and how it shows"),
    _json("mix", "Recommended mix that the assignment was drawn from"),
    _time("created_at", "When it was planned"),
    UniqueConstraint("brand", "week", "version"),
    comment="Weekly plans",
)

posts = Table(
    "posts",
    metadata,
    _id("id", "Post id: brand, week, position", primary_key=True),
    _id("brand", "Brand id"),
    _id("week", "Monday of the week"),
    Column("plan", String(96), ForeignKey("plans.id"), nullable=False, comment="Plan that made it"),
    Column("position", Integer, nullable=False, comment="Number within the week, from 1"),
    _id("state", "State, in the words of docs/states.md"),
    _text("state_reason", "Why it is in this state, for people"),
    Column("held", Boolean, nullable=False, default=False, comment="Held back by a person"),
    _text("held_reason", "Why it is held", nullable=True),
    _id("slot", "Slot id of the brand"),
    _time("scheduled_at", "When it goes out"),
    _id("pillar", "Pillar id"),
    _id("format", "portrait, square or carousel"),
    _id("hook", "Kind of hook"),
    _text("assignment_reason", "Why code chose these factors"),
    _text("topic", "Topic"),
    _text("angle", "The way into the topic"),
    _text("key_message", "What people should remember"),
    _id("audience", "Audience id"),
    _id("product", "Product id", nullable=True),
    _id("occasion", "Occasion id", nullable=True),
    _text("call_to_action", "What people are asked to do"),
    _text("note", "A person's note from sending it back", nullable=True),
    _id("chosen_variation", "Variation that goes out", nullable=True),
    _id("chosen_creative", "Creative that goes out", nullable=True),
    _time("published_at", "When Instagram had it", nullable=True),
    _id("media_id", "Instagram's id of the post", nullable=True),
    _text("permalink", "Address of the post", nullable=True),
    Column(
        "revision",
        Integer,
        nullable=False,
        default=1,
        comment="Rises with each change; guards against stale edits",
    ),
    _time("created_at", "When it was planned"),
    _changed_at(),
    _one_of("state", PostState),
    UniqueConstraint("brand", "week", "position"),
    Index(None, "brand", "week"),
    Index(None, "state", "scheduled_at"),
    Index(None, "updated_at"),
    comment="Posts and where each stands",
)

post_variations = Table(
    "post_variations",
    metadata,
    _id("id", "Variation id", primary_key=True),
    Column("post", String(96), ForeignKey("posts.id"), nullable=False, comment="Post id"),
    Column("round", Integer, nullable=False, comment="1 for the first writing; rises when sent back"),
    Column("position", Integer, nullable=False, comment="Number within the round, from 1"),
    _id("hook", "Kind of hook"),
    _text("hook_line", "First line"),
    _text("caption", "Caption without hashtags"),
    _json("hashtags", "Hashtags, a list"),
    _text("alt_text", "Description of the picture"),
    _text("difference", "How and why it differs"),
    Column("chosen", Boolean, nullable=False, comment="Whether it was chosen"),
    _text("choice_reason", "Why, when chosen", nullable=True),
    _id("author", "copywriter, or the person who edited it"),
    _time("created_at", "When it was written"),
    _changed_at(),
    UniqueConstraint("post", "round", "position"),
    Index(None, "updated_at"),
    comment="Copy variations of each post",
)

creatives = Table(
    "creatives",
    metadata,
    _id("id", "Creative id", primary_key=True),
    Column("post", String(96), ForeignKey("posts.id"), nullable=False, comment="Post id"),
    Column("round", Integer, nullable=False, comment="Round of the copy that it was made for"),
    Column("attempt", Integer, nullable=False, comment="Attempt within the round, from 1"),
    _json("brief", "What the composer asked for"),
    _json("media", "Pictures: sha256, width, height, byte count"),
    _json("text_runs", "Every line drawn, per picture"),
    _json("checks", "Results of the deterministic checks"),
    Column("meets_bar", Boolean, nullable=False, comment="Whether it meets the brand's bar"),
    Column("score", Float, nullable=False, comment="Orders the attempts of one post, 0 to 1"),
    _json("reasons", "What a revision is asked to mend"),
    _id("perceptual_hash", "256-bit perceptual hash of the first picture, hex"),
    _id("picture_source", "procedural, or the image service and model"),
    Column("chosen", Boolean, nullable=False, comment="Whether it is the one kept"),
    _time("created_at", "When it was made"),
    _changed_at(),
    UniqueConstraint("post", "round", "attempt"),
    Index(None, "updated_at"),
    comment="Creatives: every attempt with its checks",
)

evaluations = Table(
    "evaluations",
    metadata,
    _id("id", "Evaluation id", primary_key=True),
    Column("creative", String(96), ForeignKey("creatives.id"), nullable=False, comment="Creative id"),
    _id("post", "Post id"),
    _id("criterion", "legibility, composition, brand_fit, message_match or craft"),
    _id("level", "good, acceptable, poor or cannot_tell"),
    _text("reason", "What was seen"),
    _text("defect", "Short name of the defect, when there is one"),
    _id("evaluator", "Model that judged; sandbox rows are no measure of quality"),
    _time("created_at", "When it was judged"),
    UniqueConstraint("creative", "criterion"),
    Index(None, "created_at"),
    comment="Anchored verdicts of the evaluator",
)

effects = Table(
    "effects",
    metadata,
    _id("id", "Effect id", primary_key=True),
    _id("kind", "Kind of act"),
    _id("brand", "Brand id"),
    _id("channel", "Channel"),
    _id("subject", "What it is about: a post id"),
    _json("payload", "Exactly what goes out"),
    _id("fingerprint", "SHA-256 of what goes out"),
    Column("idempotency_key", String(96), nullable=False, unique=True, comment="One effect per key, for ever"),
    _id("approval", "Approval request that covers it"),
    _id("state", "State, in the words of docs/states.md"),
    _text("state_reason", "Why it is in this state, for people"),
    _time("due_at", "When it may run"),
    _time("not_before", "After a wait, when it may run again or be read back", nullable=True),
    _time("lease_until", "Until when the claim holds", nullable=True),
    _text("lease_owner", "Run that holds the claim", nullable=True),
    Column("fence", Integer, nullable=False, default=0, comment="Rises with each claim"),
    Column("attempts", Integer, nullable=False, default=0, comment="Calls that went out"),
    Column(
        "read_backs",
        Integer,
        nullable=False,
        default=0,
        comment="Read-backs since the outcome became unknown",
    ),
    _json("progress", "Facts proved so far, such as container ids"),
    _json("result", "What the channel returned", nullable=True),
    _time("created_at", "When it was queued"),
    _changed_at(),
    _one_of("kind", EffectKind),
    _one_of("state", EffectState),
    Index(None, "state", "due_at"),
    Index(None, "subject"),
    Index(None, "updated_at"),
    comment="The effect ledger: every side effect is a row before it is an act",
)

effect_attempts = Table(
    "effect_attempts",
    metadata,
    _id("id", "Attempt id", primary_key=True),
    Column("effect", String(96), ForeignKey("effects.id"), nullable=False, comment="Effect id"),
    Column("number", Integer, nullable=False, comment="Number within the effect, from 1"),
    Column("fence", Integer, nullable=False, comment="Claim that it was made under"),
    _text("owner", "Run that made it"),
    _json("request", "What was sent, without credentials"),
    _id("outcome", "in_flight, succeeded, not_done, refused or unknown"),
    _text("detail", "Error code and words, or the id returned"),
    _time("started_at", "Committed before the call went out"),
    _time("ended_at", "When the outcome was known", nullable=True),
    _changed_at(),
    _one_of("outcome", AttemptOutcome),
    UniqueConstraint("effect", "number"),
    Index(None, "updated_at"),
    comment="Calls that may have reached the outside world",
)

approvals = Table(
    "approvals",
    metadata,
    _id("id", "Approval request", primary_key=True),
    Column("sequence", Integer, primary_key=True, comment="Order within the request, from 1"),
    _id("kind", "What is asked for: publish_post"),
    _id("subject", "What it is about"),
    _id("brand", "Brand id"),
    _id("fingerprint", "SHA-256 of exactly what is approved"),
    _id("decision", "requested, approve, reject, revoke or used"),
    _text("actor", "Who decided, or policy:<version>"),
    _id("source", "cli, console, api, dagster or policy"),
    _text("note", "Why"),
    _time("decided_at", "When"),
    _time("expires_at", "Until when it counts"),
    _id("signature", "HMAC over the row"),
    _one_of("decision", Decision),
    Index(None, "subject"),
    Index(None, "decided_at"),
    comment="Decisions, append-only; the state is derived",
)

holds = Table(
    "holds",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True, comment="Number"),
    _id("brand", "Brand held; empty for all", nullable=True),
    _id("channel", "Channel held; empty for all", nullable=True),
    _text("actor", "Who paused"),
    _text("note", "Why"),
    _time("since", "From when"),
    _time("released_at", "Until when; empty while it holds", nullable=True),
    _text("released_by", "Who resumed", nullable=True),
    comment="The kill switch and its history",
)

audit_log = Table(
    "audit_log",
    metadata,
    Column(
        "sequence",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        comment="Number in the chain, from 1",
    ),
    _time("at", "When"),
    _text("actor", "Who or what acted"),
    _id("action", "What happened, such as post.published"),
    _id("subject", "What it happened to"),
    _id("brand", "Brand id", nullable=True),
    _json("detail", "Facts of the event"),
    _id("previous_mac", "HMAC of the row before"),
    _id("mac", "HMAC of this row and the one before"),
    Index(None, "subject"),
    comment="Append-only chain of decisions, effects and state changes",
)

model_calls = Table(
    "model_calls",
    metadata,
    _id("id", "Call id", primary_key=True),
    _id("brand", "Brand id"),
    _id("week", "Monday of the week that it was made for"),
    _id("post", "Post id", nullable=True),
    _id("agent", "strategist, composer, copywriter, evaluator, analyst"),
    Column("attempt", Integer, nullable=False, comment="1, or more for a repair"),
    _id("provider", "sandbox or anthropic"),
    _id("model", "Model id"),
    _id("prompt", "Prompt file"),
    _id("prompt_sha256", "Hash of the prompt file"),
    _id("schema_sha256", "Hash of the answer's schema"),
    _id("outcome", "How it ended"),
    Column("reserved_micros", BigInteger, nullable=False, comment="USD micros reserved before the call"),
    Column("cost_micros", BigInteger, nullable=True, comment="USD micros; empty where the price is not known"),
    _id("price_as_of", "Date of the price table used", nullable=True),
    Column("input_tokens", Integer, nullable=False, default=0, comment="Prompt tokens, without cached ones"),
    Column("cache_write_tokens", Integer, nullable=False, default=0, comment="Tokens written to the cache"),
    Column("cache_read_tokens", Integer, nullable=False, default=0, comment="Tokens read from the cache"),
    Column("output_tokens", Integer, nullable=False, default=0, comment="Answer tokens, thinking included"),
    Column("latency_ms", Float, nullable=True, comment="Milliseconds until the answer"),
    Column("images", Integer, nullable=False, default=0, comment="Pictures sent"),
    Column("http_status", Integer, nullable=True, comment="Status of the last reply"),
    Column("retries", Integer, nullable=False, default=0, comment="Retries inside the client"),
    _id("stop_reason", "Why the model stopped", nullable=True),
    _id("request_id", "The provider's id of the request", nullable=True),
    _text("error", "What went wrong", nullable=True),
    _time("started_at", "When it was sent"),
    _changed_at(),
    _one_of("outcome", CallOutcome),
    Index(None, "brand", "week"),
    Index(None, "updated_at"),
    comment="Every call to a language model",
)

image_jobs = Table(
    "image_jobs",
    metadata,
    _id("id", "Job id: hash of post, attempt, picture and prompt", primary_key=True),
    _id("post", "Post id"),
    _id("provider", "Image service and model"),
    _text("prompt", "What was asked for"),
    _text("handle", "The service's own job, stored before polling", nullable=True),
    _id("state", "submitted, done or failed"),
    _id("sha256", "Stored picture", nullable=True),
    _text("error", "What went wrong", nullable=True),
    Column("cost_micros", BigInteger, nullable=True, comment="USD micros, where known"),
    _time("created_at", "When it was asked for"),
    _changed_at(),
    Index(None, "updated_at"),
    comment="Pictures ordered from image services: asked for once, resumed rather than paid for twice",
)

insight_snapshots = Table(
    "insight_snapshots",
    metadata,
    Column("post", String(96), ForeignKey("posts.id"), primary_key=True, comment="Post id"),
    _id("age", "1h, 24h, 72h or 7d", primary_key=True),
    _id("brand", "Brand id"),
    _id("media_id", "Instagram's id of the post"),
    _time("taken_at", "When it was read"),
    Column("age_hours", Float, nullable=False, comment="Hours since publishing when it was read"),
    *(Column(name, Integer, nullable=True, comment=f"{name}; empty when Instagram gave none") for name in METRICS),
    _json("missing", "Metrics that were not given, with the reason"),
    _changed_at(),
    _one_of("age", SnapshotAge),
    Index(None, "updated_at"),
    comment="Insights of posts at set ages; absent is not zero",
)

ad_changes = Table(
    "ad_changes",
    metadata,
    _id("id", "Change id", primary_key=True),
    _id("brand", "Brand id"),
    _id("week", "Monday of the week in which it was proposed"),
    _id("customer_id", "Google Ads account"),
    _id("kind", "Kind of change"),
    _text("resource", "Resource name"),
    _text("label", "The resource in people's words"),
    _id("field", "Field that changes"),
    _text("before", "Value when it was proposed"),
    _text("after", "Value proposed"),
    _id("currency", "Currency of amounts, ISO 4217"),
    _json("payload", "Exactly what is applied"),
    _id("fingerprint", "SHA-256 of the change"),
    _text("reason", "Why"),
    _json("evidence", "Rows of figures behind the reason"),
    _json("forecast", "Expected effect with a 90 % interval"),
    _id("risk", "low, medium or high"),
    _id("state", "State, in the words of docs/states.md"),
    _text("state_reason", "Why it is in this state, for people"),
    _id("approval", "Approval request", nullable=True),
    _id("effect", "Effect that applies it", nullable=True),
    _id("rolls_back", "Change that it undoes", nullable=True),
    _time("proposed_at", "When it was proposed"),
    _time("expires_at", "Until when it may be decided and applied"),
    _time("applied_at", "When it was read back as applied", nullable=True),
    _json("outcome", "Verdict after the window: figures, forecast, noise band", nullable=True),
    _changed_at(),
    _one_of("kind", AdChangeKind),
    _one_of("state", AdChangeState),
    Index(None, "brand", "state"),
    Index(None, "resource"),
    Index(None, "updated_at"),
    comment="Proposed and applied changes to ad accounts",
)

learnings = Table(
    "learnings",
    metadata,
    _id("id", "Learning id: brand, week, factor, level", primary_key=True),
    _id("brand", "Brand id"),
    _id("week", "Week that it was known going into"),
    _id("factor", "pillar, format, hook or slot"),
    _id("level", "Level of the factor"),
    Column("log_effect", Float, nullable=False, comment="Effect on log engagement against the average post"),
    Column("log_sd", Float, nullable=False, comment="Posterior standard deviation of the effect"),
    Column("low", Float, nullable=False, comment="Lower end of the 90 % interval, as a multiple"),
    Column("multiple", Float, nullable=False, comment="Engagement as a multiple of the average post"),
    Column("high", Float, nullable=False, comment="Upper end of the 90 % interval, as a multiple"),
    Column("known", Boolean, nullable=False, comment="Whether the interval excludes no difference"),
    Column("posts", Integer, nullable=False, comment="Posts behind it"),
    Column("recommended_share", Float, nullable=False, comment="Share recommended for the coming week"),
    _json("evidence", "Ids of the posts behind it"),
    _text("statement", "The analyst's words", nullable=True),
    _text("why", "The analyst's guess at the cause", nullable=True),
    _text("recommendation", "The analyst's advice", nullable=True),
    _time("computed_at", "When it was computed"),
    _changed_at(),
    UniqueConstraint("brand", "week", "factor", "level"),
    Index(None, "updated_at"),
    comment="What was learnt, with its evidence",
)
