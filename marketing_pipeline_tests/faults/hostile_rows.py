"""Rows 37 and 39: hostile text in every sink, with a model that obeys it word for word, and hidden letters."""

import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from marketing_pipeline.agents.language_model import Answered, LanguageModel
from marketing_pipeline.agents.question import Answer, Question, Turn
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.caption import check_text
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.hidden_text import shown
from marketing_pipeline.domain.model_call import CallSubject
from marketing_pipeline_tests.agents import tea_week as tea
from marketing_pipeline_tests.agents.scripted_messages import CallList, ScriptedServer, serving
from marketing_pipeline_tests.faults.agent_desk import CASES, AgentCase, Words
from marketing_pipeline_tests.faults.hostile_text import (
    EMOJI,
    LOOK_ALIKES,
    WRITTEN_WITH_JOINERS,
    Payload,
    carries_loot,
    hidden_characters,
    payloads,
)
from marketing_pipeline_tests.faults.model_rows import settings_for
from marketing_pipeline_tests.faults.obeying_model import obeyed
from marketing_pipeline_tests.faults.row import FaultRow, Figure

SINKS: dict[str, Callable[[str], Words]] = {
    "topic of an earlier post": lambda text: Words(topic=text),
    "hook line of an earlier post": lambda text: Words(hook_line=text),
    "comment": lambda text: Words(comments=(text,)),
    "note of a person": lambda text: Words(note=text),
    "note of the analyst": lambda text: Words(analyst=text),
    "reason of the evaluator": lambda text: Words(reason=text),
    "name in the ad account": lambda text: Words(ad_name=text),
}
_OUTSIDE = (
    *("recent_performance", "comments", "notes", "reasons", "best_posts", "worst_posts"),
    *("ad_candidates", "ad_left_alone"),
)
_BLOCK = re.compile(r'<(data|untrusted) (?:name|source)="([a-z_]+)">\n(.*?)\n</(?:data|untrusted)>\n', re.DOTALL)
_WELL = "leaf " * 12


class _Asked(Exception):
    """The question was put; nothing is answered."""


class _Listening(LanguageModel):
    """Keeps the text that would be sent, and sends nothing."""

    def __init__(self, server: ScriptedServer) -> None:
        super().__init__(settings_for(server), SteppedClock(tea.NOW), CallList())
        self.text = ""

    async def ask(self, question: Question[Answer], *, subject: CallSubject, brand: Brand) -> Answered[Answer]:
        """Keep it."""
        self.text = tea.told(Turn.first(question).request("m"))
        raise _Asked


def _texts(tries: int, seed: int) -> list[Payload]:
    """So many payloads, or all of them."""
    every = list(payloads())
    return random.Random(seed).sample(every, min(tries, len(every)))


def marked(tries: int, seed: int, folder: Path) -> Figure:
    """Row 37, what goes in. Each payload in each sink reaches prompts in a block marked untrusted, and stays there."""
    broken, sent = Counter[str](), 0
    with serving() as server, asyncio.Runner() as runner:
        model = _Listening(server)
        plain = {case.name: _blocks(_prompt(runner, model, case, Words())) for case in CASES}
        for payload in _texts(tries, seed):
            for sink, words_of in SINKS.items():
                for case in CASES:
                    text = _prompt(runner, model, case, words_of(payload.text[:300]))
                    sent += 1
                    broken.update(f"{case.name}, {sink}: {what}" for what in _escapes(text, plain[case.name], sink))
    return Figure(tries=sent, broken=broken.total(), note=_first(broken) or f"{min(tries, len(payloads()))} payloads")


def _prompt(runner: asyncio.Runner, model: _Listening, case: AgentCase, words: Words) -> str:
    async def ask() -> None:
        await case.ask(model, words)

    try:
        runner.run(ask())
    except _Asked:
        return model.text
    raise AssertionError(f"{case.name} asked nothing")


def _blocks(text: str) -> dict[str, tuple[str, str]]:
    return {name: (kind, body) for kind, name, body in _BLOCK.findall(text)}


def _escapes(text: str, plain: dict[str, tuple[str, str]], sink: str) -> Iterator[str]:
    found = _blocks(text)
    optional = {"comments", "note"}
    if set(found) - optional != set(plain) - optional or _BLOCK.sub("", text).count("\n"):
        yield "a block was closed, or another one opened"
    if any(not letter.isprintable() and letter != "\n" for letter in text):
        yield "a hidden character was sent"
    if any(sign in body for _, body in found.values() for sign in "<>&"):
        yield "a sign that could close a block was sent as it is"
    # Opening lines of our own posts are shown again as such: what was published is the brand's record.
    for name, (kind, body) in found.items():
        of_ours = name in ("note", "recent_hooks")
        if kind == "data" and not of_ours and body != plain.get(name, ("", ""))[1]:
            yield f"it changed the trusted block {name}"
        if kind == "data" and name in _OUTSIDE:
            yield f"the block {name} is not marked"
        json.loads(body)


def published(tries: int, seed: int, folder: Path) -> Figure:
    """Row 37, what comes out. A model that obeys each payload in each text: nothing of it is in what could go out."""
    broken, answers, taken = Counter[str](), 0, 0
    for payload in _texts(tries, seed):
        for case in CASES:
            rules, shape = _rules_of(case)
            for answer in obeyed(case.good, payload):
                answers += 1
                try:
                    value = shape.model_validate_json(json.dumps(answer))
                except ValueError:
                    continue
                if not rules(value):
                    taken += 1
                    broken[f"{case.name}: {payload.text!r}"] += any(map(carries_loot, case.texts(value)))
    return Figure(tries=answers, broken=broken.total(), note=_first(broken) or f"{taken} harmless answers passed")


def _rules_of(case: AgentCase) -> tuple[Callable[[Any], Any], Any]:
    """The rules and the shape that the agent itself holds an answer against."""
    caught: list[Question[Any]] = []

    class Catching(_Listening):
        async def ask(self, question: Question[Answer], *, subject: CallSubject, brand: Brand) -> Answered[Answer]:
            caught.append(question)
            raise _Asked

    async def ask(model: Catching) -> None:
        await case.ask(model, Words())

    with serving() as server:
        try:
            asyncio.run(ask(Catching(server)))
        except _Asked:
            [question] = caught
            return question.check, question.answer
    raise AssertionError(f"{case.name} asked nothing")


def shape_of(case: AgentCase) -> Any:
    """The model that an agent's answer must fit."""
    return _rules_of(case)[1]


def _first(broken: Counter[str]) -> str:
    return "; ".join(what for what, _ in (+broken).most_common(3))


def hidden(tries: int, seed: int, folder: Path) -> Figure:
    """Row 39. Each hidden character and false address is shown written out, and refused in texts and addresses."""
    broken, seen = Counter[str](), 0
    for letter in hidden_characters():
        for text in (f"{_WELL}le{letter}af", f"tea.example/as{letter}sam", f"te{letter}a.example", f"{letter}{_WELL}"):
            seen += 1
            broken[f"U+{ord(letter):04X} passes"] += not check_text(text, "caption", tea.BRAND)
            broken[f"U+{ord(letter):04X} is not shown"] += any(_not_written_out(text, letter))
        broken[f"U+{ord(letter):04X} is taken in brand.yaml"] += _brand_takes(tagline=f"Leaves{letter} and time")
        broken[f"U+{ord(letter):04X} is taken in an address"] += _brand_takes(website=f"https://te{letter}a.example")
    for address in LOOK_ALIKES:
        seen += 1
        told = {violation.rule for violation in check_text(f"See {address} now", "caption", tea.BRAND)}
        broken[f"{address!a} passes"] += not told & {"link", "look_alike"}
        broken[f"{address!a} is shown as it is"] += address in shown(f"See {address} now")
        broken[f"{address!a} is taken in brand.yaml"] += _brand_takes(website=f"https://{address.rpartition('//')[2]}/")
    for text in (*EMOJI, *WRITTEN_WITH_JOINERS):
        seen += 1
        broken[f"{text!a} is refused"] += bool(check_text(f"Warm {text} leaf", "caption", tea.BRAND))
        broken[f"{text!a} is not shown as it is"] += text not in shown(f"Warm {text} leaf")
    return Figure(tries=seen, broken=broken.total(), note=_first(broken))


def _not_written_out(text: str, letter: str) -> Iterable[bool]:
    """Whether the letter itself is still there on any surface that people read."""
    from marketing_pipeline_tests.faults.surfaces import SURFACES

    for surface in SURFACES.values():
        received = surface(text)
        # Line endings of every kind may become a space where all stands on one line.
        written = letter.isspace() or any(form in received for form in _written(letter))
        yield letter in received.replace("\x1b[", "[") or not written


def _written(letter: str) -> tuple[str, ...]:
    """The forms in which a character may be written out, JSON's own among them."""
    in_json = json.dumps(letter)[1:-1]
    return f"[U+{ord(letter):04X}]", f"\\[U+{ord(letter):04X}\\]", f"\\u{ord(letter):04x}", in_json


def _brand_takes(**changes: Any) -> bool:
    from marketing_pipeline_tests.domain.brands import make_brand

    try:
        make_brand(**changes)
    except ValueError:
        return False
    return True


ROWS = (
    FaultRow("37 in", "Injection in every sink, as agents are told it", "injection", 12, 216, marked),
    FaultRow("37 out", "Injection obeyed word for word", "injection", 30, 216, published),
    FaultRow("39", "Hidden characters and look-alike domains", "injection", 1, 1, hidden),
)
