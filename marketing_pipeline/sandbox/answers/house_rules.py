"""The rules that people of a brand have accepted, as the sandbox's writers keep them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from marketing_pipeline.domain.creative import CreativeBrief
from marketing_pipeline.domain.rule_check import (
    BannedHashtag,
    BannedPhrase,
    LongestCaption,
    MostHashtags,
    NeededPhrase,
    NoEmoji,
    NoExclamation,
    RuleCheck,
    has_emoji,
    holds,
)
from marketing_pipeline.sandbox.answers.prompt import Prompt, Seen
from marketing_pipeline.sandbox.answers.wording import shortened

_ROOM = {"headline": 60, "kicker": 28, "supporting_line": 90, "price_note": 32, "call_to_action": 36}
_SLIDE_ROOM = {"title": 44, "body": 130}


class _SeenRule(Seen):
    check: RuleCheck | None = None


@dataclass(frozen=True)
class HouseRules:
    """What of the accepted rules can be kept by code; the others are for real models."""

    checks: tuple[RuleCheck, ...] = ()

    @property
    def avoided(self) -> tuple[str, ...]:
        """Phrases for which no other was named: a sentence with one is not chosen."""
        return tuple(item.phrase for item in self.checks if isinstance(item, BannedPhrase) and not item.instead)

    def longest(self, limit: int) -> int:
        """The most characters of a caption, room for needed words kept free."""
        limits = [limit, *(item.characters for item in self.checks if isinstance(item, LongestCaption))]
        return min(limits) - sum(len(phrase) + 3 for phrase in self._needed())

    def text(self, text: str) -> str:
        """The text without what the rules ban."""
        for check in self.checks:
            if isinstance(check, BannedPhrase):
                text = _replaced(text, check)
            elif isinstance(check, NoEmoji) and has_emoji(text):
                text = "".join(letter for letter in text if not has_emoji(letter))
            elif isinstance(check, NoExclamation):
                text = text.replace("!", ".")
        return text

    def caption(self, text: str) -> str:
        """A whole caption: without what is banned, and with the words that each must hold."""
        kept = self.text(text)
        missing = [phrase for phrase in self._needed() if not holds(kept, phrase)]
        return "\n\n".join([kept, *(f"{phrase[0].upper()}{phrase[1:]}." for phrase in missing)])

    def hashtags(self, tags: Sequence[str], always: Sequence[str]) -> tuple[str, ...]:
        """The hashtags that may stand, in their order; those of every post first."""
        banned = {item.tag.casefold() for item in self.checks if isinstance(item, BannedHashtag)}
        most = min((item.most for item in self.checks if isinstance(item, MostHashtags)), default=len(tags))
        return tuple(tag for tag in tags if tag.casefold() not in banned)[: max(most, len(always))]

    def brief(self, brief: CreativeBrief) -> CreativeBrief:
        """The words of a picture under the same rules."""
        if not self.checks:
            return brief
        words = {name: self._short(getattr(brief, name), room) for name, room in _ROOM.items()}
        slides = tuple(
            slide.model_copy(
                update={name: self._short(getattr(slide, name), room) for name, room in _SLIDE_ROOM.items()}
            )
            for slide in brief.slides
        )
        return brief.model_copy(update={**words, "slides": slides})

    def _short(self, text: str, room: int) -> str:
        kept = self.text(text)
        return text if kept == text else shortened(kept, room)

    def _needed(self) -> tuple[str, ...]:
        return tuple(item.phrases[0] for item in self.checks if isinstance(item, NeededPhrase))


def house_rules(prompt: Prompt) -> HouseRules:
    """The rules of the block `brand_rules`; none where it is not given."""
    seen = prompt.optional("brand_rules", tuple[_SeenRule, ...], ())
    return HouseRules(tuple(rule.check for rule in seen if rule.check is not None))


def _replaced(text: str, check: BannedPhrase) -> str:
    """The phrase replaced, with its capital; dropped with the space before it where nothing takes its place."""
    words = r"\s+".join(re.escape(word).replace("'", "['’]") for word in check.phrase.split())

    def put(found: re.Match[str]) -> str:
        if not check.instead:
            return ""
        capital = found.group().lstrip()[:1].isupper()
        return found["space"] + (check.instead[0].upper() + check.instead[1:] if capital else check.instead)

    kept = re.sub(rf"(?P<space>[ ]?)(?<!\w){words}(?!\w)", put, text, flags=re.IGNORECASE)
    return kept if kept == text else kept.lstrip(" ")[:1].upper() + kept.lstrip(" ")[1:]
