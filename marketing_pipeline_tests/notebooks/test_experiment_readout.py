"""The readout of one comparison: it answers what was asked, and says so where nothing is known."""

from pathlib import Path

import pytest
from sqlalchemy import update

from marketing_pipeline.domain.experiment import ExperimentState
from marketing_pipeline.domain.experiment_arm import Arm
from marketing_pipeline.store import tables
from marketing_pipeline_tests.domain.trials import an_experiment
from marketing_pipeline_tests.notebooks.running import pictures, read, run, words
from marketing_pipeline_tests.store.warehouse_history import FIRST, NOW, TeaRoom, busy_tea_room, tea_room

NAME = "experiment_readout"


def _question(*levels: str, first_week: str = "", metric: str = "likes") -> dict[str, str]:
    return {
        "question": f'BRAND, METRIC, FACTOR = "", "{metric}", "hook"\nLEVELS = {levels!r}\n'
        f'FIRST_WEEK, LAST_WEEK = "{first_week}", ""'
    }


def _alternate(room: TeaRoom, likes: tuple[int, int]) -> None:
    """Hooks take turns from post to post, and so do their likes, with a little scatter."""
    with room.database.write() as connection:
        posts = connection.execute(tables.posts.select().order_by(tables.posts.c.id)).all()
        for number, post in enumerate(posts):
            hook = ("question", "claim")[number % 2]
            changed = {"hook": hook, "updated_at": NOW}
            connection.execute(update(tables.posts).where(tables.posts.c.id == post.id).values(**changed))
            seen = {"likes": likes[number % 2] + number, "updated_at": NOW}
            of_post = tables.insight_snapshots.c.post == post.id
            connection.execute(update(tables.insight_snapshots).where(of_post).values(**seen))


def _experiment(room: TeaRoom) -> None:
    """Two posts after each other are a pair of an experiment that has been decided."""
    stated = an_experiment(against="claim", state=ExperimentState.DECIDED, ended_at=NOW, state_reason="decided")
    with room.database.write() as connection:
        connection.execute(tables.experiments.insert().values(**stated.model_dump()))
        posts = connection.execute(tables.posts.select().order_by(tables.posts.c.id)).all()
        rows = [
            {
                "experiment": stated.id,
                "post": post.id,
                "block": number // 2 + 1,
                "arm": tuple(Arm)[number % 2],
                "level": ("question", "claim")[number % 2],
                "expected": 0.0,
                "drawn_at": post.scheduled_at,
                "drawn_slot": post.slot,
                "created_at": NOW,
            }
            for number, post in enumerate(posts)
        ]
        connection.execute(tables.experiment_posts.insert(), rows)


def test_a_stored_experiment_is_read_first(marketing_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = busy_tea_room(marketing_home)
    _alternate(room, (900, 100))
    _experiment(room)
    shown = run(NAME, room, monkeypatch, _question("question", "claim"))
    stored = words(shown["stored"])
    assert "question brings more likes than claim" in stored and "decided" in stored and "8 of 20" in stored
    assert len(pictures(shown["stored-chart"])) == 1
    assert "| format |" in words(shown["stored-balance"]) and "| hook |" not in words(shown["stored-balance"])
    assert "9 against 8 posts" in words(shown["answer"])


def test_it_is_kept_without_outputs_and_states_its_question_first() -> None:
    cells = read(NAME)["cells"]
    assert all(cell.get("outputs", []) == [] and cell.get("execution_count") is None for cell in cells)
    assert next(cell["id"] for cell in cells if cell["cell_type"] == "code") == "question"


def test_a_clear_difference_is_told(marketing_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = busy_tea_room(marketing_home)
    _alternate(room, (200, 100))
    shown = run(NAME, room, monkeypatch, _question("question", "claim"))
    assert "No experiment was stated" in words(shown["stored"])
    answer = words(shown["answer"])
    # 17 posts are measured to their end: the first of each pair asks a question.
    assert "question brings more likes" in answer and "9 against 8 posts" in answer
    assert "Does **hook question** bring more likes than **claim**?" in words(shown["open"])
    assert len(pictures(shown["chart"])) == 1
    assert "| pillar |" in words(shown["balance"]) and "| hook |" not in words(shown["balance"])


def test_no_difference_is_not_known_yet(marketing_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = busy_tea_room(marketing_home)
    _alternate(room, (100, 100))
    shown = run(NAME, room, monkeypatch, _question("", ""))
    assert "Not known yet" in words(shown["answer"]) and "includes no difference" in words(shown["answer"])


def test_too_few_posts_are_not_known_yet(marketing_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = busy_tea_room(marketing_home)
    _alternate(room, (200, 100))
    shown = run(NAME, room, monkeypatch, _question("question", "claim", first_week=FIRST.plus(3).key))
    assert "Not known yet" in words(shown["answer"]) and "3 of each level are needed" in words(shown["answer"])
    assert pictures(shown["chart"]) == []


def test_as_it_is_kept_it_runs_on_a_real_and_on_an_empty_warehouse(
    marketing_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run(NAME, busy_tea_room(marketing_home), monkeypatch)
    assert "bring more engagement than" in words(shown["open"])
    monkeypatch.setenv("MARKETING_HOME", str(tmp_path / "empty"))
    for name, outputs in run(NAME, tea_room(tmp_path / "empty"), monkeypatch).items():
        assert pictures(outputs) == [] and (words(outputs) or name == "question"), name
