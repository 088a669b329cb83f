"""The command line itself: help, exit codes, what it loads, and what it says when the home cannot be opened."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from marketing_pipeline.cli.command import COMMANDS
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.keyboard import Keyboard
from marketing_pipeline_tests.cli.office import FIRST, Office

EVERY = [
    (),
    *((name,) for name, _, _ in COMMANDS if name not in ("run", "sandbox")),
    *(("posts", act) for act in ("list", "show", "edit", "hold", "release", "reschedule", "retry", "cancel")),
    *(("approvals", act) for act in ("list", "show", "approve", "reject", "revoke")),
    *(("effects", act) for act in ("list", "show", "resolve")),
    ("audit", "verify"),
    ("run", "week"),
    ("sandbox", "serve"),
]
HEAVY = ("dagster", "anthropic", "pandas", "PIL", "duckdb", "numpy", "sqlalchemy", "alembic", "httpx")


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_command_has_help_with_an_example(run: Run, words: tuple[str, ...]) -> None:
    said = run(*words, "--help")
    assert said.code == 0
    assert f"Example: marketing {' '.join(words)}" in said.words


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from marketing_pipeline.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert said.stderr.strip() == "[]"
    assert "approvals" in said.stdout


def test_a_look_at_the_queue_loads_nothing_heavy(office: Office) -> None:
    program = (
        "import sys\n"
        "from marketing_pipeline.cli import main\n"
        "try:\n    main(['posts', 'list'])\nexcept SystemExit:\n    pass\n"
        "heavy = ('dagster', 'anthropic', 'pandas', 'PIL', 'numpy', 'duckdb', 'alembic')\n"
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert said.stderr.strip() == "[]"


@pytest.mark.parametrize("words", [("nothing",), ("posts", "nothing"), ("status", "--nothing"), ("sql",)])
def test_wrong_usage_ends_with_2(run: Run, words: tuple[str, ...]) -> None:
    said = run(*words)
    assert said.code == 2
    assert "Usage: marketing" in said.err and "Traceback" not in said.err


READING = [("posts", "list"), ("approvals", "list"), ("effects", "list"), ("status",), ("audit", "verify"), ("pause",)]


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_a_newer_database_is_refused_in_one_line(office: Office, run: Run, words: tuple[str, ...]) -> None:
    with office.work.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    said = run(*words)
    assert said.code == 1
    assert said.err.startswith("error: The database ") and "Upgrade this installation" in said.err
    assert len(said.err.splitlines()) == 2


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("MARKETING_MODE", "life", "MARKETING_MODE is 'life'"),
        ("MARKETING_SANDBOX_SEED", "8", "belongs to the world 'sandbox:7'"),
        ("MARKETING_AUDIT_KEY", "short", "fewer than 32 characters"),
        ("MARKETING_INSTAGRAM_MODE", "live", "The time of this home is simulated"),
        ("MARKETING_DATABASE_URL", "oracle://x", "MARKETING_DATABASE_URL cannot be used"),
    ],
)
def test_a_wrong_environment_is_refused_in_one_line(
    office: Office, run: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(variable, value)
    said = run("posts", "list")
    assert said.code == 1
    assert reason in said.err and "Traceback" not in said.err


def test_a_damaged_database_is_refused_in_one_line(office: Office, run: Run) -> None:
    office.work.database.close()
    (office.work.home.root / "control_plane.sqlite").write_bytes(b"nothing of the kind " * 100)
    said = run("posts", "list")
    assert (said.code, "restore the last backup" in said.err) == (1, True)


def test_a_home_that_is_a_file_is_refused_in_one_line(marketing_home: Path, brands: Path, run: Run) -> None:
    marketing_home.write_text("in the way", encoding="utf-8")
    said = run("posts", "list")
    assert said.code == 1
    assert "Traceback" not in said.err


def test_the_person_is_the_one_whom_the_system_names(office: Office, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    office.queued()
    monkeypatch.setenv("LOGNAME", "carol")
    assert "by carol" in run("pause").out


@pytest.mark.parametrize(("answer", "code", "state"), [("y", 0, "cancelled"), ("n", 1, "scheduled")])
def test_a_person_who_is_there_is_asked(
    office: Office, run: Run, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, state: str
) -> None:
    office.queued()
    monkeypatch.setattr("sys.stdin", Keyboard(answer))
    assert run("posts", "cancel", FIRST).code == code
    assert office.post().state == state
