"""The ads notebook runs from top to bottom, on proposals and on an empty warehouse."""

from math import log
from pathlib import Path
from typing import Any

import pytest

from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeProposal, AdChangeState, ApplyAdChange
from marketing_pipeline.domain.ad_learning import AdChangeEffect
from marketing_pipeline.domain.ad_outcome import AdOutcome, inconclusive
from marketing_pipeline.store.ad_changes import AdChanges
from marketing_pipeline.store.ad_learnings import record_ad_learnings
from marketing_pipeline.store.ad_schema import ad_schema
from marketing_pipeline.store.control_plane import ControlPlane
from marketing_pipeline_tests.domain.ad_accounts import BUDGET, CUSTOMER, POLICY
from marketing_pipeline_tests.domain.brands import make_brand
from marketing_pipeline_tests.fixtures import NOW, AuditNotes
from marketing_pipeline_tests.notebooks.running import run
from marketing_pipeline_tests.store.warehouse_history import TeaRoom, tea_room
from marketing_pipeline_tests.workflows.test_propose_ad_changes import CANDIDATES


def shown_by(room: TeaRoom, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What every code cell shows, as text, by its id."""
    return {name: str(outputs) for name, outputs in run("ads_review", room, monkeypatch).items()}


def test_it_is_friendly_to_an_empty_warehouse(marketing_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = shown_by(tea_room(marketing_home), monkeypatch)
    assert "No ad account has been read yet" in shown["open"]
    assert "Nothing to show yet" in shown["cost"]
    assert "No change has been proposed yet" in shown["changes"]
    assert "No applied change has been judged yet" in shown["verdicts"]
    assert "Nothing has been learnt from ad changes yet" in shown["learnt"]


def test_it_shows_figures_and_proposals(marketing_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = tea_room(marketing_home)
    brand: Any = "tea_room"
    proposal = CANDIDATES[0].proposal(brand, "2026-11-16", "It never converts at all.", NOW, POLICY)
    budget = proposal.model_copy(update={"id": "budget", "payload": _budget()})
    ControlPlane.of(room.database, b"key").ad_proposals.record([proposal, budget], make_brand())
    _judge(room, proposal.id)
    with room.warehouse.write() as connection:
        connection.execute(ad_schema())
        connection.execute(
            "INSERT INTO ad_metrics (brand, day, level, campaign, currency, cost_micros, conversions)"
            " SELECT 'tea_room', DATE '2026-10-01' + n::INT, 'campaign', 'Search', 'GBP', 40000000, 3"
            " FROM range(20) AS r(n)"
        )
    shown = shown_by(room, monkeypatch)
    assert "image/png" in shown["cost"]
    assert "It never converts at all." in shown["changes"] and "PHRASE:jobs" in shown["changes"]
    assert "59,000 JPY" in shown["changes"] and "42,360 JPY" in shown["changes"] and "000000" not in shown["changes"]
    assert "image/png" in shown["verdicts"] and "it saved what was said" in shown["verdicts"]
    assert "overwritten on 2026-11-20" in shown["verdicts"]
    assert "90% of what was forecast came about" in shown["learnt"]


def _budget() -> ApplyAdChange:
    """A budget in a currency without cents."""
    return ApplyAdChange(
        change_kind=AdChangeKind.SET_BUDGET,
        customer_id=CUSTOMER,
        resource=BUDGET,
        field="amount_micros",
        before="59000000000",
        after="42360000000",
        currency="JPY",
    )


def _judge(room: TeaRoom, change: str) -> None:
    """Bring a change to its verdict, a second one to that of an overwritten change, and learn from the first."""
    changes, brand = AdChanges(room.database, AuditNotes()), make_brand()
    path = [AdChangeState.APPROVED, AdChangeState.APPLYING, AdChangeState.APPLIED]
    saved = AdOutcome(
        verdict=AdChangeState.IMPROVED, effect=-6e7, low=-8e7, high=-4e7, days=14, why="it saved what was said"
    )
    gone = inconclusive("overwritten on 2026-11-20 by bo@shop.example: PHRASE:jobs → nothing")
    other = changes.get(change).model_copy(update={"id": "other"})
    with room.database.write() as connection:
        changes.insert_within(connection, AdChangeProposal.model_validate(other.model_dump()), actor="test", detail={})
    changes.move("other", AdChangeState.AWAITING_APPROVAL, reason="test", actor="test")
    for name, outcome in ((change, saved), ("other", gone)):
        for to in path:
            moment = {"applied_at": NOW} if to is AdChangeState.APPLIED else {}
            changes.move(name, to, reason="test", actor="test", **moment)
        changes.move(name, outcome.verdict, reason="", actor="test", outcome=outcome.model_dump(mode="json"))
    effect = AdChangeEffect(level="add_negative_keyword", log_effect=log(0.9), log_sd=0.05, evidence=(change,))
    record_ad_learnings(room.database, brand.brand_id, "2026-11-16", [effect])
