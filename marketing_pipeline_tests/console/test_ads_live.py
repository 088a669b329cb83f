"""Ads in the browser with an account behind them: its figures, a value that moved, and a change taken back."""

from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if not (find_spec("google") and find_spec("google.ads")):
    pytest.skip("the extra `ads` is not installed", allow_module_level=True)

from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.approval import ApprovalState
from marketing_pipeline.domain.money import Money
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline_tests.cli.ad_account import ads, budget, desk
from marketing_pipeline_tests.cli.office import BRAND, Office
from marketing_pipeline_tests.console.browser import Site
from marketing_pipeline_tests.execution.ad_desk import POUND, AdDesk

if TYPE_CHECKING:
    from marketing_pipeline_tests.sandbox.google_ads.served import Ads

__all__ = ["ads", "desk"]


@pytest.fixture
def site(desk: AdDesk, site: Site) -> Site:
    """The console, opened once the account is served."""
    del desk
    return site


def form(change: AdChange) -> dict[str, Any]:
    return {"decision": "approve", "note": "the figures hold", "saw": "pending", "fingerprint": change.fingerprint}


def test_the_figures_of_the_account_are_drawn_with_their_tables(
    office: Office, desk: AdDesk, ads: "Ads", site: Site
) -> None:
    office.work.ads.collect([office.work.brand("tea_room")])
    office.work.refresh_warehouse()
    change = desk.propose(budget(ads))
    html = site.page("/ads")
    assert "Spent in 2026-11" in html and "The month&#39;s money" in html and "data-figure" in html
    assert "How conversions respond to money" in html and "What wastes" in html
    for path in (f"/approvals/{desk.request_of(change)}", f"/ads/changes/{change.id}"):
        html = site.page(path)
        assert "Cost a day, in GBP" in html and "Conversions a day" in html and "<code>ad_metrics</code>" in html


def test_a_change_of_which_the_account_has_moved_is_not_approved(desk: AdDesk, ads: "Ads", site: Site) -> None:
    change = desk.propose(budget(ads))
    address = f"/approvals/{desk.request_of(change)}"
    before = Money(micros=int(change.payload.before), currency="GBP").label()
    assert f"The account has {before} now." in site.page(address, live="1")
    ads.set_budget(change.payload.resource, int(change.payload.before) + POUND)
    assert "the account has moved" in site.page(address, live="1")
    html = site.submit(f"{address}/decide", status=409, **form(change))
    assert "The account moved: the live value is" in html and "Nothing was decided" in html
    assert desk.state_of(change) is ApprovalState.PENDING
    ticked = f"{desk.request_of(change)} pending {change.fingerprint}"
    assert "0 decided" in site.submit("/approvals/decide", status=409, pick=ticked, decision="approve", note="")


def test_a_change_is_taken_back_through_the_gate(desk: AdDesk, ads: "Ads", site: Site) -> None:
    change = desk.propose(budget(ads))
    assert "The account has" in site.submit(f"/approvals/{desk.request_of(change)}/decide", **form(change))
    desk.executor().apply(change.id)
    assert "Take it back" in site.page(f"/ads/changes/{change.id}")
    html = site.submit(f"/ads/changes/{change.id}/rollback", note="it cost more than it brought")
    assert "Take back: Budget of the spring campaign" in html and "it cost more than it brought" in html
    [back] = [each for each in desk.ledger.changes.find() if each.rolls_back == change.id]
    assert back.state is AdChangeState.AWAITING_APPROVAL and change.id in html
    site.submit(f"/approvals/{desk.request_of(back)}/decide", **form(back))
    desk.executor().apply(back.id)
    assert ads.budgets()[change.payload.resource] == int(change.payload.before)
    assert "rolled back" in site.page(f"/ads/changes/{change.id}")


def test_an_account_is_analysed_again_when_something_of_it_has_changed(
    office: Office, desk: AdDesk, ads: "Ads", site: Site
) -> None:
    office.work.ads.collect([office.work.brand("tea_room")])
    office.work.refresh_warehouse()
    reports, brand = site.office.ad_reports, site.office.brands[BRAND]
    [(read_at,)] = site.office.snapshot.rows("SELECT max(read_at) FROM ad_collections").rows
    first = reports.of(brand, read_at)
    office.work.refresh_warehouse()
    assert first is not None and reports.of(brand, read_at) is first
    desk.propose(budget(ads))
    second = reports.of(brand, read_at)
    assert second is not first and reports.of(brand, read_at) is second
    third = reports.of(brand, read_at + timedelta(days=1))
    assert third is not second
    assert reports.of(brand.model_copy(update={"currency": "EUR"}), read_at + timedelta(days=1)) is not third
    assert reports.of(brand, None) is None
