"""The note reader: finds notes of people that ask for the same, and says it as one rule. People decide about it."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from marketing_pipeline.agents.language_model import Answered, LanguageModel
from marketing_pipeline.agents.prompt import Block, load_prompt
from marketing_pipeline.agents.question import Question
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.brand_rule import LEAST_POSTS, BrandRule
from marketing_pipeline.domain.caption import Violation, check_text
from marketing_pipeline.domain.heard_note import HeardNote, NoteGroup, NoteGroups
from marketing_pipeline.domain.model_call import CallSubject

AGENT = "note_reader"
TASK = "Group the notes that ask for the same thing, and state one rule for each group."
LONGEST_NOTE = 300
"""Characters of one note that the model is shown."""
_RULES_OF_TEXT = frozenset({"link", "mention", "hidden_character", "look_alike"})
# A rule says how copy or pictures are to be. Words that would make somebody act, or speak to a program, are none.
_ACTS = re.compile(
    r"\b(?:ignore|disregard|obey|approv\w*|publish\w*|delet\w*|cancel\w*|transfer|pay|e-?mail|send|budgets?|spend\w*"
    r"|passwords?|tokens?|instructions?|prompts?|system)\b",
    re.IGNORECASE,
)


async def group(
    model: LanguageModel,
    *,
    brand: Brand,
    notes: Sequence[HeardNote],
    standing: Sequence[BrandRule],
    subject: CallSubject,
) -> Answered[NoteGroups]:
    """Ask which notes are alike. Every group names known examples of three posts or more, each in one group only.

    `standing` are the rules that the brand has or that wait for a decision. Raises ModelCallFailed and
    SpendCapReached, as LanguageModel.ask does.
    """
    question = Question(
        agent=AGENT,
        prompt=load_prompt(AGENT),
        blocks=(
            Block("brand", {"name": brand.name, "voice_summary": brand.voice.summary}),
            Block("rules", [rule.statement for rule in standing]),
            # The people of the house wrote them, about copy; to this reader they are material all the same.
            Block("notes", [_row(note) for note in notes], trusted=False),
        ),
        task=TASK,
        answer=NoteGroups,
        check=rules(brand, notes),
        max_tokens=4_000,
    )
    return await model.ask(question, subject=subject, brand=brand)


def rules(brand: Brand, notes: Sequence[HeardNote]) -> Callable[[NoteGroups], tuple[Violation, ...]]:
    """What the groups of these notes must obey."""
    posts = {note.example: note.post for note in notes}

    def check(answer: NoteGroups) -> tuple[Violation, ...]:
        given = Counter(example for each in answer.groups for example in set(each.examples))
        twice = tuple(
            Violation(rule="one_group", where="groups", problem=f"{example} stands in {count} groups; keep one")
            for example, count in given.items()
            if count > 1
        )
        each = (found for number, item in enumerate(answer.groups, 1) for found in _group(item, number, posts, brand))
        return (*twice, *each)

    return check


def _group(item: NoteGroup, number: int, posts: Mapping[str, str], brand: Brand) -> Iterable[Violation]:
    place = f"groups[{number}]"
    if unknown := [example for example in item.examples if example not in posts]:
        yield Violation(rule="known_example", where=place, problem=f"there is no example {unknown[0]!r}")
    if len({posts[example] for example in item.examples if example in posts}) < LEAST_POSTS:
        problem = f"the notes are about fewer than {LEAST_POSTS} posts; leave the group out"
        yield Violation(rule="repeated", where=place, problem=problem)
    where = f"{place}.statement"
    if acts := _ACTS.search(item.statement):
        problem = f"{acts.group()!r} asks for an act; say how words or pictures are to be"
        yield Violation(rule="no_act", where=where, problem=problem)
    yield from (found for found in check_text(item.statement, where, brand) if found.rule in _RULES_OF_TEXT)


def _row(note: HeardNote) -> dict[str, str]:
    return {
        "example": note.example,
        "post": note.post,
        "kind": note.kind.value,
        "about": note.field,
        "note": note.note[:LONGEST_NOTE],
    }
