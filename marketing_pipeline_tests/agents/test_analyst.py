"""The analyst: the blocks that it sends, and notes that are true to the computed effects."""

from collections.abc import Awaitable
from typing import Any

import pytest

from marketing_pipeline.agents import analyst
from marketing_pipeline.agents.language_model import Answered, LanguageModel
from marketing_pipeline_tests.agents import tea_week as tea
from marketing_pipeline_tests.agents.agent_answers import INJECTION, accepted, problems


def explain(model: LanguageModel) -> Awaitable[Answered[Any]]:
    return analyst.explain(
        model,
        brand=tea.BRAND,
        learnings=tea.learnings(),
        best=[tea.performance(INJECTION)],
        worst=[tea.performance()],
        subject=tea.SUBJECT,
    )


def test_the_analyst_sends_its_blocks() -> None:
    request = accepted(explain, tea.analysis())
    assert tea.block(request, 'data name="brand"') == {"name": "Tea Room"}
    assert tea.block(request, 'data name="learnings"')["posts"] == 12
    assert tea.block(request, 'untrusted source="best_posts"')[0]["topic"] == INJECTION
    assert tea.block(request, 'untrusted source="worst_posts"')[0]["topic"] == "Cold brew"


@pytest.mark.parametrize(
    "changes",
    [
        {"level": "riddle"},
        {"factor": "pillar", "level": "question"},
        {"statement": "Questions do worse than the average post."},
        {"statement": "Questions do not perform better than others."},
        {"level": "claim", "statement": "Claims lift engagement well above the average."},
        {"level": "story", "statement": "Stories draw more engagement than anything else."},
        {"level": "list", "statement": "Lists trail the average post by a fifth."},
    ],
)
def test_a_note_that_is_not_true_to_the_effects_is_not_returned(changes: dict[str, Any]) -> None:
    assert problems(explain, tea.analysis(tea.note(**changes))) == {"true_to_the_effects notes[1]"}


@pytest.mark.parametrize(
    "changes",
    [
        {"statement": "Questions beat claims, which do worse."},
        {"level": "claim", "statement": "Claims fall below the average post."},
        {"level": "claim", "statement": "Claims never do better than the average."},
        {"level": "story", "statement": "Stories are not known yet: 4 posts, 0.64 to 1.72 x."},
        {"level": "story", "statement": "Stories may do better, but it is too early to say."},
    ],
)
def test_a_note_that_is_true_to_the_effects_passes(changes: dict[str, Any]) -> None:
    accepted(explain, tea.analysis(tea.note(**changes)))
