"""Questions about an ad account and changes asked for in a chat, on an account that was read from a served sandbox."""

import json
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

if not (find_spec("google") and find_spec("google.ads")):
    pytest.skip("the extra `ads` is not installed", allow_module_level=True)

from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState
from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.conversation import ToolOutcome
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.store.ad_change_row import AdChange, get_ad_change, list_ad_changes
from marketing_pipeline.store.ad_effect_rows import list_ad_effects
from marketing_pipeline_tests.cli.office import BRAND, Office, write_brand
from marketing_pipeline_tests.conversation.chatting import ANA, heard, said, tools
from marketing_pipeline_tests.conversation.test_tools import used
from marketing_pipeline_tests.execution.ad_desk import AdDesk, MemoryAds, ad_brand, budget_change
from marketing_pipeline_tests.sandbox.google_ads.served import SMALL
from marketing_pipeline_tests.sandbox.model_service import ModelService
from marketing_pipeline_tests.sandbox.tea_room import MONDAY
from marketing_pipeline_tests.workflows.ad_accounts import desk as collecting
from marketing_pipeline_tests.workplace.people_at_work import APPROVER, told

PRINTS, POSTERS, ENDED = "Search | Art prints | 1", "Search | Framed posters | 2", "Search | Botanical prints | 3"
ACCOUNT = SMALL.model_copy(update={"history_days": 90})
REASON = "Ana asked for it in the chat"


@dataclass(frozen=True)
class Read:
    """A warehouse that holds the account's 90 days, and its first two budgets."""

    folder: Path
    prints: tuple[str, int]
    posters: tuple[str, int]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Reads the account once for all tests."""
    home = tmp_path_factory.mktemp("ads")
    with collecting(home, SteppedClock(MONDAY), ACCOUNT) as opened:
        prints, posters = sorted(opened.ads.budgets().items())
        [collected] = opened.collect(ad_brand())
        assert collected.problem is None
    return Read(home / "warehouse", prints, posters)


def written(brands: Path, brand: Brand) -> None:
    """The brand's file with its channels and policies."""
    policies = brand.policies.model_dump(mode="json")
    write_brand(brands, channels=brand.channels.model_dump(mode="json"), policies=policies)


@pytest.fixture
def account(office: Office, brands: Path, read: Read) -> Office:
    """The tea room with that account."""
    written(brands, ad_brand())
    shutil.copytree(read.folder, office.work.home.warehouse, dirs_exist_ok=True)
    return office


def data_of(told: str) -> dict[str, Any]:
    """The trusted part of an answer."""
    return json.loads(told.partition('<data name="answer">\n')[2].partition("\n</data>")[0])


def asked(office: Office, kind: str, target: str, **more: Any) -> AdChange:
    """A change that is proposed in a chat."""
    answer = used(office, "propose_ad_change", kind=kind, target=target, reason=REASON, **more)
    assert answer.outcome is ToolOutcome.OK, answer.told
    request = data_of(answer.told)["request"]
    with office.work.database.read() as connection:
        [change] = [each for each in list_ad_changes(connection, brand=BRAND) if each.approval == request]
    assert change.state is AdChangeState.AWAITING_APPROVAL and change.effect is None
    return change


def test_the_account_at_a_glance(account: Office) -> None:
    answer = used(account, "ads_overview")
    data = data_of(answer.told)
    assert (data["brand"], data["currency"], data["until"], data["may_be_changed"]) == (
        BRAND,
        "GBP",
        "2026-11-16",
        True,
    )
    first = data["campaigns"][0]
    assert first["daily_budget"] > 0 and first["cost_28_days"] > 500 and first["conversions_28_days"] > 20
    month = data["month"]
    low, high = month["interval_90_percent"]
    assert month["spent"] < low <= month["expected_at_its_end"] <= high
    assert data["suggested_by_the_figures"]
    for item in data["suggested_by_the_figures"]:
        forecast = item["forecast"]
        assert forecast["low"] <= forecast["expected"] <= forecast["high"]
        assert forecast["metric"] in ("conversions", "cost in GBP") and abs(forecast["expected"]) < 10_000
    trusted, _, outside = answer.told.partition("<untrusted")
    assert PRINTS not in trusted and PRINTS in outside, "names come from outside"


@pytest.mark.parametrize("wish", [{"percent": 10}, {"amount": 90.2}], ids=["by a step", "to an amount"])
def test_a_budget_is_asked_for_where_its_response_is_known(account: Office, read: Read, wish: dict[str, Any]) -> None:
    change = asked(account, "set_budget", "art prints", **wish)
    payload, forecast = change.payload, change.forecast
    assert (payload.before, payload.after) == (str(read.prints[1]), "90200000")
    assert forecast.metric == "conversions" and forecast.expected > 0
    assert forecast.low <= forecast.expected <= forecast.high
    assert change.reason == REASON and {row["figure"] for row in change.evidence} >= {"weeks behind the curve"}
    assert told(account, "approval.requested") == [("approval.requested", "ana", change.approval)]
    again = used(account, "propose_ad_change", kind="set_budget", target=PRINTS, reason=REASON, **wish)
    assert "proposed before" in again.told


def test_less_money_is_forecast_to_bring_less(account: Office) -> None:
    change = asked(account, "set_budget", PRINTS, percent=-10)
    assert change.forecast.low <= change.forecast.expected < 0


@pytest.mark.parametrize(("kind", "target"), [("pause_keyword", "buy art prints"), ("pause_ad", "707890000006")])
def test_a_pause_saves_what_it_cost_lately(account: Office, kind: str, target: str) -> None:
    change = asked(account, kind, target)
    assert (change.payload.before, change.payload.after) == ("ENABLED", "PAUSED")
    assert change.forecast.metric == "cost_micros"
    assert change.forecast.low < change.forecast.expected < change.forecast.high <= 0
    assert any(row["value"] for row in change.evidence)
    shown = data_of(used(account, "show_ad_change", change=change.id).told)["forecast"]
    assert shown["metric"] == "cost in GBP" and -5_000 < shown["expected"] < 0


def test_what_the_figures_suggest_is_proposed_with_their_evidence(account: Office) -> None:
    suggested = data_of(used(account, "ads_overview").told)["suggested_by_the_figures"]
    pause = next(item for item in suggested if item["kind"] == AdChangeKind.PAUSE_KEYWORD)
    change = asked(account, pause["kind"], pause["candidate"])
    assert change.evidence and change.payload.after == "PAUSED"


def test_a_person_lets_it_through_and_nothing_is_sent_before_the_account_is_read(account: Office) -> None:
    change = asked(account, "set_budget", PRINTS, percent=10)
    seen = account.work.gate.asked(ANA, str(change.approval))
    settled = account.work.gate.decide(
        APPROVER, seen.id, Decision.APPROVE, note="yes", saw=seen.state, fingerprint=seen.fingerprint
    )
    assert settled.state is ApprovalState.APPROVED and "could not be compared now" in settled.warning
    with account.work.database.read() as connection:
        assert get_ad_change(connection, change.id).state is AdChangeState.APPROVED
        [effect] = list_ad_effects(connection, subject=change.id)
    assert effect.state is EffectState.QUEUED


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("unknown campaign", {"kind": "set_budget", "target": "Teapots", "percent": 10}, "names no campaign"),
    ("two campaigns", {"kind": "set_budget", "target": "Search", "percent": 10}, "names more than one campaign"),
    ("blank target", {"kind": "set_budget", "target": " ", "percent": 10}, "names no campaign"),
    ("blank keyword", {"kind": "pause_keyword", "target": " "}, "names no running keyword"),
    ("both amounts", {"kind": "set_budget", "target": PRINTS, "percent": 5, "amount": 90}, "How much is not clear"),
    ("no change", {"kind": "set_budget", "target": PRINTS, "percent": 0}, "Nothing would change"),
    ("down to nothing", {"kind": "set_budget", "target": PRINTS, "percent": -100}, "nothing would be left"),
    ("beyond the cap", {"kind": "set_budget", "target": PRINTS, "percent": 60}, "50"),
    ("above the ceiling", {"kind": "set_budget", "target": PRINTS, "amount": 5000}, "cap"),
    ("not running", {"kind": "set_budget", "target": ENDED, "percent": 10}, "too little is known"),
    ("a candidate and an amount", {"kind": "set_budget", "target": "c-38f650bc", "percent": 5}, "names no campaign"),
    ("unknown keyword", {"kind": "pause_keyword", "target": "green tea"}, "names no running keyword"),
    ("two ads", {"kind": "pause_ad", "target": "Art prints online"}, "names more than one running ad"),
    ("nothing speaks for it", {"kind": "add_negative_keyword", "target": "free"}, "The figures do not speak for"),
    ("no kind", {"kind": "pause_campaign", "target": PRINTS}, "kind"),
    ("no reason", {"kind": "set_budget", "target": PRINTS, "percent": 10, "reason": "so"}, "reason"),
    ("other brand", {"kind": "set_budget", "target": PRINTS, "percent": 10, "brand": "bakery"}, "There is no brand"),
]


@pytest.mark.parametrize(("wish", "why"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_be_proposed_is_refused_with_the_reason(account: Office, wish: dict[str, Any], why: str) -> None:
    refused = used(account, "propose_ad_change", ANA, **{"reason": REASON, **wish})
    assert refused.outcome is ToolOutcome.REFUSED and why in refused.told, refused.told
    with account.work.database.read() as connection:
        assert list_ad_changes(connection, brand=BRAND) == []


def test_what_was_changed_lately_rests(account: Office, read: Read) -> None:
    (name, now), clock = read.posters, account.work.clock
    desk = AdDesk(account.work.database, clock, MemoryAds(clock, **{name: str(now)}))
    desk.plane = account.work.plane
    desk.ledger, desk.decisions = desk.plane.ad_ledger, desk.plane.ad_decisions
    change = desk.approved(budget_change(now, now + 10 * MICROS, resource=name))
    desk.executor().apply(change.id)
    assert desk.change(change.id).state is AdChangeState.APPLIED
    wish = {"kind": "set_budget", "target": POSTERS, "percent": 10, "reason": REASON}
    refused = used(account, "propose_ad_change", ANA, **wish).told
    assert "was changed less than 7 days ago" in refused, refused


def test_how_much_is_asked_back_where_the_figures_suggest_nothing(account: Office) -> None:
    data = data_of(used(account, "ads_overview").told)["suggested_by_the_figures"]
    suggested = [item for item in data if item["kind"] == "set_budget"]
    for item in suggested:
        asked(account, "set_budget", item["candidate"])
    wish: dict[str, Any] = {"kind": "set_budget", "target": ENDED, "reason": REASON}
    assert "too little is known" in used(account, "propose_ad_change", ANA, **wish).told


def test_without_a_policy_or_a_reading_nothing_is_proposed(account: Office, brands: Path) -> None:
    wish: dict[str, Any] = {"kind": "set_budget", "target": PRINTS, "percent": 10, "reason": REASON}
    brand = ad_brand()
    written(brands, brand.model_copy(update={"policies": brand.policies.model_copy(update={"ads": None})}))
    with Office.open().work as work:
        without = Office(work)
        assert "no policy for ads" in used(without, "propose_ad_change", ANA, **wish).told
        assert data_of(used(without, "ads_overview").told)["may_be_changed"] is False
    shutil.rmtree(account.work.home.warehouse)
    with Office.open().work as work:
        assert "was not read yet" in used(Office(work), "ads_overview").told


def test_the_chat_looks_the_account_up_and_proposes(model: ModelService, account: Office) -> None:
    events = heard(account, "How do the ads pace?")
    assert tools(events) == [("ads_overview", "ok")] and "3000.0 GBP spent" in said(events)
    events = heard(account, f'Raise the budget of "{PRINTS}" by 10 %')
    assert tools(events) == [("propose_ad_change", "ok")], said(events)
    with account.work.database.read() as connection:
        [change] = list_ad_changes(connection, brand=BRAND)
    assert f"/approvals/{change.approval}" in said(events) and change.payload.after == "90200000"
