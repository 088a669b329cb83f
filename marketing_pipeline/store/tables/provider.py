"""Calls to providers that cost money: models and image services."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, Table

from marketing_pipeline.domain.model_call import CallOutcome
from marketing_pipeline.store.tables.columns import changed_at, identifier, metadata, moment, one_of, text

model_calls = Table(
    "model_calls",
    metadata,
    identifier("id", "Call id", primary_key=True),
    identifier("brand", "Brand id"),
    identifier("week", "Monday of the week that it was made for"),
    identifier("post", "Post id", nullable=True),
    identifier("agent", "strategist, composer, copywriter, evaluator, analyst"),
    Column("attempt", Integer, nullable=False, comment="1, or more for a repair"),
    identifier("provider", "sandbox or anthropic"),
    identifier("model", "Model id"),
    identifier("prompt", "Prompt file"),
    identifier("prompt_sha256", "Hash of the prompt file"),
    identifier("schema_sha256", "Hash of the answer's schema"),
    identifier("run", "Dagster run that asked; empty outside of runs", nullable=True),
    identifier("outcome", "How it ended"),
    Column("reserved_micros", BigInteger, nullable=False, comment="USD micros reserved before the call"),
    Column("cost_micros", BigInteger, nullable=True, comment="USD micros; empty where the price is not known"),
    identifier("price_as_of", "Date of the price table used", nullable=True),
    Column("input_tokens", Integer, nullable=False, default=0, comment="Prompt tokens, without cached ones"),
    Column("cache_write_tokens", Integer, nullable=False, default=0, comment="Tokens written to the cache"),
    Column("cache_read_tokens", Integer, nullable=False, default=0, comment="Tokens read from the cache"),
    Column("output_tokens", Integer, nullable=False, default=0, comment="Answer tokens, thinking included"),
    Column("latency_ms", Float, nullable=True, comment="Milliseconds until the answer"),
    Column("images", Integer, nullable=False, default=0, comment="Pictures sent"),
    Column("http_status", Integer, nullable=True, comment="Status of the last reply"),
    Column("retries", Integer, nullable=False, default=0, comment="Retries inside the client"),
    identifier("stop_reason", "Why the model stopped", nullable=True),
    identifier("request_id", "The provider's id of the request", nullable=True),
    text("error", "What went wrong", nullable=True),
    moment("started_at", "When it was sent"),
    changed_at(),
    one_of("outcome", CallOutcome),
    Index(None, "brand", "week"),
    Index(None, "updated_at"),
    comment="Every call to a language model",
)

image_jobs = Table(
    "image_jobs",
    metadata,
    identifier("id", "Job id: hash of post, attempt, picture and prompt", primary_key=True),
    identifier("post", "Post id"),
    identifier("run", "Dagster run that asked for it last; empty outside of runs", nullable=True),
    identifier("provider", "Image service and model"),
    text("prompt", "What was asked for"),
    text("handle", "The service's own job, stored before polling", nullable=True),
    identifier("state", "submitted, done or failed"),
    identifier("sha256", "Stored picture", nullable=True),
    text("error", "What went wrong", nullable=True),
    Column("cost_micros", BigInteger, nullable=True, comment="USD micros, where known"),
    moment("created_at", "When it was asked for"),
    changed_at(),
    Index(None, "post"),
    Index(None, "updated_at"),
    comment="Pictures ordered from image services: asked for once, resumed rather than paid for twice",
)
