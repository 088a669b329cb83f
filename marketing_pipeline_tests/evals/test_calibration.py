"""Agreement with people: Cohen's kappa against values worked out by hand, and when nothing is said."""

import pytest
from sqlalchemy import insert, select

from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.evaluation import Level
from marketing_pipeline.domain.identifiers import ApprovalId
from marketing_pipeline.evals.calibration import Pair, calibrated
from marketing_pipeline.evals.caption_labels import agrees, changed_share, reviewed
from marketing_pipeline.store import tables
from marketing_pipeline.store.human_labels import bar_and_people, captions_and_people
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


@pytest.mark.parametrize(
    ("written", "stood", "share"),
    [
        ("A thick rim keeps tea warm.", "A thick rim keeps tea warm.", 0),
        ("A thick rim keeps tea warm.", "A thick rim keeps the tea warm", 1 / 7),
        ("A thick rim keeps tea warm.", "A THICK rim keeps tea warm!", 0),
        ("one two three", "four five six", 1),
        ("", "", 0),
    ],
)
def test_how_much_of_a_caption_was_changed(written: str, stood: str, share: float) -> None:
    assert changed_share(written, stood) == pytest.approx(share)


def test_what_people_made_of_captions_is_counted() -> None:
    long = "one two three four five six seven eight nine ten"
    seen = reviewed(
        [(long, long, True), (long, f"{long} more", True), (long, "one two", True), (long, long, False)] * 2
    )
    assert (seen.decided, seen.refused, seen.as_written, seen.agreed) == (8, 2, 2, 4)
    assert seen.changed == pytest.approx((1 / 11, 1 / 11, 0.8, 0.8))
    assert seen.sentence().startswith("2 of 8 captions were approved as written (7% to 59%), 2 refused, 4 changed")
    assert agrees(long, f"{long} more", approved=True)
    assert not agrees(long, f"{long} more", approved=False) and not agrees(long, "one two", approved=True)
    assert reviewed([]).sentence() == "nobody has decided about a caption yet"


@pytest.mark.usefixtures("model")
def test_a_caption_that_a_person_edited_and_approved_is_a_label(office: Office, run: Run) -> None:
    office.planned()
    office.awaiting(FIRST)
    with office.work.database.write() as connection:
        chosen = select(tables.post_variations.c.caption).where(
            tables.post_variations.c.post == FIRST, tables.post_variations.c.chosen
        )
        [written] = connection.execute(chosen).scalars()
        for number, (before, after) in enumerate(
            [(written, "Quite other words."), ("Quite other words.", "And again.")]
        ):
            connection.execute(
                insert(tables.edit_examples).values(
                    id=f"e{number}", brand=BRAND, post=FIRST, kind="edit", field="caption", before=before, after=after,
                    note="", lessons=[], actor="ana", created_at=office.work.clock.now(),
                )
            )  # fmt: skip
    approve(office)
    with office.work.database.read() as connection:
        [label] = captions_and_people(connection, office.brand.brand_id)
    assert (label.written, label.stood, label.approved) == (written, "And again.", True)
    said = run("eval", "calibrate", "--brand", BRAND, "--judge")
    assert said.code == 0, said.words
    assert "copywriter: 0 of 1 captions were approved as written" in said.words
    assert "judge of voice: too few to tell: 1 decisions of at least 50" in said.words
