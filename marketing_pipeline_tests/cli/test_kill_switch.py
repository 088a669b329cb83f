"""`marketing pause` and `resume`: at once, of exactly one scope, and kept with who and why."""

from datetime import timedelta

import pytest

from marketing_pipeline.domain.hold import Hold
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import BRAND, Office, write_brand


def active(office: Office) -> list[Hold]:
    """The holds in force."""
    with office.work.database.read() as connection:
        return office.work.holds.active(connection)


@pytest.mark.parametrize(
    "scope",
    [(), ("--brand", BRAND), ("--channel", "instagram"), ("--brand", BRAND, "--channel", "instagram")],
)
def test_a_pause_stops_what_is_due_and_a_resume_lets_it_go(office: Office, run: Run, scope: tuple[str, ...]) -> None:
    office.step_to(office.queued().due_at)
    paused = run("pause", *scope, "--note", "a storm")
    assert paused.code == 0
    assert f"`{' '.join(('marketing resume', *scope))}`" in paused.out
    [hold] = active(office)
    assert (hold.actor, hold.note) == ("ana", "a storm")
    assert office.work.plane.ledger.claim_due("a worker", timedelta(minutes=1)) is None
    assert run("resume", *scope).out == "Resumed.\n"
    assert active(office) == []
    assert office.work.plane.ledger.claim_due("a worker", timedelta(minutes=1)) is not None


def test_other_channels_are_left_alone(office: Office, run: Run) -> None:
    office.step_to(office.queued().due_at)
    assert run("pause", "--channel", "google_ads").code == 0
    assert office.work.plane.ledger.claim_due("a worker", timedelta(minutes=1)) is not None


def test_pausing_twice_is_one_pause(office: Office, run: Run) -> None:
    run("pause", "--note", "first")
    again = run("pause", "--note", "second")
    assert (again.code, "first" in again.out) == (0, True)
    assert len(active(office)) == 1


def test_resuming_what_is_not_paused_says_so(office: Office, run: Run) -> None:
    said = run("resume")
    assert (said.code, said.out) == (0, "Nothing was paused.\n")


def test_a_wider_pause_is_named_when_it_still_holds(office: Office, run: Run) -> None:
    run("pause", "--note", "a storm")
    refused = run("resume", "--brand", BRAND)
    assert refused.code == 1
    assert "everything paused by ana (a storm): `marketing resume`" in refused.err
    run("pause", "--brand", BRAND)
    lifted = run("resume", "--brand", BRAND)
    assert lifted.code == 0
    assert "Still in force: everything paused by ana (a storm)" in lifted.out


def test_a_pause_works_while_the_brand_file_is_broken(office: Office, run: Run) -> None:
    write_brand(office.work.settings.brands, currency="pounds")
    assert run("pause", "--brand", BRAND).code == 0
    assert run("resume", "--brand", BRAND).code == 0


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("pause", "--brand", "tea_roon"), 1, "There is no brand 'tea_roon'"),
        (("resume", "--brand", "tea_roon"), 1, "There is no brand 'tea_roon'"),
        (("pause", "--channel", "instagran"), 2, "'instagran' is not one of"),
        (("pause", "now"), 2, "unexpected extra argument"),
    ],
)
def test_a_scope_that_does_not_exist_is_refused(
    office: Office, run: Run, words: tuple[str, ...], code: int, reason: str
) -> None:
    said = run(*words)
    assert (said.code, reason in said.words) == (code, True), said
    assert active(office) == []
