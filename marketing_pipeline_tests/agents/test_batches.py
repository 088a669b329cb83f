"""Questions in batches: paid at half the price and never twice, whatever becomes of the batch or of the run."""

import asyncio
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from marketing_pipeline.agents import copywriter
from marketing_pipeline.agents.batching import SETTLED, BatchTerms
from marketing_pipeline.agents.connection import ModelSettings
from marketing_pipeline.agents.failures import AnswerUnusable
from marketing_pipeline.agents.language_model import Answered, LanguageModel
from marketing_pipeline.agents.prices import cost_of
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.model_batch import LONGEST, ModelBatch, WaitsForBatch, batch_deadline
from marketing_pipeline.domain.model_call import CallOutcome, CallSubject, ModelCall
from marketing_pipeline.domain.plan import PlannedPost, PostIdea
from marketing_pipeline.domain.ports import SpendCapReached
from marketing_pipeline.domain.said_captions import SaidCaptions
from marketing_pipeline.domain.variation import VariationSet
from marketing_pipeline.sandbox.local_world import Latencies
from marketing_pipeline.sandbox.server import SandboxConfig, SandboxServer
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.model_batches import ModelBatchBook
from marketing_pipeline.store.model_calls import ModelCalls
from marketing_pipeline_tests.agents import tea_week as tea
from marketing_pipeline_tests.agents.scripted_messages import Reply, error, message, serving

HOUR = 3600.0


class Killed(Exception):
    """The process is gone."""


class KilledOnceHandedOver(ModelBatchBook):
    """A process that dies after the provider took the batch, before its id was stored."""

    def handed_over(self, batch: str, provider_id: str) -> ModelBatch:
        raise Killed


class House:
    """Writes posts of one week, run by run, in time that the provider shares."""

    def __init__(self, url: str, database: Database, clock: SteppedClock) -> None:
        self.url = url
        self.database = database
        self.clock = clock
        self.book = ModelBatchBook(database)

    def write(
        self,
        posts: int = 3,
        *,
        brand: Brand = tea.BRAND,
        book: ModelBatchBook | None = None,
        within: timedelta | None = LONGEST,
        patient: bool = True,
        url: str = "",
    ) -> list[Answered[VariationSet]]:
        """One run: all its posts are written at once."""
        needed_by = None if within is None else self.clock.now() + within
        settings = ModelSettings.model_validate(
            {"base_url": url or self.url, "api_key": "key", "provider": "sandbox", "models": tea.MODELS}
        )
        terms = BatchTerms(book or self.book, needed_by, patient)

        async def run() -> list[Answered[VariationSet]]:
            async with LanguageModel(settings, self.clock, ModelCalls(self.database), terms) as model:
                asked = (self._asked(model, number, brand) for number in range(1, posts + 1))
                answers = await asyncio.gather(*asked, return_exceptions=True)
                for answer in answers:
                    if isinstance(answer, BaseException):
                        raise answer
                return [answer for answer in answers if isinstance(answer, Answered)]

        return asyncio.run(run())

    async def _asked(self, model: LanguageModel, number: int, brand: Brand) -> Answered[VariationSet]:
        name = PostId(f"tea_room-{tea.WEEK.key}-{number:02}")
        post = PlannedPost(id=name, assignment=tea.assignment(number), idea=PostIdea.model_validate(tea.idea(number)))
        return await copywriter.write(
            model,
            brand=brand,
            post=post,
            learnings=tea.learnings(),
            notes=(),
            recent_hooks=(),
            said=SaidCaptions(),
            subject=CallSubject(brand=brand.brand_id, week=tea.WEEK.key, post=name),
        )

    @property
    def calls(self) -> Sequence[ModelCall]:
        """What stands in the books."""
        return ModelCalls(self.database).of_week(tea.BRAND.brand_id, tea.WEEK.key)

    @property
    def outcomes(self) -> list[str]:
        return sorted(call.outcome for call in self.calls)

    def taken(self) -> list[Mapping[str, Any]]:
        """The batches that the provider has."""
        headers = {"authorization": "Bearer key", "anthropic-version": "2026-10-21"}
        reply = httpx.get(f"{self.url}/v1/messages/batches", headers=headers, trust_env=False)
        return reply.json()["data"]

    def order(self, name: str, times: int = 1) -> None:
        """A fault of the model service."""
        fault = {"name": name, "times": times}
        httpx.post(f"{self.url}/sandbox/faults", json=fault, trust_env=False).raise_for_status()


@contextmanager
def house(folder: Path, database: Database, clock: SteppedClock, seconds: float) -> Generator[House]:
    """One whose provider takes so long for a batch."""
    config = SandboxConfig(home=folder, seed=7, latencies=Latencies(batch=seconds))
    with SandboxServer(config, clock) as server:
        yield House(f"{server.url}/anthropic", database, clock)


@pytest.fixture
def quick(tmp_path: Path, database: Database, clock: SteppedClock) -> Generator[House]:
    with house(tmp_path, database, clock, 120) as made:
        yield made


@pytest.fixture
def slow(tmp_path: Path, database: Database, clock: SteppedClock) -> Generator[House]:
    with house(tmp_path, database, clock, 2 * HOUR) as made:
        yield made


def test_what_is_asked_at_once_is_one_batch_at_half_the_price(quick: House) -> None:
    answers = quick.write(3)
    assert len({answer.value.variations[0].hook_line for answer in answers}) == 3
    [batch] = quick.taken()
    assert batch["request_counts"]["succeeded"] == 3
    assert quick.outcomes == ["ok"] * 3
    for call in quick.calls:
        full = cost_of(call.model, call.use, call.started_at.date())
        assert full is not None
        assert call.cost_micros == pytest.approx(full[0] / 2, abs=1)
        assert (call.cost_micros or 0) <= call.reserved_micros
    assert {answer.call_id for answer in answers} == {call.id for call in quick.calls}
    assert quick.book.waiting() == ()


@pytest.mark.parametrize(
    ("fault", "outcomes", "free"),
    [
        ("batch_expired", ["ok", "timeout"], True),
        ("batch_missing", ["ok", "timeout"], False),
        ("429", ["ok", "rate_limited"], True),
        ("529", ["ok", "overloaded"], True),
        ("500", ["ok", "server_error"], True),
        ("402", ["billing", "ok"], True),
        ("invalid_json", ["invalid_output", "ok"], False),
        ("off_the_rules", ["off_the_rules", "ok"], False),
        ("truncated", ["ok", "truncated"], False),
        ("pause_turn", ["incomplete"], False),
    ],
)
def test_what_a_batch_did_not_answer_is_asked_directly(
    quick: House, fault: str, outcomes: list[str], free: bool
) -> None:
    quick.order(fault)
    if "ok" in outcomes:
        quick.write(1)
    else:
        with pytest.raises(AnswerUnusable):
            quick.write(1)
    assert quick.outcomes == outcomes
    [failed] = [call for call in quick.calls if call.outcome is not CallOutcome.OK]
    assert (failed.cost_micros == 0) is free
    assert len(quick.taken()) == 1


def test_a_run_that_ends_waiting_finds_its_answers_later(slow: House) -> None:
    with pytest.raises(WaitsForBatch, match="waits for a batch of 3 model calls"):
        slow.write(3)
    [waiting] = slow.book.waiting(tea.BRAND.brand_id, tea.WEEK.key)
    slow.clock.sleep(HOUR)
    ModelCalls(slow.database).sweep(timedelta(minutes=30))
    assert (waiting.calls, slow.outcomes) == (3, ["in_flight"] * 3)
    slow.clock.sleep(HOUR)
    first, again = slow.write(3), slow.write(3, within=None)
    assert [answer.value for answer in first] == [answer.value for answer in again]
    assert (slow.outcomes, len(slow.taken())) == (["ok"] * 3, 1)


def test_a_batch_whose_run_was_killed_before_it_knew_its_name_is_read_back(slow: House) -> None:
    with pytest.raises(Killed):
        slow.write(2, book=KilledOnceHandedOver(slow.database))
    with pytest.raises(WaitsForBatch):
        slow.write(2)
    slow.clock.sleep(2 * HOUR)
    assert len(slow.write(2)) == 2
    assert (slow.outcomes, len(slow.taken())) == (["ok"] * 2, 1)


def test_a_batch_that_never_arrived_is_handed_over_anew(quick: House) -> None:
    with serving(Reply(drop=True)) as nobody, pytest.raises(WaitsForBatch):
        quick.write(2, url=nobody.base_url)
    assert quick.outcomes == ["in_flight"] * 2
    quick.clock.sleep(SETTLED.total_seconds())
    assert len(quick.write(2)) == 2
    assert (quick.outcomes, len(quick.taken())) == (["connection"] * 2 + ["ok"] * 2, 1)
    assert {call.cost_micros for call in quick.calls if call.outcome is CallOutcome.CONNECTION} == {0}


def test_a_batch_that_is_refused_is_asked_directly(quick: House) -> None:
    answer = message(VariationSet.model_validate(tea.variations()).model_dump_json())
    with serving(error(413, "request_too_large"), answer) as server:
        [answered] = quick.write(1, url=server.base_url)
    assert answered.tries == 2
    assert quick.outcomes == ["bad_request", "ok"]
    assert quick.book.waiting() == ()


def test_the_cap_refuses_before_anything_is_handed_over(quick: House) -> None:
    poor = tea.BRAND.model_copy(
        update={"policies": tea.BRAND.policies.model_copy(update={"model_spend_per_week_usd": 0.01})}
    )
    with pytest.raises(SpendCapReached):
        quick.write(2, brand=poor)
    assert (quick.taken(), quick.calls) == ([], ())


def test_a_batch_that_is_late_is_cancelled_and_asked_directly(slow: House) -> None:
    assert len(slow.write(2, within=timedelta(minutes=5))) == 2
    assert slow.outcomes == ["ok", "ok", "timeout", "timeout"]
    assert sum(call.cost_micros or 0 for call in slow.calls if call.outcome is CallOutcome.TIMEOUT) == 0
    [batch] = slow.taken()
    assert batch["request_counts"]["canceled"] == 2


def test_who_no_longer_wants_to_wait_has_the_batch_cancelled_and_asks_directly(slow: House) -> None:
    with pytest.raises(WaitsForBatch):
        slow.write(2)
    before = slow.clock.now()
    assert len(slow.write(2, within=None, patient=False)) == 2
    assert slow.clock.now() - before < timedelta(minutes=1)
    assert slow.outcomes == ["ok", "ok", "timeout", "timeout"]
    [batch] = slow.taken()
    assert batch["request_counts"]["canceled"] == 2
    assert slow.book.waiting() == ()


def test_without_time_to_wait_everything_is_asked_directly(quick: House) -> None:
    quick.write(2, within=None)
    assert (quick.outcomes, quick.taken()) == (["ok"] * 2, [])


@pytest.mark.parametrize(("hours", "waits"), [(47.9, False), (48, True), (81, True)])
def test_a_week_may_wait_when_its_first_slot_is_two_days_away(hours: float, waits: bool) -> None:
    deadline = batch_deadline(tea.NOW + timedelta(hours=hours), tea.NOW)
    assert deadline == (tea.NOW + LONGEST if waits else None)
