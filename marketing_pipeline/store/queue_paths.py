"""How a post gets to where its effect stands, in drawn steps."""

from marketing_pipeline.domain.post import PostState

_P = PostState
TO_SCHEDULED: dict[PostState, tuple[PostState, ...]] = {
    _P.DESIGNED: (_P.READY, _P.SCHEDULED),
    _P.NEEDS_HUMAN: (_P.READY, _P.SCHEDULED),
    _P.READY: (_P.SCHEDULED,),
    _P.SCHEDULED: (),
    _P.MISSED: (_P.SCHEDULED,),
    _P.FAILED: (_P.SCHEDULED,),
}
"""From each state in which content can be queued, when policy or a person let it pass."""
TO_NEEDS_HUMAN: dict[PostState, tuple[PostState, ...]] = {
    _P.DESIGNED: (_P.NEEDS_HUMAN,),
    _P.NEEDS_HUMAN: (),
    _P.READY: (_P.SCHEDULED, _P.NEEDS_HUMAN),
    _P.SCHEDULED: (_P.NEEDS_HUMAN,),
    _P.MISSED: (_P.SCHEDULED, _P.NEEDS_HUMAN),
    _P.FAILED: (_P.SCHEDULED, _P.NEEDS_HUMAN),
}
"""The same, when a person is asked."""
