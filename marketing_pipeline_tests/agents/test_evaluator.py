"""The evaluator: pictures first, anchors as data, each criterion once."""

import base64
from collections.abc import Awaitable
from typing import Any

from marketing_pipeline.agents import evaluator
from marketing_pipeline.agents.language_model import Answered, LanguageModel
from marketing_pipeline.domain.creative import CheckResult, Severity
from marketing_pipeline_tests.agents import tea_week as tea
from marketing_pipeline_tests.agents.agent_answers import accepted, problems


def judge(model: LanguageModel) -> Awaitable[Answered[Any]]:
    check = CheckResult(
        name="contrast", passed=True, severity=Severity.REVISE, value=7.2, limit=4.5, reason="The headline stands out"
    )
    return evaluator.judge(
        model,
        brand=tea.BRAND,
        post=tea.planned(),
        brief=tea.creative_brief(),
        checks=[check],
        pictures=[tea.JPEG, tea.JPEG],
        subject=tea.SUBJECT,
    )


def test_the_evaluator_sends_pictures_first_and_the_anchors() -> None:
    request = accepted(judge, tea.verdicts())
    content = request["messages"][0]["content"]
    assert [part["type"] for part in content] == ["image", "image", "text"]
    assert base64.b64decode(content[0]["source"]["data"]) == tea.JPEG
    assert request["model"] == "claude-opus-5-5"
    criteria = tea.block(request, 'data name="criteria"')
    assert [row["criterion"] for row in criteria] == [
        "legibility",
        "composition",
        "brand_fit",
        "message_match",
        "craft",
    ]
    assert all(row.keys() == {"criterion", "question", "good", "acceptable", "poor"} for row in criteria)
    assert tea.block(request, 'data name="checks"')[0]["name"] == "contrast"
    assert tea.block(request, 'data name="brief"')["headline"] == "Just off the boil"
    assert tea.block(request, 'data name="brand"').keys() == {"name", "voice_summary", "palettes"}


def test_every_criterion_is_judged_once() -> None:
    assert problems(judge, tea.verdicts("craft")) == {"each_criterion_once verdicts"}
    twice = {"verdicts": [*tea.verdicts("craft")["verdicts"], tea.verdicts()["verdicts"][0]]}
    assert problems(judge, twice) == {"each_criterion_once verdicts"}
