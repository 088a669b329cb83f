"""Two people decide about the same request: one wins, the other is told, and nothing is decided twice."""

import subprocess
import sys

import pytest

from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.identifiers import ApprovalId
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.keyboard import Keyboard
from marketing_pipeline_tests.cli.office import REQUEST, Office, state_of

WORDS = {"approve": ("--note", "seen"), "reject": ("--note", "seen", "--yes")}


def test_who_decides_while_another_still_thinks_wins(office: Office, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    effect = office.awaiting()

    def another() -> None:
        office.work.decisions.decide(
            ApprovalId(REQUEST),
            Decision.APPROVE,
            actor="bob",
            source="console",
            note="first",
            saw=ApprovalState.PENDING,
            fingerprint=effect.fingerprint,
        )

    monkeypatch.setattr("sys.stdin", Keyboard("y", another))
    said = run("approvals", "reject", REQUEST, "--note", "seen")
    assert said.code == 1
    assert "is approved; you saw pending" in said.err and "Look at it again" in said.err
    assert (state_of(office), office.effect().state) == (ApprovalState.APPROVED, EffectState.QUEUED)


def test_of_two_who_decide_at_once_one_wins(office: Office) -> None:
    office.awaiting()
    command = [sys.executable, "-m", "marketing_pipeline", "approvals"]
    deciding = [
        subprocess.Popen(
            [*command, act, REQUEST, *WORDS[act]], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        for act in ("approve", "reject")
    ]
    said = [(each.communicate(timeout=60)[1], each.returncode) for each in deciding]
    assert sorted(code for _, code in said) == [0, 1], said
    assert all("Traceback" not in words for words, _ in said)
    won = ApprovalState.APPROVED if said[0][1] == 0 else ApprovalState.REJECTED
    assert state_of(office) is won
