"""From findings to proposals: the model chooses, code keeps the figures, and nothing is proposed twice."""

import asyncio
from typing import Any

import pytest

from marketing_pipeline.agents.ads_analyst import rules
from marketing_pipeline.agents.connection import ModelSettings
from marketing_pipeline.agents.language_model import LanguageModel
from marketing_pipeline.domain.ad_advice import AdAdvice, AdChoice
from marketing_pipeline.domain.ad_analysis import AdAnalysis, analyse
from marketing_pipeline.domain.ad_candidate import candidates
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.week import Week
from marketing_pipeline.sandbox.server import SandboxConfig, SandboxServer
from marketing_pipeline.settings import AGENTS
from marketing_pipeline.store.ad_changes import AdChanges
from marketing_pipeline.store.control_plane import ControlPlane
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
    database: Database, brand: Brand, tmp_path: Any, found: AdAnalysis = FOUND
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
            return await propose_ad_changes(work, model, found, ControlPlane.of(database, b"key").ad_proposals)

    with SandboxServer(SandboxConfig(home=tmp_path, seed=7), clock) as server:
        return asyncio.run(propose(server.url)), calls


def test_the_sandbox_analyst_proposes_what_code_worked_out(database: Database, brand: Brand, tmp_path: Any) -> None:
    proposed, _ = run(database, with_policy(brand), tmp_path)
    stored = AdChanges(database, AuditNotes()).find()
    assert [change.id for change in stored] == list(proposed.recorded.stored) != []
    assert all(change.state is AdChangeState.AWAITING_APPROVAL and change.approval for change in stored)
    assert all(change.payload in [item.payload for item in CANDIDATES] for change in stored)
    again, _ = run(database, with_policy(brand), tmp_path / "again")
    assert again.recorded.stored == () and len(again.recorded.repeated) == len(stored)


def test_without_a_policy_nothing_is_proposed_and_nobody_is_asked(
    database: Database, brand: Brand, tmp_path: Any
) -> None:
    proposed, calls = run(database, with_policy(brand, None), tmp_path)
    assert proposed.advice is None and AdChanges(database, AuditNotes()).find() == ()
    assert not calls.opened
