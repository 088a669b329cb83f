"""The strategist: finds the idea for each slot of a week, where code has chosen pillar, format and hook."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from marketing_pipeline.agents.briefing import (
    assignments_block,
    learnings_block,
    notes_block,
    performance_block,
    recent_posts_block,
)
from marketing_pipeline.agents.language_model import Answered, LanguageModel
from marketing_pipeline.agents.prompt import Block, load_prompt
from marketing_pipeline.agents.question import Question
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.caption import Violation, check_season, check_text
from marketing_pipeline.domain.learning import LearningNote, Learnings
from marketing_pipeline.domain.metrics import PostPerformance
from marketing_pipeline.domain.model_call import CallSubject
from marketing_pipeline.domain.plan import Assignment, PostIdea, WeeklyPlan, WeeklyPlanDraft
from marketing_pipeline.domain.season import speakable_on
from marketing_pipeline.domain.strategy import Strategy, calendar_for
from marketing_pipeline.domain.week import Week

AGENT = "strategist"
TASK = "Plan the week: a theme, the reasons for it, and one idea for each assignment."


async def plan_week(
    model: LanguageModel,
    *,
    brand: Brand,
    strategy: Strategy,
    week: Week,
    assignments: Sequence[Assignment],
    learnings: Learnings,
    notes: Sequence[LearningNote],
    recent_plans: Sequence[WeeklyPlan],
    recent_performance: Sequence[PostPerformance],
    subject: CallSubject,
) -> Answered[WeeklyPlanDraft]:
    """Ask for the ideas of one week. The draft names every assignment's position once, and only known ids.

    Raises ModelCallFailed and SpendCapReached, as LanguageModel.ask does.
    """
    question = Question(
        agent=AGENT,
        prompt=load_prompt(AGENT),
        blocks=(
            Block("strategy", strategy.content),
            Block("week", {"key": week.key, "days": [day.isoformat() for day in week.days()]}),
            assignments_block(assignments, brand),
            learnings_block(learnings),
            notes_block(notes),
            Block("calendar", calendar_for(brand, week)),
            recent_posts_block(recent_plans),
            performance_block("recent_performance", recent_performance),
        ),
        task=TASK,
        answer=WeeklyPlanDraft,
        check=rules(brand, assignments),
        max_tokens=16_000,
    )
    return await model.ask(question, subject=subject, brand=brand)


def rules(brand: Brand, assignments: Sequence[Assignment]) -> Callable[[WeeklyPlanDraft], tuple[Violation, ...]]:
    """What a draft for these assignments must obey."""
    days = {assignment.position: brand.day_of(assignment.scheduled_at) for assignment in assignments}
    wanted = list(days)

    def check(draft: WeeklyPlanDraft) -> tuple[Violation, ...]:
        return (
            *_positions(draft, wanted),
            *check_text(draft.theme, "theme", brand),
            *(broken for idea in draft.posts for broken in _idea(idea, brand, days.get(idea.position))),
            *_repeated(draft),
        )

    return check


def _positions(draft: WeeklyPlanDraft, wanted: Sequence[int]) -> Iterable[Violation]:
    given = Counter(idea.position for idea in draft.posts)
    for position in sorted({*wanted, *given}):
        if position not in wanted:
            yield Violation(rule="position", where="posts", problem=f"there is no assignment {position}")
        elif given[position] != 1:
            yield Violation(
                rule="position", where="posts", problem=f"assignment {position} has {given[position]} ideas; give one"
            )


def _idea(idea: PostIdea, brand: Brand, day: date | None) -> Iterable[Violation]:
    place = f"posts[position {idea.position}]"
    known = {
        "audience": [audience.id for audience in brand.audiences],
        "product": [None, *(product.id for product in brand.products)],
        "occasion": [None, *(speakable_on(brand, day) if day else ())],
    }
    for field, ids in known.items():
        value = getattr(idea, field)
        if value not in ids:
            choices = ", ".join("null" if choice is None else choice for choice in ids)
            yield Violation(rule=f"known_{field}", where=f"{place}.{field}", problem=f"{value!r} is none of: {choices}")
    for field in ("topic", "angle", "key_message", "call_to_action"):
        yield from check_text(getattr(idea, field), f"{place}.{field}", brand)
        yield from check_season(getattr(idea, field), f"{place}.{field}", brand, day)


def _repeated(draft: WeeklyPlanDraft) -> Iterable[Violation]:
    angles = Counter(idea.angle.strip().casefold() for idea in draft.posts)
    if twice := [angle for angle, count in angles.items() if count > 1]:
        yield Violation(rule="repeated_angle", where="posts", problem=f"two ideas share the angle {twice[0]!r}")
