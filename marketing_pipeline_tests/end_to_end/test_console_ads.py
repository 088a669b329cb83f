"""A budget change in a real browser: approved by a person who saw it, applied once by the job, and shown as it went."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from marketing_pipeline.cli.dagster_home import JobRun, RunFailed, dagster_instance, make_run, prepare_dagster_home
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.approval import Decision
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.end_to_end.chromium import browser, require_chromium, served, violations
from marketing_pipeline_tests.execution.ad_desk import AdDesk, budget_change
from marketing_pipeline_tests.execution.served_desk import desk_of, small_account

if TYPE_CHECKING:
    from marketing_pipeline_tests.sandbox.google_ads.served import Ads

require_chromium()
if not (find_spec("google") and find_spec("google.ads")):
    pytest.skip("the extra `ads` is not installed", allow_module_level=True)


@pytest.fixture
def ads(marketing_home: Path, _migrated: Path) -> Generator["Ads"]:
    with small_account(marketing_home, _migrated) as opened:
        yield opened


@pytest.fixture
def desk(ads: "Ads", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[AdDesk]:
    del ads
    with desk_of("upscale_print", tmp_path / "brands", monkeypatch) as opened:
        yield opened


def applied_by_the_job(change: str) -> bool:
    """Whether a run of `apply_ad_change` got through the gate; in a thread, for the browser has a loop in ours."""
    with ThreadPoolExecutor(1) as other:
        return other.submit(_applied, change).result()


def _applied(change: str) -> bool:
    prepare_dagster_home(Settings.from_environment())
    with dagster_instance(Settings.from_environment()) as instance:
        instance.add_dynamic_partitions("ad_change", [change])
        try:
            make_run(instance, JobRun("apply_ad_change", change))
        except RunFailed:
            return False
    return True


def test_a_change_that_is_approved_in_the_browser_is_applied_once(desk: AdDesk, ads: "Ads") -> None:
    [(name, before), *_] = ads.budgets().items()
    change = desk.propose(budget_change(before, before * 11 // 10 // 10_000 * 10_000, resource=name))
    request = desk.request_of(change)
    assert not applied_by_the_job(change.id)
    assert ads.applied() == []
    with Workplace.open(Settings.from_environment()) as place, served(place) as url, browser(url) as page:
        page.goto("/")
        page.locator(f"a[href='/approvals/{request}']").first.click()
        page.wait_for_url(f"**/approvals/{request}")
        assert desk.change(change.id).fingerprint in page.content()
        assert not violations(page)
        page.get_by_label("Note").first.fill("the figures hold")
        page.get_by_role("button", name="Approve", exact=True).click()
        page.get_by_text("Approved by ann").first.wait_for()
        rows = desk.plane.approvals
        with desk.database.read() as connection:
            decided = rows.rows_of(connection, request)[-1]
        assert (decided.decision, decided.actor, decided.source, decided.note) == (
            Decision.APPROVE, "ann", "console", "the figures hold",
        )  # fmt: skip
        assert applied_by_the_job(change.id)
        applied_by_the_job(change.id)
        assert (len(ads.applied()), ads.budgets()[name]) == (1, int(change.payload.after))
        page.goto(f"/ads/changes/{change.id}")
        page.get_by_text("applied").first.wait_for()
        assert desk.change(change.id).state is AdChangeState.APPLIED
        assert not violations(page)
        page.goto("/ads")
        assert not violations(page)


def test_who_decides_on_a_page_that_is_stale_is_told_who_was_faster(desk: AdDesk, ads: "Ads") -> None:
    [(name, before), *_] = ads.budgets().items()
    change = desk.propose(budget_change(before, before * 11 // 10 // 10_000 * 10_000, resource=name))
    with Workplace.open(Settings.from_environment()) as place, served(place) as url, browser(url) as page:
        page.goto(f"/approvals/{desk.request_of(change)}")
        desk.decide(change, Decision.REJECT, actor="bob")
        page.get_by_label("Note").first.fill("yes")
        page.get_by_role("button", name="Approve", exact=True).click()
        page.get_by_role("alert").first.wait_for()
        assert "rejected" in page.get_by_role("alert").first.inner_text()
        assert desk.change(change.id).state is AdChangeState.REJECTED
        assert ads.applied() == []
