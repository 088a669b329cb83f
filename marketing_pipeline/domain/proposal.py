"""What is proposed beside posts and ad changes: a move, other words, another plan, a rule. A person decides."""

from enum import StrEnum


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
