"""Commands that look, or act on what is there, make no home; those that begin something do."""

import socket
from pathlib import Path

import pytest

from marketing_pipeline_tests.cli.command_line import Run, row

NEED_A_HOME = (
    ("status",),
    ("posts", "list"),
    ("posts", "show", "x"),
    ("posts", "hold", "x", "--note", "wait"),
    ("posts", "edit", "x", "--caption", "y", "--note", "z"),
    ("rules", "list"),
    ("ads", "list"),
    ("ads", "show", "x"),
    ("approvals", "list"),
    ("approvals", "approve", "x"),
    ("effects", "list"),
    ("alerts", "list"),
    ("tokens", "list"),
    ("users", "list"),
    ("users", "disable", "ben"),
    ("api-tokens", "list"),
    ("pause",),
    ("resume",),
    ("audit", "list"),
    ("audit", "verify"),
    ("backup", "--to", "backups"),
    ("reconcile",),
    ("prune", "--dry-run"),
    ("chat", "what waits?"),
    ("mcp",),
)
NEED_A_SNAPSHOT = (("sql", "SELECT 1"), ("export", "--to", "figures"))
REFUSED = (
    ("run", "week", "--brand", "nobody", "--week", "2026-11-23"),
    ("demo", "--brand", "nobody"),
    ("restore", "backups/nothing", "--yes"),
    ("login-link",),
)


@pytest.mark.parametrize("words", NEED_A_HOME, ids=" ".join)
def test_without_a_home_a_command_says_so_and_makes_none(
    marketing_home: Path, brands: Path, run: Run, words: tuple[str, ...]
) -> None:
    said = run(*words)
    assert said.code == 1
    assert f"There is no home at {marketing_home} yet. `make demo` makes one" in said.words
    assert not marketing_home.exists()


@pytest.mark.parametrize("words", [*NEED_A_SNAPSHOT, *REFUSED], ids=" ".join)
def test_what_is_refused_makes_no_home(marketing_home: Path, brands: Path, run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).code == 1
    assert not marketing_home.exists()


def test_up_refused_for_a_port_in_use_makes_no_home(marketing_home: Path, brands: Path, run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = run("up", "--port", str(taken.getsockname()[1]))
    assert said.code == 1 and "is not free" in said.err
    assert not marketing_home.exists()


def test_the_doctor_says_that_there_is_none_yet_and_makes_none(marketing_home: Path, brands: Path, run: Run) -> None:
    said = run("doctor", "--json")
    assert row(said, "home")["detail"].startswith(f"there is none at {marketing_home} yet: `make demo`")
    assert not marketing_home.exists()


def test_a_home_that_has_lost_its_control_plane_is_not_taken_for_a_new_one(
    marketing_home: Path, brands: Path, run: Run
) -> None:
    (marketing_home / "media").mkdir(parents=True)
    said = run("status")
    assert said.code == 1 and "control_plane.sqlite is gone" in said.err
    assert not (marketing_home / "control_plane.sqlite").exists()


def test_the_first_user_makes_a_home(marketing_home: Path, brands: Path, run: Run) -> None:
    assert run("users", "add", "ben").code == 0
    assert (marketing_home / "control_plane.sqlite").exists()
    assert run("status").code == 0
