"""The strategist: the blocks that it sends, and each rule that a plan is held against."""

from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any

import pytest

from marketing_pipeline.agents import strategist
from marketing_pipeline.agents.language_model import Answered, LanguageModel
from marketing_pipeline.domain.plan import WeeklyPlanDraft
from marketing_pipeline.domain.strategy import strategy_of
from marketing_pipeline_tests.agents import tea_week as tea
from marketing_pipeline_tests.agents.agent_answers import INJECTION, NOTES, accepted, problems


def plan(model: LanguageModel) -> Awaitable[Answered[Any]]:
    return strategist.plan_week(
        model,
        brand=tea.BRAND,
        strategy=strategy_of(tea.BRAND),
        week=tea.WEEK,
        assignments=[tea.assignment(1), tea.assignment(2)],
        learnings=tea.learnings(),
        notes=NOTES,
        recent_plans=[],
        recent_performance=[tea.performance(INJECTION)],
        subject=tea.SUBJECT,
    )


def test_the_strategist_sends_its_blocks() -> None:
    request = accepted(plan, tea.draft())
    assert tea.block(request, 'data name="strategy"')["pillars"][0]["id"] == "garden"
    assert tea.block(request, 'data name="week"')["days"][0] == "2026-11-23"
    assert [row["position"] for row in tea.block(request, 'data name="assignments"')] == [1, 2]
    learnt = tea.block(request, 'data name="learnings"')
    assert learnt["effects"][-1].keys() == {"factor", "level", "multiple", "low", "high", "known", "posts"}
    assert set(learnt["mix"]) == {"pillar", "format", "hook", "slot"}
    [told] = tea.block(request, 'untrusted source="notes"')
    assert told.keys() == {"statement", "why", "recommendation"}
    assert {row["id"] for row in tea.block(request, 'data name="calendar"')} == {"winter", "frost"}
    assert tea.block(request, 'data name="recent_posts"') == []
    [row] = tea.block(request, 'untrusted source="recent_performance"')
    assert (row["topic"], row["engagement"], row["views"]) == (INJECTION, 81.0, None)
    assert request["messages"][0]["content"][-1]["text"].count("</untrusted>") == 2


@pytest.mark.parametrize(
    ("answer", "broken"),
    [
        (tea.draft(tea.idea(1)), {"position posts"}),
        (tea.draft(tea.idea(1), tea.idea(1, angle="Another angle")), {"position posts"}),
        (tea.draft(tea.idea(1), tea.idea(2), tea.idea(1, angle="Another angle")), {"position posts"}),
        (tea.draft(tea.idea(1), tea.idea(2), tea.idea(3)), {"position posts"}),
        (tea.draft(tea.idea(1, audience="cats"), tea.idea(2)), {"known_audience posts[position 1].audience"}),
        (tea.draft(tea.idea(1, product="mug"), tea.idea(2)), {"known_product posts[position 1].product"}),
        (tea.draft(tea.idea(1, occasion="easter"), tea.idea(2)), {"known_occasion posts[position 1].occasion"}),
        (tea.draft(tea.idea(1, topic="Cheap tea"), tea.idea(2)), {"banned_word posts[position 1].topic"}),
        (tea.draft(tea.idea(1, call_to_action="Now £3"), tea.idea(2)), {"price posts[position 1].call_to_action"}),
        (tea.draft(tea.idea(1, angle="See https://evil.example"), tea.idea(2)), {"link posts[position 1].angle"}),
        (tea.draft(theme="Cheap and cheerful"), {"banned_word theme"}),
        (
            tea.draft(tea.idea(1, angle="The same angle"), tea.idea(2, angle="the same Angle ")),
            {"repeated_angle posts"},
        ),
    ],
)
def test_a_plan_that_breaks_a_rule_is_not_returned(answer: dict[str, Any], broken: set[str]) -> None:
    assert problems(plan, answer) == broken


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({"occasion": "frost"}, {"posts[position 1].occasion"}),
        ({"key_message": "FROST5 makes it five pounds less."}, {"posts[position 1].key_message"}),
        ({"occasion": "winter"}, set[str]()),
    ],
)
def test_an_offer_that_is_over_on_the_posts_own_day_is_refused(changes: dict[str, Any], broken: set[str]) -> None:
    monday = tea.assignment(1, scheduled_at=datetime(2026, 11, 30, 18, 30, tzinfo=UTC))
    draft = WeeklyPlanDraft.model_validate(tea.draft(tea.idea(1, **changes)))
    assert {found.where for found in strategist.rules(tea.BRAND, [monday])(draft)} == broken


def test_an_occasion_of_the_week_may_be_used() -> None:
    accepted(plan, tea.draft(tea.idea(1, occasion="winter"), tea.idea(2, product=None)))
