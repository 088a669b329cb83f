"""From what was learnt to the posts behind it, at the terminal."""

from pathlib import Path

import pytest

from marketing_pipeline.domain.learning import FactorEffect
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.learnings import latest_learnings
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import BRAND
from marketing_pipeline_tests.store.warehouse_history import FIRST, NOW, TeaRoom, busy_tea_room


@pytest.fixture
def room(marketing_home: Path, brands: Path, monkeypatch: pytest.MonkeyPatch) -> TeaRoom:
    """The tea room after four published weeks."""
    del brands
    monkeypatch.setenv("MARKETING_SANDBOX_SEED", "1")
    made = busy_tea_room(marketing_home)
    Home(marketing_home).clock().start_stepped(NOW)
    return made


def known(room: TeaRoom) -> FactorEffect:
    """The newest effect that is known."""
    recorded = latest_learnings(room.database, BRAND)
    assert recorded is not None
    return next(effect for effect in recorded.learnings.effects if effect.known)


def test_the_list_says_what_is_known_and_what_is_not(room: TeaRoom, run: Run) -> None:
    effect = known(room)
    said = run("learnings", "list", "--brand", BRAND).words
    assert f"{effect.low:.2f} to {effect.high:.2f}" in said
    assert "not known yet" in said
    assert "The coming week" in said or "Better and worse weeks: not known yet" in said


def test_an_effect_leads_to_every_post_behind_it(room: TeaRoom, run: Run) -> None:
    effect = known(room)
    said = run("learnings", "show", effect.factor, effect.level, "--brand", BRAND).words
    assert effect.sentence() in said
    assert effect.evidence and all(post in said for post in effect.evidence)
    told = run("learnings", "show", effect.factor, effect.level, "--brand", BRAND, "--json").json
    assert tuple(told["evidence"]) == effect.evidence


def test_what_was_known_before_a_plan_is_what_its_week_names(room: TeaRoom, run: Run) -> None:
    weeks = [FIRST.plus(number).key for number in (2, 3)]
    told = [run("learnings", "list", "--brand", BRAND, "--week", week, "--json").json for week in weeks]
    assert [recorded["learnings"]["week"] for recorded in told] == weeks


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("show", "pillar", "gardening"), "Nothing is known of pillar gardening"),
        (("list", "--week", "2020-01-06"), "Nothing was learnt of tea_room by the week of 2020-01-06"),
    ],
)
def test_what_was_never_learnt_is_refused(room: TeaRoom, run: Run, words: tuple[str, ...], refusal: str) -> None:
    ran = run("learnings", *words, "--brand", BRAND)
    assert ran.code == 1 and refusal in ran.words
