"""Every table of the control plane. States are closed by CHECK constraints; each column says what it holds.

Times are zone-aware UTC, kept as ISO 8601 text by `UtcTime`; money is integer micros with its currency in the name
or beside it; JSON columns hold what the named domain model dumps.
"""

from marketing_pipeline.store.tables.ad_change import ad_changes
from marketing_pipeline.store.tables.alert import alert_mutes, alerts
from marketing_pipeline.store.tables.columns import UtcTime, metadata
from marketing_pipeline.store.tables.content import creatives, evaluations, post_variations, posts
from marketing_pipeline.store.tables.conversation import conversation_messages, conversations, tool_calls
from marketing_pipeline.store.tables.decision import approvals, audit_log, holds
from marketing_pipeline.store.tables.effect import effect_attempts, effects
from marketing_pipeline.store.tables.evaluation_run import eval_cases, eval_runs, eval_scores
from marketing_pipeline.store.tables.experiment import experiment_posts, experiments
from marketing_pipeline.store.tables.home import home
from marketing_pipeline.store.tables.insight import insight_snapshots
from marketing_pipeline.store.tables.model_batch import model_batch_items, model_batches
from marketing_pipeline.store.tables.operation import channel_tokens, heartbeats, reconciliations
from marketing_pipeline.store.tables.people import api_tokens, login_links, sessions, users
from marketing_pipeline.store.tables.planning import learnings, plans, strategies
from marketing_pipeline.store.tables.provider import image_jobs, model_calls
from marketing_pipeline.store.tables.teaching import brand_rules, edit_examples, proposals
from marketing_pipeline.store.tables.turn import turns

__all__ = [
    "UtcTime",
    "ad_changes",
    "alert_mutes",
    "alerts",
    "api_tokens",
    "approvals",
    "audit_log",
    "brand_rules",
    "channel_tokens",
    "conversation_messages",
    "conversations",
    "creatives",
    "edit_examples",
    "effect_attempts",
    "effects",
    "eval_cases",
    "eval_runs",
    "eval_scores",
    "evaluations",
    "experiment_posts",
    "experiments",
    "heartbeats",
    "holds",
    "home",
    "image_jobs",
    "insight_snapshots",
    "learnings",
    "login_links",
    "metadata",
    "model_batch_items",
    "model_batches",
    "model_calls",
    "plans",
    "post_variations",
    "posts",
    "proposals",
    "reconciliations",
    "sessions",
    "strategies",
    "tool_calls",
    "turns",
    "users",
]
