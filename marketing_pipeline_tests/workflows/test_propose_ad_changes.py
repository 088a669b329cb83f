"""From findings to proposals: the model chooses, code keeps the figures, and nothing is proposed twice."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.agents.ads_analyst import rules
from marketing_pipeline.agents.connection import ModelSettings
from marketing_pipeline.agents.language_model import LanguageModel
from marketing_pipeline.domain.ad_advice import AdAdvice, AdChoice
from marketing_pipeline.domain.ad_analysis import analyse
from marketing_pipeline.domain.ad_candidate import candidates
from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeProposal, AdChangeState
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.errors import RefusedTransition
from marketing_pipeline.domain.week import Week
from marketing_pipeline.sandbox.server import SandboxConfig, SandboxServer
from marketing_pipeline.settings import AGENTS
from marketing_pipeline.store.ad_changes import AdChanges
from marketing_pipeline.store.database import Database
from marketing_pipeline.workflows.brand_week import BrandWeek
from marketing_pipeline.workflows.propose_ad_changes import ProposedAdChanges, propose_ad_changes
from marketing_pipeline_tests.agents.scripted_messages import CallList
from marketing_pipeline_tests.domain.ad_accounts import POLICY, account, term_days
from marketing_pipeline_tests.fixtures import NOW, AuditNotes

TERMS = (*term_days("art prints jobs", 300, 0), *term_days("art prints uk", 900, 45))
FOUND = analyse(account(term_days=TERMS), POLICY)
CANDIDATES = candidates(FOUND, POLICY)


def with_policy(brand: Brand, policy: Any = POLICY) -> Brand:
    return brand.model_copy(update={"policies": brand.policies.model_copy(update={"ads": policy})})


def proposal(brand: Brand, after: str = "PHRASE:jobs", **changes: Any) -> AdChangeProposal:
    made = CANDIDATES[0].proposal(brand.brand_id, "2026-11-16", "It never converts at all.", NOW, POLICY)
    payload = made.payload.model_copy(update={"after": after})
    return made.model_copy(update={"payload": payload, **changes})


def test_an_identical_open_proposal_is_not_repeated(database: Database, brand: Brand) -> None:
    notes = AuditNotes()
    changes = AdChanges(database, notes)
    assert changes.record([proposal(brand, id="one")]).stored == ("one",)
    again = changes.record([proposal(brand, id="another")])
    assert (again.stored, again.repeated) == ((), ("one",))
    assert notes.actions == ["ad_change.proposed"]


def _budget(brand: Brand, after: int, **changes: Any) -> AdChangeProposal:
    made = proposal(brand)
    payload = made.payload.model_copy(
        update={
            "change_kind": AdChangeKind.SET_BUDGET,
            "resource": "customers/1234567890/campaignBudgets/1",
            "field": "amount_micros",
            "before": "40000000",
            "after": str(after),
        }
    )
    return AdChangeProposal.model_validate({**made.model_dump(), "payload": payload.model_dump(mode="json"), **changes})


def test_a_newer_value_replaces_the_older_proposal(database: Database, brand: Brand) -> None:
    notes = AuditNotes()
    changes = AdChanges(database, notes)
    changes.record([_budget(brand, 44_000_000, id="old")])
    assert changes.record([_budget(brand, 36_000_000, id="new")]).superseded == ("old",)
    assert changes.get("old").state is AdChangeState.SUPERSEDED
    assert changes.get("new").state is AdChangeState.PROPOSED
    assert notes.actions == ["ad_change.proposed", "ad_change.superseded", "ad_change.proposed"]


def test_two_negative_keywords_of_a_campaign_do_not_replace_each_other(database: Database, brand: Brand) -> None:
    changes = AdChanges(database, AuditNotes())
    changes.record([proposal(brand)])
    assert changes.record([proposal(brand, "PHRASE:clipart", id="other")]).superseded == ()
    assert len(changes.find(states=[AdChangeState.PROPOSED])) == 2


def test_a_lapsed_proposal_does_not_stand_in_the_way(database: Database, brand: Brand) -> None:
    changes = AdChanges(database, AuditNotes())
    changes.record([proposal(brand, id="old")])
    later: dict[str, Any] = {"proposed_at": NOW + timedelta(days=9), "expires_at": NOW + timedelta(days=12)}
    assert changes.record([proposal(brand, "PHRASE:jobs", id="new", **later)]).stored == ("new",)
    assert changes.get("old").state is AdChangeState.EXPIRED


def test_a_step_that_is_not_drawn_is_refused_and_leaves_no_audit_row(database: Database, brand: Brand) -> None:
    notes = AuditNotes()
    changes = AdChanges(database, notes)
    changes.record([proposal(brand, id="one")])
    with pytest.raises(RefusedTransition):
        changes.move("one", AdChangeState.APPLIED, reason="no", actor="somebody")
    assert notes.actions == ["ad_change.proposed"]


@pytest.mark.parametrize(
    ("choices", "rule"),
    [
        ([("c-invented", "Double the budget at once.")], "a_candidate"),
        ([(CANDIDATES[0].id, "It wastes the money."), (CANDIDATES[0].id, "It wastes the money.")], "named_once"),
        ([(CANDIDATES[0].id, "It will save 4711 pounds a day.")], "figures_are_given"),
    ],
)
def test_the_model_can_invent_nothing(choices: list[tuple[str, str]], rule: str) -> None:
    advice = AdAdvice(
        account_summary="The account stands as it stood last week.",
        choices=tuple(AdChoice(candidate=name, reason=reason) for name, reason in choices),
    )
    assert [item.rule for item in rules(CANDIDATES)(advice)] == [rule]


def run(
    database: Database, brand: Brand, tmp_path: Any, fault: str | None = None
) -> tuple[ProposedAdChanges, CallList]:
    calls, clock = CallList(), SteppedClock(NOW)
    work = BrandWeek(brand, Week.parse("2026-11-16"), database, AuditNotes(), clock)

    async def propose(url: str) -> ProposedAdChanges:
        connection = ModelSettings.model_validate(
            {
                "base_url": f"{url}/anthropic",
                "api_key": "sandbox-models",
                "provider": "sandbox",
                "models": dict.fromkeys(AGENTS, "claude-sonnet-5-5"),
            }
        )
        async with LanguageModel(connection, clock, calls) as model:
            return await propose_ad_changes(work, model, FOUND)

    with SandboxServer(SandboxConfig(home=tmp_path, seed=7), clock) as server:
        return asyncio.run(propose(server.url)), calls


def test_the_sandbox_analyst_proposes_what_code_worked_out(database: Database, brand: Brand, tmp_path: Any) -> None:
    proposed, _ = run(database, with_policy(brand), tmp_path)
    stored = AdChanges(database, AuditNotes()).find()
    assert [change.id for change in stored] == list(proposed.recorded.stored) != []
    assert all(change.payload in [item.payload for item in CANDIDATES] for change in stored)
    again, _ = run(database, with_policy(brand), tmp_path / "again")
    assert again.recorded.stored == () and len(again.recorded.repeated) == len(stored)


def test_without_a_policy_nothing_is_proposed_and_nobody_is_asked(
    database: Database, brand: Brand, tmp_path: Any
) -> None:
    proposed, calls = run(database, with_policy(brand, None), tmp_path)
    assert proposed.advice is None and AdChanges(database, AuditNotes()).find() == ()
    assert not calls.opened
