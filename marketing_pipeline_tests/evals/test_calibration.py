"""Agreement with people: Cohen's kappa against values worked out by hand, and when nothing is said."""

import pytest
from sqlalchemy import insert

from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.evaluation import Level
from marketing_pipeline.domain.identifiers import ApprovalId
from marketing_pipeline.evals.calibration import Pair, calibrated
from marketing_pipeline.store import tables
from marketing_pipeline.store.human_labels import bar_and_people
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import BRAND, FIRST, REQUEST, SECOND, Office


def pairs(both_yes: int, both_no: int, only_rater: int, only_people: int) -> list[Pair]:
    return (
        [(True, True)] * both_yes
        + [(False, False)] * both_no
        + [(True, False)] * only_rater
        + [(False, True)] * only_people
    )


def approve(office: Office) -> None:
    office.work.decisions.decide(
        ApprovalId(REQUEST), Decision.APPROVE, actor="ana", source="console", note="", saw=ApprovalState.PENDING
    )


def test_kappa_and_its_interval() -> None:
    # By hand: agreement 0.80; by chance 0.55 * 0.55 + 0.45 * 0.45 = 0.505; (0.80 - 0.505) / 0.495 = 0.59596.
    found = calibrated("judge", pairs(45, 35, 10, 10))
    assert found.kappa == pytest.approx(0.59596, abs=1e-5)
    # The large-sample standard error is 0.0807, hence about 0.44 to 0.75.
    assert found.low == pytest.approx(0.44, abs=0.04) and found.high == pytest.approx(0.75, abs=0.04)
    assert found.agreement == pytest.approx(0.8)
    assert found.sentence().startswith("kappa 0.60 (0.")


def test_agreement_by_chance_is_no_agreement() -> None:
    assert calibrated("judge", pairs(25, 25, 25, 25)).kappa == pytest.approx(0)
    assert calibrated("judge", pairs(0, 0, 40, 40)).kappa == pytest.approx(-1)


@pytest.mark.parametrize("given", [(0, 0, 0, 0), (25, 24, 0, 0), (90, 9, 0, 0), (9, 90, 0, 0)])
def test_too_few_says_so(given: tuple[int, int, int, int]) -> None:
    found = calibrated("judge", pairs(*given))
    assert found.kappa is None
    assert found.sentence().startswith("too few to tell")


def test_a_rater_who_always_says_the_same_agrees_no_better_than_chance() -> None:
    assert calibrated("judge", pairs(40, 0, 20, 0)).kappa == pytest.approx(0)


def test_labels_come_from_peoples_decisions_alone(office: Office, run: Run) -> None:
    office.planned()
    office.awaiting(FIRST)
    office.queued(SECOND, Level.GOOD)
    approve(office)
    with office.work.database.read() as connection:
        found = bar_and_people(connection, office.brand.brand_id)
    # The second one went by policy, and nobody looked.
    assert found == ((False, True),)
    said = run("eval", "calibrate", "--brand", BRAND)
    assert said.code == 0 and "too few to tell: 1 decisions of at least 50" in said.words


def test_a_picture_that_a_person_wanted_otherwise_was_no_yes(office: Office) -> None:
    office.planned()
    office.awaiting(FIRST)
    with office.work.database.write() as connection:
        connection.execute(
            insert(tables.edit_examples).values(
                id="x1", brand=BRAND, post=FIRST, kind="regeneration", field="creative", before="", after="",
                note="too dark", lessons=[], actor="ana", created_at=office.work.clock.now(),
            )
        )  # fmt: skip
    approve(office)
    with office.work.database.read() as connection:
        assert bar_and_people(connection, office.brand.brand_id) == ((False, False),)
