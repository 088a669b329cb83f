"""Ad changes through the genuine client against the sandbox over TLS; its journal alone says what happened."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if not (find_spec("google") and find_spec("google.ads")):
    pytest.skip("the extra `ads` is not installed", allow_module_level=True)

from datetime import UTC, datetime, timedelta

from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.store.ad_rollback import propose_rollback
from marketing_pipeline.store.home import Home
from marketing_pipeline_tests.execution.ad_desk import AdDesk, budget_change
from marketing_pipeline_tests.execution.ad_served_desk import open_desk

if TYPE_CHECKING:
    from marketing_pipeline_tests.sandbox.google_ads.served import Ads

NOON = datetime(2026, 6, 15, 11, tzinfo=UTC)
_A, _E = AdChangeState, EffectState


@pytest.fixture
def ads(marketing_home: Path, _migrated: Path) -> Iterator["Ads"]:
    """A small account, served beside a control plane."""
    from marketing_pipeline_tests.sandbox.google_ads.served import SMALL, serve

    home = Home(marketing_home)
    home.root.mkdir(parents=True)
    (home.root / "control_plane.sqlite").write_bytes(_migrated.read_bytes())
    home.clock().start_stepped(NOON)
    with serve(home.root, home.clock(), SMALL) as served:
        yield served


@pytest.fixture
def desk(ads: "Ads", marketing_home: Path) -> Iterator[AdDesk]:
    opened = open_desk(marketing_home, seconds=1.5)
    yield opened
    opened.database.close()


def approved(desk: AdDesk, ads: "Ads") -> AdChange:
    """The first budget, raised by a tenth."""
    [(name, before), *_] = ads.budgets().items()
    after = before * 11 // 10 // 10_000 * 10_000
    return desk.approved(budget_change(before, after, resource=name))


def journal(ads: "Ads") -> list[tuple[str, bool]]:
    """Outcome of each operation that reached the sandbox, and whether it was a dry run."""
    return [(str(entry.outcome), entry.validate_only) for entry in ads.sandbox.journal()]


def order(ads: "Ads", name: str, **fields: Any) -> None:
    from marketing_pipeline.sandbox.google_ads.faults import AdsFault

    ads.sandbox.order(
        AdsFault.model_validate({"name": name, "method": "Mutate", **fields}).model_dump_json(exclude_unset=True)
    )


def test_a_dry_run_and_one_change_and_its_rollback(desk: AdDesk, ads: "Ads") -> None:
    change = approved(desk, ads)
    assert desk.executor().apply(change.id).state is _E.SUCCEEDED
    assert journal(ads) == [("validated", True), ("applied", False)]
    assert ads.budgets()[change.payload.resource] == int(change.payload.after)
    back = propose_rollback(desk.plane.ad_proposals, change.id, desk.brand, actor="ann", note="no")
    desk.approve(back)
    assert desk.executor().apply(back.id).state is _E.SUCCEEDED
    assert ads.budgets()[change.payload.resource] == int(change.payload.before)
    assert desk.change(change.id).state is _A.ROLLED_BACK


@pytest.mark.parametrize("fault", ["lost_before", "internal_before", "transient"])
def test_a_call_lost_before_the_change_is_made_once_in_the_end(desk: AdDesk, ads: "Ads", fault: str) -> None:
    change = approved(desk, ads)
    order(ads, fault, validate_only=False)
    assert desk.executor().apply(change.id).state is _E.UNKNOWN
    assert ads.applied() == []
    desk.settle(hours=1)
    assert desk.effect(change).state is _E.QUEUED
    assert desk.executor().apply(change.id).state is _E.SUCCEEDED
    assert len(ads.applied()) == 1


@pytest.mark.parametrize("fault", ["daily_quota", "concurrent_modification", "developer_token_invalid"])
@pytest.mark.parametrize("dry", [True, False])
def test_a_clear_refusal_changes_nothing_and_waits(desk: AdDesk, ads: "Ads", fault: str, dry: bool) -> None:
    change = approved(desk, ads)
    order(ads, fault, validate_only=dry)
    assert desk.executor().apply(change.id).state is _E.RETRY_WAIT
    assert ads.applied() == []
    desk.clock.sleep(timedelta(hours=25).total_seconds())
    assert desk.executor().apply(change.id).state is _E.SUCCEEDED
    assert len(ads.applied()) == 1


def test_a_policy_violation_ends_it(desk: AdDesk, ads: "Ads") -> None:
    change = approved(desk, ads)
    order(ads, "policy_violation")
    assert desk.executor().apply(change.id).state is _E.FAILED
    assert ads.applied() == []
