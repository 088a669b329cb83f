"""`marketing chat`: questions to the orchestrator, one at a time or in a conversation."""

import sys
from contextlib import aclosing
from dataclasses import dataclass, field
from importlib import import_module
from typing import Annotated, Any

import typer

from marketing_pipeline.cli.filters import BrandOption, JsonOption, known_brand
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.person import operator
from marketing_pipeline.cli.screen import say, show_json
from marketing_pipeline.domain.conversation import Event, Failed, Finished, Said, Surface, ToolDone, ToolStarted
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.hidden_text import shown
from marketing_pipeline.domain.person import Person
from marketing_pipeline.workplace import Workplace

PROMPT = "you> "

chat_app = typer.Typer(add_completion=False)


@chat_app.command(epilog='Example: marketing chat --brand upscale_print "what waits for me?"')
def chat(
    question: Annotated[str | None, typer.Argument(help="One question; leave it out to converse.")] = None,
    brand: BrandOption = None,
    conversation: Annotated[str | None, typer.Option("--continue", help="Id of a conversation to go on with.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Ask what is so, and have changes proposed. It reads everything, and never acts. Ctrl-C stops an answer."""
    if as_json and question is None:
        raise typer.BadParameter("--json answers one question: give it as the argument.")
    with opened_home() as workplace:
        person = operator()
        if conversation is None:
            about = known_brand(workplace, brand)
            conversation = workplace.conversations.start(person, about, Surface.CLI).id
        chatting = _Chatting(workplace, person, conversation)
        if question is None:
            chatting.converse()
            return
        answer = chatting.answer(question, quiet=as_json)
    if as_json:
        show_json(answer.as_json(conversation))
    if answer.failure is not None:
        raise typer.Exit(1)


@dataclass
class _Answer:
    """What was heard of one answer."""

    text: str = ""
    tools: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    links: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    failure: Failed | None = None

    def hear(self, event: Event) -> None:
        """Take one event in."""
        if isinstance(event, Said):
            self.text += event.text
        elif isinstance(event, ToolDone):
            self.tools.append({"tool": event.tool, "outcome": event.outcome.value, "summary": event.summary})
        elif isinstance(event, Finished):
            self.links = [link.model_dump() for link in event.links]
        elif isinstance(event, Failed):
            self.failure = event

    def as_json(self, conversation: str) -> dict[str, Any]:
        """For programs; `ok` False: the answer broke off, and `error` says why."""
        error = None if self.failure is None else {"message": self.failure.message, "mend": self.failure.mend}
        return {
            "conversation": conversation,
            "ok": self.failure is None,
            "answer": self.text.strip(),
            "tools": self.tools,
            "links": self.links,
            "error": error,
        }


class _Chatting:
    """One conversation at the terminal."""

    def __init__(self, workplace: Workplace, person: Person, conversation: str) -> None:
        self._desk = workplace.conversations
        self._clients = workplace.providers.kept
        self._person = person
        self._conversation = conversation

    def converse(self) -> None:
        """Ask and answer until the person leaves: Ctrl-D, Ctrl-C at the prompt, or `exit`."""
        if sys.stdin.isatty():
            import_module("readline")  # lines can be edited, and earlier ones brought back with the arrow keys
            say("Ask anything; Ctrl-C stops an answer, Ctrl-D ends. Things are looked up and proposed, never done.")
        while True:
            try:
                words = input(PROMPT if sys.stdin.isatty() else "").strip()
            except (EOFError, KeyboardInterrupt):
                break
            if words in ("exit", "quit"):
                break
            if words:
                self._answered(words)
        say(f"\nGo on later with: marketing chat --continue {self._conversation}", err=True)

    def _answered(self, words: str) -> None:
        """A refused or stopped answer ends no conversation."""
        try:
            self.answer(words)
        except MarketingError as refusal:
            say(f"{refusal.message} {refusal.mend}", err=True)
        except KeyboardInterrupt:
            say("\n(stopped)", err=True)

    def answer(self, question: str, *, quiet: bool = False) -> _Answer:
        """One question and its answer, shown as it comes unless `quiet`."""
        heard = _Answer()
        self._clients.run(self._listen(question, heard, quiet=quiet))
        return heard

    async def _listen(self, question: str, heard: _Answer, *, quiet: bool) -> None:
        async with aclosing(self._desk.say(self._person, self._conversation, question)) as events:
            async for event in events:
                heard.hear(event)
                if not quiet:
                    _show(event)


def _show(event: Event) -> None:
    """One event on the screen; words may come from anywhere, and none of them controls the terminal."""
    if isinstance(event, Said):
        typer.echo(shown(event.text), nl=False)
    elif isinstance(event, ToolStarted):
        say(f"· {event.tool} …", err=True)
    elif isinstance(event, ToolDone):
        say(f"· {event.tool}: {event.outcome}, {event.summary}", err=True)
    elif isinstance(event, Finished):
        typer.echo("")
    else:
        say(f"\n{event.message} {event.mend}", err=True)
