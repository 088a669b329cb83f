"""`marketing run week`: what is refused before anything is begun."""

from pathlib import Path

import pytest

from marketing_pipeline.assets.partitions import known_weeks
from marketing_pipeline.cli.run import tell_what_blocks
from marketing_pipeline.store.model_calls import ModelCalls
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import BRAND, Office


@pytest.mark.parametrize("side", [0, 1])
def test_a_week_that_dagster_does_not_know_is_refused_with_the_range(
    marketing_home: Path, brands: Path, run: Run, side: int
) -> None:
    ends = known_weeks()
    outside = ends[side].plus((-1, 1)[side])
    said = run("run", "week", "--brand", "tea_room", "--week", outside.key)
    assert said.code == 2
    assert f"{ends[0].key} to {ends[1].key}" in said.words
    assert not marketing_home.exists()


def restored(office: Office) -> None:
    with office.work.database.write() as connection:
        office.work.plane.reconciliations.begin(connection, reason="restored from monday", actor="ana")


def test_while_effects_are_blocked_no_model_is_asked(office: Office, run: Run, marketing_home: Path) -> None:
    restored(office)
    week = known_weeks()[1].key
    said = run("run", "week", "--brand", BRAND, "--week", week)
    assert said.code == 1
    assert "restored from monday" in said.err and "`marketing reconcile`" in said.err and "With --yes" in said.err
    assert ModelCalls(office.work.database).of_week(BRAND, week) == ()
    assert not (marketing_home / "dagster").exists()


def test_who_wants_the_week_all_the_same_is_warned(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    restored(office)
    tell_what_blocks(office.work, BRAND, yes=True)
    warned = capsys.readouterr().err
    assert "restored from monday" in warned and "`marketing reconcile`" in warned


@pytest.mark.parametrize(
    ("scope", "warned"),
    [
        ((), "everything paused by ana"),
        (("--brand", BRAND), f"{BRAND} paused by ana"),
        (("--channel", "instagram"), "instagram paused by ana"),
        (("--channel", "google_ads"), ""),
    ],
)
def test_a_pause_that_keeps_posts_back_is_told_with_the_way_to_lift_it(
    office: Office, run: Run, capsys: pytest.CaptureFixture[str], scope: tuple[str, ...], warned: str
) -> None:
    assert run("pause", *scope).code == 0
    tell_what_blocks(office.work, BRAND, yes=False)
    said = capsys.readouterr().err
    assert warned in said
    lift = " ".join(("marketing resume", *scope))
    assert (f"waits until `{lift}`" in said) is bool(warned)
