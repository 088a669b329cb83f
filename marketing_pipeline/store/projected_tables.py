"""What of the control plane reaches the warehouse: every table and column, named one by one.

A column that stands in no list here fails a test: nothing reaches analysts by being forgotten.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Table

from marketing_pipeline.store import tables


@dataclass(frozen=True)
class ProjectedTable:
    """One table of the control plane and the columns that analysts may see.

    `follows` is the column that rises with each change: a moment, or the number of an append-only row. Without one the
    whole (small) table is read each time. `born` is the column that rises from row to row and that the database refuses
    to change: no younger row has a smaller one, give or take, so that few rows have to be looked at to find one again.
    `withheld` names what analysts may not see, with the reason.
    """

    table: Table
    columns: tuple[str, ...]
    follows: str | None
    born: str | None
    withheld: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def name(self) -> str:
        """Its name, the same in both stores."""
        return self.table.name

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns of its primary key."""
        return tuple(column.name for column in self.table.primary_key)


def _projected(
    table: Table,
    columns: str,
    follows: str | None = "updated_at",
    withheld: Mapping[str, str] | None = None,
    born: str | None = None,
) -> ProjectedTable:
    return ProjectedTable(table, tuple(columns.split()), follows, born, withheld or {})


_KEYED_HASH = "proves where the row came from; of use only with the key, inside the control plane"
_A_PERSONS_OWN = "people see their own conversations, administrators all; a snapshot is read by everybody"

PROJECTED_TABLES: tuple[ProjectedTable, ...] = (
    _projected(tables.home, "id world created_at", follows=None),
    _projected(tables.strategies, "brand version content created_at", follows="created_at"),
    _projected(
        tables.plans,
        "id brand week version strategy_version theme rationale mix created_at",
        follows="created_at",
        born="created_at",
    ),
    _projected(
        tables.posts,
        "id brand week plan position state state_reason held held_reason slot scheduled_at pillar format hook"
        " assignment_reason topic angle key_message audience product occasion call_to_action note chosen_variation"
        " chosen_creative design_note published_at media_id permalink revision created_at updated_at",
        withheld={"insights_due_at": "tells the next collection where to look; changes without `updated_at`"},
        born="created_at",
    ),
    _projected(
        tables.post_variations,
        "id post round position hook hook_line caption hashtags alt_text difference chosen choice_reason author"
        " created_at updated_at",
        born="created_at",
    ),
    _projected(
        tables.creatives,
        "id post round attempt brief media text_runs checks meets_bar score reasons perceptual_hash picture_source"
        " chosen created_at updated_at",
        born="created_at",
    ),
    _projected(
        tables.evaluations,
        "id creative post criterion level reason defect evaluator created_at",
        follows="created_at",
        born="created_at",
    ),
    _projected(
        tables.eval_runs,
        "id suite provider model prompt_sha256 rubric_sha256 corpus_sha256 brand cases failed score low high calls"
        " cost_micros p50_ms p95_ms standing before change change_low change_high is_baseline started_at updated_at",
    ),
    _projected(
        tables.eval_cases,
        "run case kind output error score cost_micros latency_ms scored_at",
        follows="scored_at",
    ),
    _projected(
        tables.eval_scores,
        "run case criterion passed expected value reason counted scored_at",
        follows="scored_at",
    ),
    _projected(
        tables.effects,
        "id kind brand channel subject payload fingerprint idempotency_key approval state state_reason due_at"
        " not_before lease_until lease_owner fence attempts read_backs progress result created_at updated_at",
        born="created_at",
    ),
    _projected(
        tables.effect_attempts,
        "id effect number fence owner request outcome detail started_at ended_at updated_at",
        born="started_at",
    ),
    _projected(
        tables.approvals,
        "id sequence kind subject brand fingerprint decision actor source note decided_at expires_at",
        follows="decided_at",
        withheld={"signature": _KEYED_HASH},
        born="decided_at",
    ),
    _projected(tables.holds, "id brand channel actor note since released_at released_by", follows=None),
    _projected(
        tables.audit_log,
        "sequence at actor action subject brand detail",
        follows="sequence",
        withheld={"previous_mac": _KEYED_HASH, "mac": _KEYED_HASH},
        born="sequence",
    ),
    _projected(
        tables.model_calls,
        "id brand week post agent attempt provider model prompt prompt_sha256 schema_sha256 run outcome"
        " reserved_micros cost_micros price_as_of input_tokens cache_write_tokens cache_write_1h_tokens"
        " cache_read_tokens output_tokens latency_ms images http_status retries stop_reason request_id error started_at"
        " updated_at",
        born="started_at",
    ),
    _projected(tables.model_batches, "id provider_id brand week state calls started_at needed_by ended_at updated_at"),
    _projected(
        tables.image_jobs,
        "id post run provider prompt state sha256 error cost_micros created_at updated_at",
        withheld={"handle": "opens the job at the image service"},
    ),
    _projected(
        tables.insight_snapshots,
        "post age brand media_id taken_at age_hours reach views likes comments saved shares total_interactions follows"
        " profile_visits reposts missing updated_at",
    ),
    _projected(
        tables.ad_changes,
        "id brand week customer_id kind resource label field before after currency payload fingerprint reason evidence"
        " forecast risk state state_reason approval effect rolls_back proposed_at expires_at applied_at outcome"
        " updated_at",
    ),
    _projected(
        tables.learnings,
        "id brand week factor level log_effect log_sd low multiple high known posts recommended_share evidence"
        " statement why recommendation computed_at updated_at",
        born="week",
    ),
    _projected(
        tables.experiments,
        "id brand factor level against metric ratio alpha power hypothesis design noise_sd noise_posts blocks"
        " block_posts first_week most_weeks state state_reason verdict measured_blocks times low high evidence"
        " stated_by stated_at ended_at looked_at updated_at",
    ),
    _projected(
        tables.experiment_posts,
        "experiment post block arm level expected drawn_at drawn_slot created_at",
        follows="created_at",
    ),
    _projected(
        tables.alerts,
        "id kind severity brand subject title detail mend state first_at last_at occurrences notified_at"
        " notify_attempts notify_problem notify_after escalated_at acknowledged_by resolved_at updated_at",
    ),
    _projected(tables.alert_mutes, "id kind brand subject actor note since until", follows=None),
    _projected(
        tables.conversations, "id person brand surface started_at updated_at", withheld={"title": _A_PERSONS_OWN}
    ),
    _projected(
        tables.conversation_messages,
        "conversation number role model_call said_at",
        follows="said_at",
        withheld={"text": _A_PERSONS_OWN, "content": _A_PERSONS_OWN},
    ),
    _projected(
        tables.tool_calls,
        "id conversation person tool outcome milliseconds called_at",
        follows="called_at",
        withheld={"arguments": _A_PERSONS_OWN, "result": _A_PERSONS_OWN},
    ),
    _projected(
        tables.edit_examples,
        "id brand post kind field before after note lessons actor created_at",
        follows="created_at",
    ),
    _projected(
        tables.brand_rules,
        "id brand lesson applies_to statement check evidence state state_reason proposed_by proposed_at decided_at"
        " updated_at",
    ),
    _projected(
        tables.proposals,
        "id kind brand subject payload before fingerprint reason proposed_by conversation state state_reason"
        " proposed_at expires_at updated_at",
    ),
    _projected(tables.reconciliations, "id reason since started_at finished_at actor found", follows=None),
)

# A table that may not be seen at all is named here, with the reason.
WITHHELD_TABLES: Mapping[str, str] = {
    "heartbeats": "signs of life of processes: of use only while they are fresh, and never to analysts",
    "model_batch_items": "answers as they came: what is used of them stands in posts, creatives and model calls",
    "turns": "the order in which brands are served: of use only inside the queue",
    "channel_tokens": "what is known of access tokens",
    "users": "password hashes, and who may do what",
    "sessions": "hashes of what opens a signed-in browser",
    "login_links": "hashes of what lets a person in",
    "api_tokens": "hashes of what lets a program in",
}
