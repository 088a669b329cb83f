"""The strategist's week: every slot covered, known ids only, facts, the calendar, ideas that differ, honest reasons."""

from collections import Counter
from collections.abc import Iterator, Sequence

from marketing_pipeline.agents import strategist
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.plan import WeeklyPlanDraft
from marketing_pipeline.domain.week import Week
from marketing_pipeline.evals.figures import figures_of, multiples, ungrounded
from marketing_pipeline.evals.score import Budget, Json, Score, Suite, by_criterion, found, parsed
from marketing_pipeline.evals.situation import assignment, learnings
from marketing_pipeline.evals.wording import likeness, most_alike

MOST_LIKENESS = 0.6
_RULES = {
    "coverage": frozenset({"position"}),
    "known_ids": frozenset({"known_audience", "known_product", "known_occasion"}),
    "brand_rules": frozenset({"banned_word", "mention", "hidden_character", "look_alike"}),
    "facts": frozenset({"price", "link"}),
    "season": frozenset({"season"}),
    "variety": frozenset({"repeated_angle"}),
}


def score(brand: Brand, context: Json, answer: Json) -> Sequence[Score]:
    """Every criterion of one answer."""
    given, shape = parsed(WeeklyPlanDraft, answer)
    if given is None:
        return (shape,)
    assigned = [assignment(brand, row) for row in context["assignments"]]
    broken = by_criterion(strategist.rules(brand, assigned)(given), _RULES)
    broken["variety"].extend(_repeated(given, context))
    known = figures_of([context.get("notes", []), list(range(len(assigned) + 1)), context.get("posts", 0)]) + _learnt(
        brand, context
    )
    figures = ungrounded(given.rationale, known)
    return (
        shape,
        *(found(criterion, broken[criterion]) for criterion in _RULES),
        found("figures", (f"rationale: the figure {each} was not given" for each in figures)),
    )


def _repeated(given: WeeklyPlanDraft, context: Json) -> Iterator[str]:
    ideas = [f"{item.topic}. {item.angle}" for item in given.posts]
    if len(ideas) > 1:
        alike, pair = most_alike(ideas)
        if alike > MOST_LIKENESS:
            yield f"ideas {pair[0]} and {pair[1]} share {alike:.0%}"
    for item in given.posts:
        for topic in context.get("recent_topics", ()):
            if likeness(item.topic, topic) > MOST_LIKENESS:
                yield f"position {item.position}: {item.topic!r} was the topic of a recent post"
    products = Counter(item.product for item in given.posts if item.product)
    if len(given.posts) > 2 and products and max(products.values()) == len(given.posts):
        yield f"all posts show {next(iter(products))}"


def _learnt(brand: Brand, context: Json) -> tuple[float, ...]:
    effects = learnings(brand, Week.parse(context["week"]), context).effects
    return (
        *multiples(value for item in effects for value in (item.multiple, item.low, item.high)),
        *(float(item.posts) for item in effects),
        90.0,
    )


SUITE = Suite(
    "strategist",
    ("shape", *_RULES, "figures"),
    score,
    critical=frozenset({"coverage", "known_ids", "brand_rules", "facts"}),
    budget=Budget(usd_per_case=0.30, p95_seconds=150),
)
