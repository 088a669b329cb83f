"""The analyst: says in words what worked and why, beside the computed effects and never against them."""

import re
from collections.abc import Callable, Iterable, Sequence

from marketing_pipeline.agents.briefing import learnings_block, performance_block
from marketing_pipeline.agents.language_model import Answered, LanguageModel
from marketing_pipeline.agents.prompt import Block, load_prompt
from marketing_pipeline.agents.question import Question
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.caption import Violation
from marketing_pipeline.domain.learning import Analysis, FactorEffect, LearningNote, Learnings
from marketing_pipeline.domain.metrics import PostPerformance
from marketing_pipeline.domain.model_call import CallSubject

AGENT = "analyst"
TASK = "Explain what worked and what did not, in a summary and a few notes."
_UP = "above|better|more|higher|stronger|outperform(?:s|ed)?|beats?|leads?|wins?|won|lifts?|best"
_DOWN = "below|worse|less|fewer|lower|weaker|underperform(?:s|ed)?|trails?|lags?|loses?|lost|drags?|worst"
_DIRECTION = re.compile(
    rf"(?P<not>\b(?:not|never|no|hardly)\s+(?:\w+\s+){{0,2}})?\b(?:(?P<up>{_UP})|(?P<down>{_DOWN}))\b"
)
_HEDGE = re.compile(
    r"\b(?:not (?:yet )?(?:known|clear|certain|sure|proven|settled)|unknown|unclear|uncertain|undecided|no clear"
    r"|too (?:early|few|soon)|may|might|could|perhaps|seems?|suggests?|hints?|so far|tentative\w*"
    r"|can(?:not|'t) (?:tell|say))\b"
)


async def explain(
    model: LanguageModel,
    *,
    brand: Brand,
    learnings: Learnings,
    best: Sequence[PostPerformance],
    worst: Sequence[PostPerformance],
    subject: CallSubject,
) -> Answered[Analysis]:
    """Ask for the story behind the computed effects; no statement contradicts their sign or certainty.

    Raises ModelCallFailed and SpendCapReached, as LanguageModel.ask does.
    """
    question = Question(
        agent=AGENT,
        prompt=load_prompt(AGENT),
        blocks=(
            Block("brand", {"name": brand.name}),
            learnings_block(learnings),
            performance_block("best_posts", best),
            performance_block("worst_posts", worst),
        ),
        task=TASK,
        answer=Analysis,
        check=rules(learnings),
    )
    return await model.ask(question, subject=subject, brand=brand)


def rules(learnings: Learnings) -> Callable[[Analysis], tuple[Violation, ...]]:
    """What an analysis of these learnings must obey."""

    def check(analysis: Analysis) -> tuple[Violation, ...]:
        return tuple(
            Violation(rule="true_to_the_effects", where=f"notes[{number}]", problem=problem)
            for number, note in enumerate(analysis.notes, start=1)
            for problem in _contradictions(note, learnings)
        )

    return check


def _contradictions(note: LearningNote, learnings: Learnings) -> Iterable[str]:
    effect = learnings.effect(note.factor, note.level)
    if effect is None:
        levels = ", ".join(item.level for item in learnings.effects if item.factor is note.factor)
        yield f"{note.factor} has no level {note.level!r}; it has: {levels}"
        return
    told = directions(note.statement)
    if effect.known:
        if told == {-_sign(effect)}:
            yield f"the statement goes against what was computed: {effect.sentence()}"
    elif told and not _HEDGE.search(note.statement.casefold()):
        yield f"the statement claims more than is known: {effect.sentence()}"


def directions(statement: str) -> set[int]:
    """The directions that a statement speaks of: 1 for better, -1 for worse, both or neither."""
    found: set[int] = set()
    for match in _DIRECTION.finditer(statement.casefold()):
        sign = 1 if match["up"] else -1
        found.add(-sign if match["not"] else sign)
    return found


def _sign(effect: FactorEffect) -> int:
    return 1 if effect.log_effect > 0 else -1
