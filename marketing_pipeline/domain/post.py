"""A post's life, in the words of docs/states.md."""

from enum import StrEnum

from marketing_pipeline.domain.errors import RefusedTransition


class PostState(StrEnum):
    """The only words for the state of a post."""

    PLANNED = "planned"
    DRAFTED = "drafted"
    DESIGNED = "designed"
    READY = "ready"
    NEEDS_HUMAN = "needs_human"
    SCHEDULED = "scheduled"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    UNKNOWN = "unknown"
    PARKED = "parked"
    FAILED = "failed"
    MISSED = "missed"
    CANCELLED = "cancelled"


_P = PostState
TRANSITIONS: dict[PostState, frozenset[PostState]] = {
    _P.PLANNED: frozenset({_P.DRAFTED, _P.CANCELLED}),
    _P.DRAFTED: frozenset({_P.DESIGNED, _P.CANCELLED}),
    _P.DESIGNED: frozenset({_P.READY, _P.NEEDS_HUMAN, _P.CANCELLED}),
    _P.NEEDS_HUMAN: frozenset({_P.READY, _P.DRAFTED, _P.CANCELLED}),
    _P.READY: frozenset({_P.SCHEDULED, _P.CANCELLED}),
    _P.SCHEDULED: frozenset({_P.PUBLISHING, _P.SCHEDULED, _P.MISSED, _P.CANCELLED, _P.NEEDS_HUMAN}),
    _P.PUBLISHING: frozenset({_P.PUBLISHED, _P.SCHEDULED, _P.FAILED, _P.UNKNOWN}),
    _P.UNKNOWN: frozenset({_P.PUBLISHED, _P.SCHEDULED, _P.PARKED}),
    _P.PARKED: frozenset({_P.PUBLISHED, _P.SCHEDULED, _P.CANCELLED}),
    _P.MISSED: frozenset({_P.SCHEDULED, _P.CANCELLED}),
    _P.FAILED: frozenset({_P.SCHEDULED, _P.CANCELLED}),
    _P.PUBLISHED: frozenset(),
    _P.CANCELLED: frozenset(),
}


def may_become(before: PostState, after: PostState) -> bool:
    """Whether the step is drawn."""
    return after in TRANSITIONS[before]


def require_transition(before: PostState, after: PostState) -> None:
    """Raise RefusedTransition unless the step is drawn."""
    if not may_become(before, after):
        ways = ", ".join(sorted(TRANSITIONS[before])) or "nothing: it is final"
        raise RefusedTransition(f"A post cannot go from {before} to {after}.", f"From {before} it can become {ways}.")
