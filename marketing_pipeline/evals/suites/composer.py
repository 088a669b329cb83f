"""The composer's briefs: layout, palette and words, the price, the day, no painted lettering, and the message."""

import re
from collections.abc import Iterator, Sequence

from marketing_pipeline.agents import composer
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.caption import brief_texts
from marketing_pipeline.domain.creative import CreativeBrief
from marketing_pipeline.evals.figures import figures_of, ungrounded
from marketing_pipeline.evals.score import Budget, Json, Score, Suite, by_criterion, found, parsed
from marketing_pipeline.evals.situation import planned_post
from marketing_pipeline.evals.wording import likeness, shared

MOST_WORDS = 9
"""Words of a headline that are read at a glance in a feed."""
MOST_LIKENESS = 0.6
_RULES = {
    "layout": frozenset({"planned_format", "allowed_template"}),
    "brand_rules": frozenset(
        {"banned_word", "mention", "palette", "artwork", "brand_rule", "hidden_character", "look_alike"}
    ),
    "facts": frozenset({"price", "price_label", "link"}),
    "season": frozenset({"season"}),
}
_LETTERING = re.compile(
    r"\b(?:text|lettering|letters|words?|caption|headline|logo|slogan|writing|typography|sign reading)\b", re.I
)
_DENIED = re.compile(
    r"\b(?:no|without|free of|never any)\b(?:\W+\w+){0,3}?\W+(?:text|lettering|letters|words?|logo|writing)\b", re.I
)


def score(brand: Brand, context: Json, answer: Json) -> Sequence[Score]:
    """Every criterion of one answer."""
    given, shape = parsed(CreativeBrief, answer)
    if given is None:
        return (shape,)
    post = planned_post(brand, context)
    broken = by_criterion(composer.rules(brand, post)(given), _RULES)
    products = [item for item in brand.products if post.idea.product in (None, item.id)]
    known = figures_of(
        [post.idea.model_dump(), context["copy"]["caption"], *(item.model_dump(mode="json") for item in products)]
    )
    shown = " ".join(text for where, text in brief_texts(given) if where != "price_label")
    broken["facts"].extend(f"the figure {each} was not given" for each in ungrounded(shown, (*known, *range(1, 10))))
    about = [post.idea.topic, post.idea.key_message, context["copy"]["caption"]]
    return (
        shape,
        *(found(criterion, broken[criterion]) for criterion in _RULES),
        found("no_lettering", _lettering(given)),
        found("message", () if shared(shown, about) else ("nothing that is shown speaks of the post",)),
        found("readable", _hard_to_read(given)),
    )


def _lettering(given: CreativeBrief) -> Iterator[str]:
    if named := _LETTERING.search(_DENIED.sub(" ", given.picture_prompt)):
        yield f"the picture prompt asks for {named.group()!r}, which image models misspell"


def _hard_to_read(given: CreativeBrief) -> Iterator[str]:
    words = given.headline.split()
    if len(words) > MOST_WORDS:
        yield f"the headline has {len(words)} words; at most {MOST_WORDS} are read at a glance"
    if len(words) > 1 and given.headline.isupper():
        yield "the headline is all capitals"
    for number, (one, other) in enumerate(zip(given.slides, given.slides[1:], strict=False), start=1):
        if likeness(f"{one.title} {one.body}", f"{other.title} {other.body}") > MOST_LIKENESS:
            yield f"slides {number} and {number + 1} say the same"
    if given.supporting_line and likeness(given.headline, given.supporting_line) > MOST_LIKENESS:
        yield "the supporting line repeats the headline"


SUITE = Suite(
    "composer",
    ("shape", *_RULES, "no_lettering", "message", "readable"),
    score,
    critical=frozenset({"layout", "brand_rules", "facts"}),
    budget=Budget(usd_per_case=0.15, p95_seconds=90),
)
