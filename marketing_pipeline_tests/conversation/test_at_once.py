"""Two questions at once, and Ctrl-C: one answer at a time in a conversation, and one that is stopped costs no more."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import aclosing, contextmanager
from dataclasses import replace

import pytest

from marketing_pipeline.domain.conversation import Finished, Said
from marketing_pipeline.domain.model_call import CallOutcome
from marketing_pipeline.store.model_calls import ModelCalls
from marketing_pipeline.workplace.conversations import StillAnswering
from marketing_pipeline_tests.agents.scripted_messages import Reply, ScriptedServer
from marketing_pipeline_tests.cli.office import BRAND, Office
from marketing_pipeline_tests.conversation.chatting import (
    ANA,
    answer,
    closing,
    heard,
    opening,
    said,
    streamed,
    text_frames,
)

Scripted = Callable[..., tuple[Office, ScriptedServer]]
STOPPED = "(The answer was stopped.)"


def slow(text: str) -> Reply:
    """An answer whose second half comes letter by letter."""
    reply = streamed(opening(), text_frames(text), closing("end_turn"), trickle=0.004)
    return replace(reply, at_once=reply.body.rindex(b"event: content_block_delta"))


def test_of_two_questions_at_once_in_one_conversation_one_is_refused(scripted: Scripted) -> None:
    office, server = scripted(slow("Good morning to you."), answer("There you are."))
    desk = office.work.conversations
    conversation = desk.start(ANA).id

    async def both() -> list[str]:
        async with aclosing(desk.say(ANA, conversation, "First")) as first:
            async for event in first:
                assert isinstance(event, Said)
                break
            with pytest.raises(StillAnswering, match="still on its way"):
                await anext(desk.say(ANA, conversation, "Second"))
            return [event.text async for event in first if isinstance(event, Finished)]

    assert asyncio.run(both()) == ["Good morning to you."]
    assert [turn.text for turn in desk.get(ANA, conversation).messages] == ["First", "Good morning to you."]
    assert len(server.requests) == 1
    assert said(heard(office, "Third", conversation=conversation)) == "There you are."


def test_two_conversations_are_answered_side_by_side(room: Office) -> None:
    desk = room.work.conversations
    names = [desk.start(ANA).id, desk.start(ANA).id]

    async def listen(name: str) -> Finished:
        async with aclosing(desk.say(ANA, name, "What waits for me?")) as events:
            [end] = [event async for event in events if isinstance(event, Finished)]
            return end

    async def both() -> list[Finished]:
        return await asyncio.gather(*map(listen, names))

    first, second = asyncio.run(both())
    assert first.text == second.text and first.links
    assert [len(desk.get(ANA, name).messages) for name in names] == [4, 4]


@contextmanager
def chatting(*words: str) -> Generator[subprocess.Popen[str]]:
    """`marketing chat` in a process of its own, as a terminal's Ctrl-C meets it."""
    command = [sys.executable, "-m", "marketing_pipeline", "chat", *words]
    pipe = subprocess.PIPE
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def interrupt(process: subprocess.Popen[str]) -> str:
    """Press Ctrl-C once the first words are on the screen; returns them."""
    assert process.stdout is not None
    first = process.stdout.read(4)
    process.send_signal(signal.SIGINT)
    return first


def test_ctrl_c_ends_one_question_with_130_and_the_conversation_goes_on(scripted: Scripted) -> None:
    office, server = scripted(slow("Good morning to you. " * 10), answer("There you are."))
    with chatting("Hello") as process:
        first = interrupt(process)
        rest, told = process.communicate(timeout=30)
        assert (process.returncode, first) == (130, "Good")
    assert "Traceback" not in told and len(rest) < 200
    [kept] = office.work.conversations.list(ANA)
    messages = office.work.conversations.get(ANA, kept.id).messages
    assert [turn.role for turn in messages] == ["user", "assistant"] and messages[-1].text.endswith(STOPPED)
    [call] = ModelCalls(office.work.database).of_week(BRAND, "2026-11-16")
    assert call.outcome is CallOutcome.ABANDONED
    assert said(heard(office, "Again?", conversation=kept.id)) == "There you are."
    assert [turn["role"] for turn in server.requests[-1]["messages"]] == ["user", "assistant", "user"]


def test_ctrl_c_stops_an_answer_and_not_the_conversation(scripted: Scripted) -> None:
    office, _ = scripted(slow("Good morning to you. " * 10), answer("There you are."))
    with chatting() as process:
        assert process.stdin is not None
        process.stdin.write("Hello\n")
        process.stdin.flush()
        interrupt(process)
        rest, told = process.communicate("Again?\n", timeout=30)
        assert process.returncode == 0
    assert "(stopped)" in told and "Traceback" not in told
    assert "There you are." in rest
    [kept] = office.work.conversations.list(ANA)
    texts = [turn.text for turn in office.work.conversations.get(ANA, kept.id).messages]
    assert texts[0] == "Hello" and texts[1].endswith(STOPPED) and texts[2:] == ["Again?", "There you are."]
