"""Rows 35 and 36: malformed answers, and models that refuse, hang, loop or never end, held to schema and cap."""

import asyncio
import json
import random
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from marketing_pipeline.agents.connection import ModelSettings
from marketing_pipeline.agents.failures import ModelCallFailed
from marketing_pipeline.agents.language_model import LanguageModel
from marketing_pipeline.domain.clock import SteppedClock, SystemClock
from marketing_pipeline.domain.identifiers import ModelCallId
from marketing_pipeline.domain.model_call import CallOutcome, ModelCall
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.domain.ports import SpendCapReached
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.model_calls import ModelCalls
from marketing_pipeline_tests.agents import tea_week as tea
from marketing_pipeline_tests.agents.scripted_messages import CallList, Reply, ScriptedServer, error, message, serving
from marketing_pipeline_tests.faults.agent_desk import CASES, AgentCase, Words
from marketing_pipeline_tests.faults.row import FaultRow, Figure
from marketing_pipeline_tests.faults.spoilt_answers import spoilt

_RETRIES = 1
_MOST_TRIES = 1 + 1 + 1 + _RETRIES
"""The question, one repair, one longer answer, and the transient retries."""
_PATIENCE_SECONDS, _BOUND_SECONDS = 0.25, 10.0


def settings_for(server: ScriptedServer, **changes: Any) -> ModelSettings:
    """Settings that lead to the server."""
    content: dict[str, Any] = {
        "base_url": server.base_url,
        "api_key": "sk-secret-1234",
        "provider": "sandbox",
        "models": tea.MODELS,
        "transient_retries": _RETRIES,
        "backoff_seconds": 0.0,
    }
    return ModelSettings.model_validate({**content, **changes})


def malformed(tries: int, seed: int, folder: Path) -> Figure:
    """Row 35. Every agent gets malformed answers: none is taken for one, and nothing but a typed failure is raised."""
    chance, broken = random.Random(seed), Counter[str]()
    each = -(-tries // len(CASES))
    with serving(Reply()) as server, asyncio.Runner() as runner:
        for case in CASES:
            calls = CallList()
            model = LanguageModel(settings_for(server), SteppedClock(tea.NOW), calls)
            for text in spoilt(case.good, each, chance):
                calls.calls.clear()
                server.replies = [message(text)]
                server.requests.clear()
                broken[_told(runner, case, model)] += 1
                broken["left open"] += any(row.outcome is CallOutcome.IN_FLIGHT for row in calls.rows)
                broken["asked too often"] += len(calls.rows) > 2
            runner.run(model.__aexit__(None, None, None))
    del broken["failed"]
    return Figure(tries=each * len(CASES), broken=broken.total(), note=_note(broken))


def _told(runner: asyncio.Runner, case: AgentCase, model: LanguageModel) -> str:
    async def ask() -> None:
        await case.ask(model, Words())

    try:
        runner.run(ask())
    except ModelCallFailed:
        return "failed"
    except Exception as crash:  # whatever else comes out of an agent ends the run loop
        return f"{case.name} raised {type(crash).__name__}"
    return f"{case.name} took a malformed answer"


def _note(broken: Counter[str]) -> str:
    found = "; ".join(f"{count} x {what}" for what, count in broken.items() if count)
    return found or "no malformed answer was taken, none ended in anything but a typed failure"


def _loop(stop: str, **more: Any) -> Reply:
    return message('{"theme": "and again', stop_reason=stop, **more)


_BLOCK = {"type": "tool_use", "id": "toolu_1", "name": "publish", "input": {"caption": "now"}}
_MISBEHAVING: dict[str, Reply] = {
    "refuses": _loop("refusal", stop_details={"type": "refusal", "category": "cyber", "explanation": "no"}),
    "asks for a tool, again and again": message("", stop_reason="tool_use", content=[_BLOCK]),
    "pauses, again and again": _loop("pause_turn"),
    "never comes to an end": _loop("max_tokens", usage={"input_tokens": 900, "output_tokens": 8_000}),
    "fills its context": _loop("model_context_window_exceeded"),
    "repeats a wrong answer": message('{"answer": 42}'),
    "stops for a reason that nobody knows": _loop("bored"),
    "does not answer in time": Reply(body=message("{}").body, delay=2 * _PATIENCE_SECONDS),
    "trickles": Reply(body=message("{}").body, trickle=0.02),
    "is overloaded": error(529, "overloaded_error"),
    "asks to wait for a day": error(429, "rate_limit_error", retry_after="86400"),
    "counts no tokens": message("{}", usage=None),
    "answers with a page": Reply(body=b"<html>hello</html>", kind="text/html"),
    "hangs up": Reply(drop=True),
}


class _Watched(ModelCalls):
    """The real recorder; notes how many requests had reached the model when each call was reserved."""

    def __init__(self, database: Database, server: ScriptedServer) -> None:
        super().__init__(database)
        self._server = server
        self.sent_before: list[int] = []

    def open_call(self, call: ModelCall, cap_micros: int, week_start: datetime, week_end: datetime) -> ModelCallId:
        """Reserve."""
        opened = super().open_call(call, cap_micros, week_start, week_end)
        self.sent_before.append(len(self._server.requests))
        return opened


def misbehaving(tries: int, seed: int, folder: Path) -> Figure:
    """Row 36. Models that misbehave until the cap is reached: bounded tries and time, each paid for beforehand."""
    broken, capped = Counter[str](), 0
    clock = SteppedClock(tea.NOW)
    for number in range(tries):
        what, reply = list(_MISBEHAVING.items())[number % len(_MISBEHAVING)]
        # From room for no call at all to room for several.
        cap_usd = (0.0, 0.4, 0.9)[(number // len(_MISBEHAVING) + number) % 3]
        database = Database.open(f"sqlite:///{folder}/{number}.sqlite", clock)
        try:
            with serving(reply) as server:
                found = _until_it_ends(server, database, clock, cap_usd)
        finally:
            database.close()
        capped += found.pop("capped", 0)
        broken.update({f"{what}: {name}": count for name, count in found.items()})
    note = _note(broken) if broken.total() else f"{capped} of them ended at the cap"
    return Figure(tries=tries, broken=broken.total(), note=note)


def _until_it_ends(server: ScriptedServer, database: Database, clock: SteppedClock, cap_usd: float) -> Counter[str]:
    """Ask three times; what was wrong."""
    policies = tea.BRAND.policies.model_copy(update={"model_spend_per_week_usd": cap_usd})
    brand = tea.BRAND.model_copy(update={"policies": policies})
    recorder, found, real = _Watched(database, server), Counter[str](), SystemClock()
    settings = settings_for(server, timeout_seconds=_PATIENCE_SECONDS)

    async def ask() -> None:
        from marketing_pipeline.agents import strategist
        from marketing_pipeline.agents.prompt import load_prompt
        from marketing_pipeline.agents.question import Question
        from marketing_pipeline.domain.plan import WeeklyPlanDraft

        question = Question(
            agent="strategist",
            prompt=load_prompt("strategist"),
            blocks=(),
            task="Plan.",
            answer=WeeklyPlanDraft,
            check=strategist.rules(brand, [tea.assignment(1)]),
        )
        async with LanguageModel(settings, clock, recorder) as model:
            await model.ask(question, subject=tea.SUBJECT, brand=brand)

    for _ in range(3):
        before, begun = len(server.requests), real.now()
        try:
            asyncio.run(ask())
            found["an answer was taken"] += 1
        except SpendCapReached:
            found["capped"] += 1
        except ModelCallFailed:
            pass
        found["asked too often"] += len(server.requests) - before > _MOST_TRIES
        found["took too long"] += real.now() - begun > timedelta(seconds=_BOUND_SECONDS)
    # The request with number n went out after n + 1 reservations.
    found["sent before it was paid for"] += sum(sent > place for place, sent in enumerate(recorder.sent_before))
    found["more sent than reserved"] += len(server.requests) > len(recorder.sent_before)
    return found + _spent_over(database, round(cap_usd * MICROS))


def _spent_over(database: Database, cap_micros: int) -> Counter[str]:
    """Reservations over the cap, and calls that were left open."""
    from sqlalchemy import func, select

    from marketing_pipeline.store.tables import model_calls

    with database.read() as connection:
        spent = connection.scalar(
            select(func.sum(func.coalesce(model_calls.c.cost_micros, model_calls.c.reserved_micros)))
        )
        open_calls = connection.scalar(
            select(func.count()).select_from(model_calls).where(model_calls.c.outcome == CallOutcome.IN_FLIGHT)
        )
    return Counter({"spent over the cap": int((spent or 0) > cap_micros), "left open": open_calls or 0})


def goods_are_taken() -> int:
    """The positive control: each agent's good answer is taken at the first try; how many."""
    taken = 0
    with serving(Reply()) as server, asyncio.Runner() as runner:
        for case in CASES:
            server.replies = [message(json.dumps(case.good))]
            model = LanguageModel(settings_for(server), SteppedClock(tea.NOW), CallList())
            taken += _told(runner, case, model).endswith("took a malformed answer")
            runner.run(model.__aexit__(None, None, None))
    return taken


ROWS = (
    FaultRow("35", "Malformed model output, for every agent", "answer", 156, 2_028, malformed),
    FaultRow("36", "Model refuses, times out, loops or never ends", "answer", 14, 84, misbehaving),
)
