"""Whatever a model sends, the caller sees an answer or a typed failure, and every call is closed on record."""

import asyncio
import json
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from marketing_pipeline.agents import strategist
from marketing_pipeline.agents.connection import ModelSettings
from marketing_pipeline.agents.failures import ModelCallFailed
from marketing_pipeline.agents.language_model import LanguageModel
from marketing_pipeline.agents.prompt import load_prompt
from marketing_pipeline.agents.question import Question
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.plan import WeeklyPlanDraft
from marketing_pipeline_tests.agents.scripted_messages import CallList, Reply, ScriptedServer, message, serving
from marketing_pipeline_tests.agents.tea_week import BRAND, MODELS, NOW, SUBJECT, assignment, draft

JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PARTS = st.sampled_from(
    ["usage", "content", "stop_reason", "stop_details", "model", "id", "type", "role", "stop_sequence"]
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """A reply that is wrong somewhere: cut, of another shape, or a good one with a part replaced."""
    good = json.dumps(draft())
    match draw(st.integers(0, 4)):
        case 0:
            return message(good).body[: draw(st.integers(0, 600))]
        case 1:
            return message(good, **{draw(PARTS): draw(JUNK)}).body
        case 2:
            return message(good[: draw(st.integers(0, len(good) - 1))]).body
        case 3:
            return message(json.dumps({**draft(), draw(st.sampled_from(["theme", "posts"])): draw(JUNK)})).body
        case _:
            return draw(st.binary(max_size=40)) if draw(st.booleans()) else message(draw(st.text(max_size=40))).body


def settings_for(server: ScriptedServer) -> ModelSettings:
    """Settings that lead to the server."""
    return ModelSettings.model_validate(
        {
            "base_url": server.base_url,
            "api_key": "sk-secret-1234",
            "provider": "sandbox",
            "models": MODELS,
            "transient_retries": 1,
        }
    )


async def ask(model: LanguageModel) -> None:
    """One question; a typed failure is a good end."""
    asked = Question(
        agent="strategist",
        prompt=load_prompt("strategist"),
        blocks=(),
        task="Plan.",
        answer=WeeklyPlanDraft,
        check=strategist.rules(BRAND, [assignment(1), assignment(2)]),
    )

    with suppress(ModelCallFailed):
        await model.ask(asked, subject=SUBJECT, brand=BRAND)


def test_malformed_replies_end_in_typed_failures() -> None:
    with serving(Reply()) as server, asyncio.Runner() as runner:
        calls = CallList()
        model = LanguageModel(settings_for(server), SteppedClock(NOW), calls)

        @settings(max_examples=200)
        @given(bodies())
        def check(body: bytes) -> None:
            calls.calls.clear()
            server.replies = [Reply(body=body)]
            runner.run(ask(model))
            assert calls.rows
            assert not {"in_flight", "internal"} & set(calls.outcomes)
            assert all(row.cost_micros is None or row.cost_micros >= 0 for row in calls.rows)

        check()
        runner.run(model.__aexit__(None, None, None))
