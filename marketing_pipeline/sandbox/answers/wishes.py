"""What a person's note, or the problems of a repair turn, ask of the next wording."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from marketing_pipeline.domain.identifiers import short_hash
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.sandbox.answers.prompt import Problem

_QUOTED = re.compile(r"[“\"‘']([^“”\"‘’']{2,200})[”\"’'](?!\w)")
_NEGATION = re.compile(
    r"\b(?:no|not|don['’]?t|never|avoid|without|remove|drop|delete|instead of|banned|leave out|cut)\b[^.;!]*$"
)
_SHORTER = re.compile(r"\b(?:short(?:er)?|too long|trim|tighter|brief(?:er)?|fewer words|characters)\b")
_LONGER = re.compile(r"\b(?:longer|more details?|too short|say more|explain)\b")
_HOOK_WORDS = {
    Hook.QUESTION: r"\bquestion\b",
    Hook.LIST: r"\b(?:list|bullets?)\b",
    Hook.HOW_TO: r"\bhow[- ]to\b",
    Hook.STORY: r"\bstory\b",
    Hook.CLAIM: r"\b(?:claim|statement)\b",
}


@dataclass(frozen=True)
class Wishes:
    """The wishes that were understood. `salt` differs with each note: even one not understood changes the text."""

    salt: str = ""
    avoid: frozenset[str] = frozenset()
    include: tuple[str, ...] = ()
    shorter: bool = False
    longer: bool = False
    price: bool | None = None
    hook: Hook | None = None
    fewer_tags: bool = False
    words: str = ""

    def allows(self, text: str) -> bool:
        """Whether a text keeps clear of every word that is to be avoided."""
        folded = text.casefold()
        return not any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", folded) for word in self.avoid)

    def answered(self) -> str:
        """What was done about the note, in a few words; empty when nothing was asked."""
        done = [
            *(["it is shorter"] if self.shorter else []),
            *(["it says more"] if self.longer else []),
            *([f"one of the set opens with a {self.hook.replace('_', '-')}"] if self.hook else []),
            *(["the price is in it"] if self.price else []),
            *(["the price is left out"] if self.price is False else []),
            *(["it has fewer hashtags"] if self.fewer_tags else []),
            *(["the wording asked for is in it"] if self.include else []),
        ]
        if not self.words:
            return ""
        return f"Your note was followed: {', '.join(done)}." if done else "It was written anew after your note."


def wishes_of(note: str, problems: Sequence[Problem], banned: Iterable[str]) -> Wishes:
    """Read a note and the problems of the answer before. The brand's banned words are avoided in any case."""
    told = [problem.problem for problem in problems if problem.where != "hashtags"]
    folded = " ".join([note, *told]).casefold()
    include, avoid = _quoted(note)
    for text in told:
        avoid |= {found.casefold() for found in _QUOTED.findall(text)}
    about_price = re.search(r"\bprices?\b", folded)
    return Wishes(
        salt=short_hash(note, *told) if note or told else "",
        avoid=frozenset(word.casefold() for word in banned) | avoid,
        include=include,
        shorter=bool(_SHORTER.search(folded)),
        longer=bool(_LONGER.search(note.casefold())),
        price=None
        if about_price is None
        else not (told or _NEGATION.search(_clause_before(folded, about_price.start()))),
        hook=_hook(note.casefold()),
        fewer_tags=bool(
            re.search(r"\b(?:fewer|less|no|too many|at most)\b[^.]*\bhashtags?", _hashtag_words(note, problems))
        ),
        words=note,
    )


def _hashtag_words(note: str, problems: Sequence[Problem]) -> str:
    told = [f"at most: fewer hashtags ({item.problem})" for item in problems if item.where == "hashtags"]
    return " ".join([note, *told]).casefold()


def _quoted(note: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Quoted words that the note wants, and those that it does not want."""
    include: list[str] = []
    avoid: set[str] = set()
    for found in _QUOTED.finditer(note):
        if _NEGATION.search(_clause_before(note, found.start())):
            avoid.add(found.group(1).casefold())
        else:
            include.append(found.group(1))
    return tuple(include), frozenset(avoid)


def _clause_before(text: str, place: int) -> str:
    """What stands before a place in the same clause: a 'not' in another one does not count."""
    return re.split(r"[.;!]|\bbut\b", text[:place].casefold())[-1]


def _hook(note: str) -> Hook | None:
    for hook, pattern in _HOOK_WORDS.items():
        found = re.search(pattern, note)
        if found and not _NEGATION.search(_clause_before(note, found.start())):
            return hook
    return None
