"""The state words are those of docs/states.md, and a step that is not drawn is refused."""

import pytest

from marketing_pipeline.domain import effect, post
from marketing_pipeline.domain.effect import FINAL, EffectState
from marketing_pipeline.domain.errors import RefusedTransition
from marketing_pipeline.domain.post import PostState


@pytest.mark.parametrize("before", PostState)
@pytest.mark.parametrize("after", PostState)
def test_posts(before: PostState, after: PostState) -> None:
    if after in post.TRANSITIONS[before]:
        post.require_transition(before, after)
    else:
        with pytest.raises(RefusedTransition, match=f"from {before} to {after}"):
            post.require_transition(before, after)


@pytest.mark.parametrize("before", EffectState)
@pytest.mark.parametrize("after", EffectState)
def test_effects(before: EffectState, after: EffectState) -> None:
    if after in effect.TRANSITIONS[before]:
        effect.require_transition(before, after)
    else:
        with pytest.raises(RefusedTransition, match=f"from {before} to {after}"):
            effect.require_transition(before, after)


def test_nothing_leaves_a_final_state_and_a_call_on_the_wire_never_goes_back_to_the_queue() -> None:
    assert {EffectState.SUCCEEDED, EffectState.FAILED} <= FINAL
    assert EffectState.QUEUED not in effect.TRANSITIONS[EffectState.SENDING]
