import multiprocessing
import threading
from datetime import date, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import BrandId, ModelCallId
from marketing_pipeline.domain.model_call import CallOutcome, CallSubject, ModelCall, TokenUse
from marketing_pipeline.domain.ports import CallRecorder, SpendCapReached
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.model_calls import CallClosedTwice, ModelCalls
from marketing_pipeline.store.tables import model_calls
from marketing_pipeline_tests.fixtures import NOW

START, END = NOW - timedelta(hours=9), NOW + timedelta(days=6)
BRAND = BrandId("upscale_print")


def call(number: int = 1, reserved: int = 1_000, brand: BrandId = BRAND) -> ModelCall:
    return ModelCall(
        id=ModelCallId(f"call-{number}"),
        subject=CallSubject(brand=brand, week="2026-11-16", post=None),
        agent="copywriter",
        attempt=1,
        provider="sandbox",
        model="claude-sonnet-5-5",
        prompt="copywriter.md",
        prompt_sha256="a" * 64,
        schema_sha256="b" * 64,
        started_at=NOW,
        outcome=CallOutcome.IN_FLIGHT,
        reserved_micros=reserved,
    )


def ended(opened: ModelCall, cost: int | None = 400, outcome: CallOutcome = CallOutcome.OK) -> ModelCall:
    return opened.model_copy(
        update={
            "outcome": outcome,
            "cost_micros": cost,
            "price_as_of": date(2026, 11, 22),
            "use": TokenUse(input=10, cache_write=20, cache_read=30, output=40),
            "latency_ms": 812.5,
            "images": 1,
            "http_status": 200,
            "retries": 1,
            "stop_reason": "end_turn",
            "request_id": "req_1",
        }
    )


@pytest.fixture
def calls(database: Database) -> ModelCalls:
    return ModelCalls(database)


def _open(calls: ModelCalls, opened: ModelCall, cap: int = 10_000) -> ModelCallId:
    return calls.open_call(opened, cap, START, END)


def _open_as_often_as_allowed(url: str, worker: int, barrier: Barrier, taken: "Queue[int]") -> None:
    calls = ModelCalls(Database.open(url, SteppedClock(NOW)))
    barrier.wait(30)
    made = 0
    for number in range(10):
        try:
            _open(calls, call(worker * 100 + number))
            made += 1
        except SpendCapReached:
            pass
    taken.put(made)


def test_it_is_the_recorder_that_the_agents_ask_for(calls: ModelCalls) -> None:
    recorder: CallRecorder = calls
    assert recorder.open_call(call(), 1_000, START, END) == "call-1"


def test_a_call_is_read_back_as_it_ended(calls: ModelCalls) -> None:
    _open(calls, call())
    assert calls.of_week(BRAND, "2026-11-16") == (call(),)
    calls.close_call(ended(call()))
    assert calls.of_week(BRAND, "2026-11-16") == (ended(call()),)
    assert calls.of_week(BRAND, "2026-11-23") == ()


@pytest.mark.parametrize(("cap", "taken"), [(999, 0), (1_000, 1), (1_999, 1), (2_000, 2), (0, 0)])
def test_the_cap_holds_to_the_micro(calls: ModelCalls, cap: int, taken: int) -> None:
    made = 0
    for number in range(3):
        try:
            _open(calls, call(number), cap)
            made += 1
        except SpendCapReached:
            continue
    assert made == taken
    assert len(calls.of_week(BRAND, "2026-11-16")) == taken


def test_a_refusal_says_what_was_spent_and_what_to_do(calls: ModelCalls) -> None:
    _open(calls, call(1, reserved=1_500_000), 2_000_000)
    with pytest.raises(SpendCapReached, match=r"spent 1.50 USD of 2.00 USD.*0.60 USD.*model_spend_per_week_usd"):
        _open(calls, call(2, reserved=600_000), 2_000_000)


def test_the_real_cost_takes_the_place_of_the_reservation(calls: ModelCalls) -> None:
    _open(calls, call(1, reserved=1_000))
    assert calls.spend(BRAND, START, END) == 1_000
    calls.close_call(ended(call(1, reserved=1_000), cost=400))
    assert calls.spend(BRAND, START, END) == 400


def test_a_cost_that_is_not_known_counts_as_reserved(calls: ModelCalls) -> None:
    _open(calls, call(1, reserved=1_000))
    calls.close_call(ended(call(1, reserved=1_000), cost=None, outcome=CallOutcome.TIMEOUT))
    assert calls.spend(BRAND, START, END) == 1_000


def test_only_the_brands_own_calls_of_the_span_count(calls: ModelCalls) -> None:
    _open(calls, call(1))
    _open(calls, call(2, brand=BrandId("bakery")))
    _open(calls, call(3).model_copy(update={"started_at": START - timedelta(microseconds=1)}))
    _open(calls, call(4).model_copy(update={"started_at": END}))
    _open(calls, call(5).model_copy(update={"started_at": START}))
    assert calls.spend(BRAND, START, END) == 2_000


def test_opening_a_call_again_reserves_nothing_more(calls: ModelCalls) -> None:
    assert _open(calls, call(), 1_000) == _open(calls, call(), 1_000)
    assert calls.spend(BRAND, START, END) == 1_000


def test_closing_a_call_again_changes_nothing(calls: ModelCalls) -> None:
    _open(calls, call())
    calls.close_call(ended(call()))
    calls.close_call(ended(call()))
    assert calls.of_week(BRAND, "2026-11-16") == (ended(call()),)


def test_a_call_has_one_end(calls: ModelCalls) -> None:
    _open(calls, call())
    calls.close_call(ended(call()))
    with pytest.raises(CallClosedTwice, match="has ended as ok already, not as refused"):
        calls.close_call(ended(call(), outcome=CallOutcome.REFUSED))
    assert calls.of_week(BRAND, "2026-11-16") == (ended(call()),)


def test_a_call_that_was_never_opened_cannot_be_closed(calls: ModelCalls) -> None:
    with pytest.raises(NotFound, match="call-1 was never opened"):
        calls.close_call(ended(call()))


def test_a_sweep_gives_up_old_calls_and_keeps_their_reservation(calls: ModelCalls, clock: SteppedClock) -> None:
    _open(calls, call(1))
    clock.sleep(3_600)
    _open(calls, call(2).model_copy(update={"started_at": clock.now()}))
    assert calls.sweep(timedelta(minutes=30)) == 1
    assert calls.sweep(timedelta(minutes=30)) == 0
    first, second = calls.of_week(BRAND, "2026-11-16")
    assert (first.outcome, second.outcome) == (CallOutcome.ABANDONED, CallOutcome.IN_FLIGHT)
    assert calls.spend(BRAND, START, END) == 2_000


def test_an_answer_that_comes_after_all_is_taken(calls: ModelCalls, clock: SteppedClock) -> None:
    _open(calls, call())
    clock.sleep(3_600)
    calls.sweep(timedelta(minutes=30))
    calls.close_call(ended(call()))
    assert calls.of_week(BRAND, "2026-11-16") == (ended(call()),)


def test_processes_that_spend_at_once_never_pass_the_cap(database: Database, home: Home) -> None:
    context = multiprocessing.get_context("spawn")
    barrier, taken = context.Barrier(2), context.Queue()
    workers = [
        context.Process(target=_open_as_often_as_allowed, args=(home.control_plane_url, worker, barrier, taken))
        for worker in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert taken.get(timeout=5) + taken.get(timeout=5) == 10
    assert ModelCalls(database).spend(BRAND, START, END) == 10_000


def test_threads_that_spend_at_once_never_pass_the_cap(calls: ModelCalls) -> None:
    def spend(worker: int) -> None:
        for number in range(10):
            try:
                _open(calls, call(worker * 100 + number))
            except SpendCapReached:
                refused.append(number)

    refused: list[int] = []
    threads = [threading.Thread(target=spend, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 30
    assert calls.spend(BRAND, START, END) == 10_000


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    acts=st.lists(
        st.tuples(st.sampled_from(["open", "close", "lose", "sweep"]), st.integers(0, 5), st.integers(0, 900)),
        max_size=14,
    )
)
def test_reservations_and_costs_never_pass_the_cap(database: Database, acts: list[tuple[str, int, int]]) -> None:
    with database.write() as connection:
        connection.execute(delete(model_calls))
    calls, cap = ModelCalls(database), 2_000
    opened: dict[int, ModelCall] = {}
    closed: set[int] = set()
    for act, number, cost in acts:
        if act == "open" and number not in opened:
            try:
                _open(calls, call(number, reserved=900), cap)
                opened[number] = call(number, reserved=900)
            except SpendCapReached:
                assert calls.spend(BRAND, START, END) + 900 > cap
        elif act in ("close", "lose") and number in opened and number not in closed:
            calls.close_call(ended(opened[number], cost if act == "close" else None))
            closed.add(number)
        elif act == "sweep":
            calls.sweep(timedelta(0))
        assert calls.spend(BRAND, START, END) <= cap


def test_the_spends_of_many_brands_are_those_of_each_in_its_own_week(database: Database) -> None:
    calls, bakery, shop = ModelCalls(database), BrandId("bakery"), BrandId("shop")
    for number, brand in enumerate((BRAND, BRAND, bakery)):
        calls.open_call(call(number, reserved=1_000 + number, brand=brand), 10**9, START, END)
    calls.close_call(ended(call(1, reserved=1_001)))
    spans = {BRAND: (START, END), bakery: (START, END), shop: (START, END)}
    assert calls.spends(spans) == {BRAND: 1_400, bakery: 1_002}
    assert calls.spends({BRAND: (START, END), bakery: (START, NOW)}) == {BRAND: 1_400}
    assert calls.spends({bakery: (NOW, END)}) == {bakery: calls.spend(bakery, NOW, END)} == {bakery: 1_002}
