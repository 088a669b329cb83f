"""What is proposed beside posts and ad changes: a move, other words, another plan, a rule. A person decides."""

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.identifiers import ApprovalId, BrandId, PostId, Sha256, post_id
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.domain.week import Week


class ProposalKind(StrEnum):
    """What would be done; a closed set."""

    RESCHEDULE_POST = "reschedule_post"
    EDIT_POST = "edit_post"
    EDIT_PLAN = "edit_plan"
    ADOPT_RULE = "adopt_rule"


class ProposalState(StrEnum):
    """Where a proposal stands. `failed`: it was approved, and could not be done any more."""

    AWAITING_APPROVAL = "awaiting_approval"
    DONE = "done"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    FAILED = "failed"


class RuleState(StrEnum):
    """Where a rule that was learnt from people's edits stands."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RETIRED = "retired"


class ExampleKind(StrEnum):
    """By what a person showed what they want."""

    EDIT = "edit"
    REJECTION = "rejection"
    REGENERATION = "regeneration"
    CHOICE = "choice"


class _Payload(BaseModel):
    """Exactly what would be done. None leaves as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def changes(self) -> dict[str, Any]:
        """What would be other, by name."""
        return {name: value for name, value in self if name not in _NAMING and value is not None}

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.changes and not isinstance(self, AdoptRule):
            raise ValueError("nothing would change: name what shall be other")
        return self


_NAMING = frozenset({"post", "brand", "week", "position", "rule"})


class ReschedulePost(_Payload):
    """Move a post to another time."""

    post: Annotated[str, Field(min_length=1, max_length=96, description="Post id")]
    to: Annotated[AwareDatetime, Field(description="When it shall go out, with an offset")]

    @property
    def subject(self) -> str:
        """What it is about."""
        return self.post


class EditPost(_Payload):
    """Put other words in place of a post's."""

    post: Annotated[str, Field(min_length=1, max_length=96, description="Post id")]
    caption: Annotated[str | None, Field(description="The whole caption, without hashtags")] = None
    hashtags: Annotated[tuple[str, ...] | None, Field(description="All hashtags; replaces the old ones")] = None
    alt_text: Annotated[str | None, Field(description="What the picture shows")] = None

    @property
    def subject(self) -> str:
        """What it is about."""
        return self.post


class EditPlan(_Payload):
    """Change what is planned for one post, before it is written."""

    brand: Annotated[BrandId, Field(min_length=1, max_length=64)]
    week: Annotated[
        str, AfterValidator(lambda key: Week.parse(key).key), Field(description="Monday of the week, as YYYY-MM-DD")
    ]
    position: Annotated[int, Field(ge=1, le=21, description="Number of the post within the week, from 1")]
    pillar: Annotated[str | None, Field(description="Pillar id of the brand")] = None
    format: PostFormat | None = None
    hook: Hook | None = None
    slot: Annotated[str | None, Field(description="Slot id of the brand; the post moves to its day and time")] = None
    topic: Annotated[str | None, Field(min_length=4, max_length=120)] = None
    angle: Annotated[str | None, Field(min_length=8, max_length=240)] = None
    key_message: Annotated[str | None, Field(min_length=8, max_length=240)] = None

    @property
    def post(self) -> PostId:
        """The planned post."""
        return post_id(self.brand, self.week, self.position)

    @property
    def subject(self) -> str:
        """What it is about: the planned post."""
        return self.post


class AdoptRule(_Payload):
    """Accept a rule that was learnt from people's edits."""

    rule: Annotated[str, Field(min_length=1, max_length=96, description="Rule id")]

    @property
    def subject(self) -> str:
        """What it is about."""
        return self.rule


Payload = ReschedulePost | EditPost | EditPlan | AdoptRule
PAYLOADS: Mapping[ProposalKind, type[Payload]] = {
    ProposalKind.RESCHEDULE_POST: ReschedulePost,
    ProposalKind.EDIT_POST: EditPost,
    ProposalKind.EDIT_PLAN: EditPlan,
    ProposalKind.ADOPT_RULE: AdoptRule,
}


class Proposal(BaseModel):
    """One proposal as it is stored; its approval request has the same id."""

    model_config = ConfigDict(frozen=True)

    id: ApprovalId
    kind: ProposalKind
    brand: BrandId
    subject: str
    payload: Payload
    before: Annotated[Mapping[str, Any], Field(description="What it found of what it changes, as JSON has it")]
    fingerprint: Sha256
    reason: str
    proposed_by: str
    conversation: str | None
    state: ProposalState
    state_reason: str
    proposed_at: AwareDatetime
    expires_at: AwareDatetime
    updated_at: AwareDatetime


def proposal_fingerprint(kind: ProposalKind, subject: str, payload: Payload, before: Mapping[str, Any]) -> Sha256:
    """SHA-256 over the canonical JSON of what would be done to what was found."""
    content = {"kind": kind, "subject": subject, "payload": payload.model_dump(mode="json"), "before": dict(before)}
    return Sha256(hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest())
