"""Completion by the shells' own protocol: commands, options, brands and ids, in a moment and never with an error."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import FIRST, REQUEST, Office

Offer = Callable[[str], list[str]]


@pytest.fixture
def offer(run: Run, monkeypatch: pytest.MonkeyPatch) -> Offer:
    """What bash is told may stand at the end of a line; a line that ends in a space begins a new word."""

    def ask(line: str) -> list[str]:
        monkeypatch.setenv("_MARKETING_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
        said = run()
        assert (said.code, said.err) == (0, "")
        return said.out.split()

    return ask


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("marketing sta", ["status"]),
        ("marketing posts resch", ["reschedule"]),
        ("marketing run we", ["week"]),
        ("marketing export --for", ["--format"]),
        ("marketing export --format c", ["csv"]),
        ("marketing completion f", ["fish"]),
        ("marketing nothing wha", []),
    ],
)
def test_commands_options_and_choices(marketing_home: Path, offer: Offer, line: str, offered: list[str]) -> None:
    assert offer(line) == offered


@pytest.mark.parametrize("command", ["status", "posts list", "sql query", "export", "pause"])
def test_brands(office: Office, offer: Offer, command: str) -> None:
    assert offer(f"marketing {command} --brand te") == ["tea_room"]
    assert offer(f"marketing {command} --brand x") == []


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("posts show", FIRST),
        ("posts hold", FIRST),
        ("approvals show", REQUEST),
        ("approvals approve", REQUEST),
        ("effects show", f"{FIRST}-e1"),
    ],
)
def test_ids_of_this_home(office: Office, offer: Offer, command: str, expected: str) -> None:
    office.awaiting()
    assert expected in offer(f"marketing {command} ")
    assert expected in offer(f"marketing {command} {expected[:-2]}")
    assert offer(f"marketing {command} %") == []


@pytest.mark.parametrize("command", ["posts show", "approvals show", "effects show", "ads show", "alerts ack"])
def test_without_a_home_nothing_is_offered_and_nothing_is_made(
    marketing_home: Path, brands: Path, offer: Offer, command: str
) -> None:
    assert offer(f"marketing {command} ") == []
    assert not marketing_home.exists()


def test_in_a_wrong_environment_nothing_is_offered(
    office: Office, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKETING_MODE", "life")
    assert offer("marketing posts show ") == offer("marketing status --brand ") == []


def test_completing_an_id_loads_nothing_heavy(office: Office) -> None:
    program = (
        "import sys\nfrom marketing_pipeline.cli import main\n"
        "try:\n    main([])\nexcept SystemExit:\n    pass\n"
        "heavy = ('dagster', 'anthropic', 'pandas', 'PIL', 'numpy', 'duckdb', 'alembic')\n"
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    office.planned()
    asked = {"_MARKETING_COMPLETE": "complete_bash", "COMP_WORDS": "marketing posts show ", "COMP_CWORD": "3"}
    said = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **asked}, capture_output=True, text=True, check=True
    )
    assert (said.stderr.strip(), FIRST in said.stdout) == ("[]", True)


@pytest.mark.parametrize(
    ("shell", "says"), [("bash", "complete -o default -F"), ("zsh", "#compdef marketing"), ("fish", "complete --comm")]
)
def test_each_shell_is_told_how(run: Run, shell: str, says: str) -> None:
    said = run("completion", shell)
    assert said.code == 0 and says in said.out and "_MARKETING_COMPLETE" in said.out


def test_another_shell_is_wrong_usage(run: Run) -> None:
    assert run("completion", "csh").code == 2


def test_bash_itself_completes_a_post(office: Office) -> None:
    office.planned()
    bash = shutil.which("bash")
    assert bash
    script = (
        f'eval "$({sys.executable} -m marketing_pipeline completion bash)"\n'
        f"marketing() {{ {sys.executable} -m marketing_pipeline; }}\nexport -f marketing\n"
        "COMP_WORDS=(marketing posts show tea) COMP_CWORD=3\n"
        f"_marketing_completion {Path(sys.executable).with_name('marketing')}\n"
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    said = subprocess.run([bash, "--norc", "-c", script], capture_output=True, text=True, check=True)
    assert FIRST in said.stdout.split()
