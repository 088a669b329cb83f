"""Each kind of change through the genuine client: dry run, one mutation, read back, and back again by a rollback."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if not (find_spec("google") and find_spec("google.ads")):
    pytest.skip("the extra `ads` is not installed", allow_module_level=True)

from datetime import UTC, datetime

from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState, ApplyAdChange
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.store.ad_rollback import propose_rollback
from marketing_pipeline.store.home import Home
from marketing_pipeline_tests.channels.google_ads.changes import change, changes
from marketing_pipeline_tests.execution.ad_desk import AdDesk, ad_brand
from marketing_pipeline_tests.execution.ad_served_desk import open_desk

if TYPE_CHECKING:
    from marketing_pipeline_tests.sandbox.google_ads.served import Ads

NOON = datetime(2026, 6, 15, 11, tzinfo=UTC)
_K = AdChangeKind
_PAUSES = {_K.ENABLE_KEYWORD: _K.PAUSE_KEYWORD, _K.ENABLE_AD: _K.PAUSE_AD}


@pytest.fixture
def ads(marketing_home: Path, _migrated: Path) -> Iterator["Ads"]:
    """A small account with a campaign of each way of bidding, served beside a control plane."""
    from marketing_pipeline_tests.sandbox.google_ads.served import SMALL, serve

    home = Home(marketing_home)
    home.root.mkdir(parents=True)
    (home.root / "control_plane.sqlite").write_bytes(_migrated.read_bytes())
    home.clock().start_stepped(NOON)
    with serve(home.root, home.clock(), SMALL.model_copy(update={"campaigns": 3})) as served:
        yield served


@pytest.fixture
def desk(ads: "Ads", marketing_home: Path) -> Iterator[AdDesk]:
    opened = open_desk(marketing_home)
    opened.brand = ad_brand({"bid_ceiling": 200, "change_percent": 100})
    yield opened
    opened.database.close()


def _change(ads: "Ads", kind: AdChangeKind) -> ApplyAdChange:
    """One change of that kind; a bid is that of an ad group, since no keyword has one of its own."""
    if kind is not _K.SET_BID:
        return next(item for item in changes(ads) if item.change_kind is kind)
    [group, *_] = ads.rows("SELECT ad_group.resource_name, ad_group.cpc_bid_micros FROM ad_group")
    bid = group.ad_group.cpc_bid_micros
    return change(kind, group.ad_group.resource_name, str(bid), str(bid + 20_000))


@pytest.mark.parametrize("kind", list(AdChangeKind))
def test_a_kind_is_checked_set_once_read_back_and_taken_back(desk: AdDesk, ads: "Ads", kind: AdChangeKind) -> None:
    wanted = _change(ads, kind)
    if kind in _PAUSES:
        paused = change(_PAUSES[kind], wanted.resource, "ENABLED", "PAUSED")
        desk.platform.apply(paused)
    before = len(ads.sandbox.journal())
    made = desk.approved(wanted)
    assert desk.executor().apply(made.id).state is EffectState.SUCCEEDED, desk.effect(made).state_reason
    steps = [(str(entry.outcome), entry.validate_only) for entry in ads.sandbox.journal()[before:]]
    assert steps == [("validated", True), ("applied", False)]
    assert desk.platform.read_value(wanted) == wanted.after
    back = propose_rollback(desk.plane.ad_proposals, made.id, desk.brand, actor="ann", note="not wanted")
    desk.approve(back)
    assert desk.executor().apply(back.id).state is EffectState.SUCCEEDED, desk.effect(back).state_reason
    assert desk.platform.read_value(wanted) == wanted.before
    assert desk.change(made.id).state is AdChangeState.ROLLED_BACK


def test_a_keyword_with_a_bid_of_its_own_is_bid_for_by_itself(desk: AdDesk, ads: "Ads") -> None:
    keyword = ads.names("ad_group_criterion")[0]
    ads.mutate("AdGroupCriteria", ads.update("AdGroupCriterion", keyword, {"cpc_bid_micros": 500_000}))
    made = desk.approved(change(_K.SET_BID, keyword, "500000", "600000"))
    assert desk.executor().apply(made.id).state is EffectState.SUCCEEDED
    [row] = ads.rows(
        "SELECT ad_group_criterion.cpc_bid_micros FROM ad_group_criterion"
        f" WHERE ad_group_criterion.resource_name = '{keyword}'"
    )
    assert row.ad_group_criterion.cpc_bid_micros == 600_000


@pytest.mark.parametrize(
    ("kind", "strategy", "before", "after"),
    [
        (_K.SET_TARGET_ROAS, "MAXIMIZE_CONVERSIONS", "3", "3.5"),
        (_K.SET_TARGET_CPA, "MAXIMIZE_CONVERSION_VALUE", "8000000", "9000000"),
        (_K.SET_TARGET_CPA, "MANUAL_CPC", "8000000", "9000000"),
    ],
)
def test_a_target_of_another_way_of_bidding_is_refused_and_nothing_is_sent(
    desk: AdDesk, ads: "Ads", kind: AdChangeKind, strategy: str, before: str, after: str
) -> None:
    query = "SELECT campaign.resource_name FROM campaign WHERE campaign.bidding_strategy_type"
    [other, *_] = ads.rows(f"{query} = '{strategy}'")
    made = desk.approved(change(kind, other.campaign.resource_name, before, after))
    effect = desk.executor().apply(made.id)
    assert effect.state is EffectState.FAILED and strategy in effect.state_reason
    assert ads.sandbox.journal() == []
