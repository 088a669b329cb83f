"""What the demo relies on in its ad account: time alone ends a proposal, and the operator decides twice, once."""

from datetime import timedelta
from typing import cast

from dagster import DagsterInstance

from marketing_pipeline.cli.demo_ads import OPERATOR, DemoAds
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.ad_change_row import next_lapse_at
from marketing_pipeline.store.ad_sweep import AdSweep
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.cli.office import Office
from marketing_pipeline_tests.execution.ad_desk import BUDGET, POUND, AdDesk, budget_change

_A = AdChangeState


def next_lapse(workplace: Workplace) -> object:
    with workplace.database.read() as connection:
        return next_lapse_at(connection)


def test_a_proposal_whose_time_is_over_is_due_for_a_drain_whose_sweep_ends_it(desk: AdDesk, office: Office) -> None:
    change = desk.propose(hours=48)
    assert (next_lapse(office.work), office.work.due_effects()) == (change.expires_at, ())
    office.work.clock.sleep(timedelta(hours=48).total_seconds())
    assert office.work.due_effects() == (change.id,)
    AdSweep(office.work.plane.ad_ledger, office.work.brands).run()
    assert desk.change(change.id).state is _A.EXPIRED
    assert (next_lapse(office.work), office.work.due_effects()) == (None, ())


def test_the_operator_approves_the_largest_cut_and_rejects_one_and_leaves_the_rest(
    desk: AdDesk, office: Office
) -> None:
    amounts = {"1": (20, 26), "2": (20, 12), "3": (20, 22)}
    changes = {
        name: desk.propose(budget_change(before * POUND, after * POUND, resource=f"{BUDGET}{name}"))
        for name, (before, after) in amounts.items()
    }
    # No run is made here, so Dagster's history is not asked.
    ads = DemoAds(office.work, desk.brand, Week.parse("2026-11-16"), cast(DagsterInstance, None))
    desk.propose(budget_change(20 * POUND, 11 * POUND), hours=1)
    office.work.clock.sleep(3600)
    ads.decide()
    ads.decide()
    states = {name: desk.change(change.id).state for name, change in changes.items()}
    assert states == {"1": _A.REJECTED, "2": _A.APPROVED, "3": _A.AWAITING_APPROVAL}
    with office.work.database.read() as connection:
        asked = desk.change(changes["2"].id).approval
        assert asked is not None
        last = office.work.approvals.rows_of(connection, asked)[-1]
    assert (last.actor, bool(last.note)) == (OPERATOR, True)
