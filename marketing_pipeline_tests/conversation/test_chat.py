"""`marketing chat`: one question, JSON for programs, and a conversation of several."""

import io

import pytest

from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import BRAND, REQUEST, Office
from marketing_pipeline_tests.sandbox.model_service import ModelService


def test_one_question_is_answered_and_ends(room: Office, run: Run) -> None:
    told = run("chat", "--brand", BRAND, "What waits for me?")
    assert told.code == 0
    assert REQUEST in told.out
    assert "what_waits" in told.err


def test_json_tells_a_program_everything(room: Office, run: Run) -> None:
    told = run("chat", "--json", "What waits for me?").json
    assert (told["ok"], told["error"]) == (True, None)
    assert [tool["tool"] for tool in told["tools"]] == ["what_waits"]
    assert {"label": REQUEST, "path": f"/approvals/{REQUEST}"} in told["links"]
    assert REQUEST in told["answer"]


def test_a_conversation_goes_on_until_the_input_ends(room: Office, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"What waits for me?\n\n{'x' * 5000}\nIs everything healthy?\n"))
    told = run("chat")
    assert told.code == 0
    assert REQUEST in told.out
    assert "at most 4,000" in told.err
    assert "health" in told.err
    conversation = told.err.strip().rpartition(" ")[2]
    again = run("chat", "--continue", conversation, "What does it cost?")
    assert (again.code, "costs" in again.err) == (0, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("chat", "--json"), "--json answers one question"),
        (("chat", "--brand", "nobody", "Hello"), "There is no brand"),
        (("chat", "--continue", "chat-0", "Hello"), "There is no conversation"),
        (("chat", "Hello \ud83d"), "half a character"),
    ],
)
def test_a_mistake_is_one_clear_line(room: Office, run: Run, words: tuple[str, ...], told: str) -> None:
    ran = run(*words)
    assert ran.code in (1, 2)
    assert told in ran.words
    assert "Traceback" not in ran.words


def test_an_answer_that_breaks_off_is_exit_code_one(room: Office, run: Run, model: ModelService) -> None:
    import httpx

    order = {"name": "stream_cut", "agent": "orchestrator"}
    httpx.post(f"{model.url}/sandbox/faults", json=order, trust_env=False).raise_for_status()
    told = run("chat", "Sing me a song")
    assert told.code == 1
    assert "cut off" in told.err
