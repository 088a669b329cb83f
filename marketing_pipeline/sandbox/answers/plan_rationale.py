"""Why a week looks as it does: what is known with its figures, what is still open, and what the calendar adds."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from marketing_pipeline.domain.plan import Assignment, PostIdea
from marketing_pipeline.sandbox.answers.phrases import filled, phrases
from marketing_pipeline.sandbox.answers.prompt import Prompt, Seen, SeenEffect, SeenLearnings, SeenOccasion
from marketing_pipeline.sandbox.answers.wording import joined, rotated, sentence, shortened

_LIMIT = 1200
_THEME_LIMIT = 120


class SeenPerformance(Seen):
    """A row of recent performance; only its id and figures are used, never its words."""

    post: str = ""
    engagement: float | None = None


def theme(
    names: Mapping[str, str],
    assignments: Sequence[Assignment],
    learnings: SeenLearnings,
    occasions: Sequence[SeenOccasion],
    turn: int,
    salt: str,
) -> str:
    """One line for the week: from an occasion, else from what is known to work, else from the pillars at hand."""
    counted = [pillar for pillar, _ in Counter(item.pillar for item in assignments).most_common()]
    liked = [item.level for item in learnings.known() if item.factor == "pillar" and item.multiple > 1]
    order = [pillar for pillar in liked if pillar in counted] + [pillar for pillar in counted if pillar not in liked]
    facts = {
        "pillar": names.get(order[0], order[0]) if order else "",
        "second": names.get(order[1], order[1]) if len(order) > 1 else "",
        "occasion": occasions[0].name if occasions else "",
    }
    purpose = "theme_occasion" if occasions else "theme_known" if liked else "theme_open"
    for template in rotated(phrases("plan")[purpose], turn // 7, f"{salt}/{purpose}"):
        if (text := filled(template, facts)) and len(text) <= _THEME_LIMIT:
            return sentence(text).removesuffix(".")
    return shortened(f"{facts['pillar']} this week", _THEME_LIMIT)


def rationale(
    prompt: Prompt,
    names: Mapping[str, str],
    assignments: Sequence[Assignment],
    posts: Sequence[PostIdea],
    learnings: SeenLearnings,
    occasions: Sequence[SeenOccasion],
) -> str:
    """What was learnt and how it shows in the week, within the length that a plan allows."""
    parts = [
        *_known(learnings, names, assignments),
        _open(learnings),
        _shares(names, assignments),
        *_dates(posts, occasions),
        _products(posts),
        *_best(prompt),
    ]
    text = ""
    for part in parts:
        if part and len(text) + len(part) < _LIMIT:
            text = f"{text} {part}".strip()
    return text


def _known(learnings: SeenLearnings, names: Mapping[str, str], assignments: Sequence[Assignment]) -> list[str]:
    return [_cited(effect, names, assignments) for effect in learnings.known()[:4]]


def _cited(effect: SeenEffect, names: Mapping[str, str], assignments: Sequence[Assignment]) -> str:
    level = names.get(effect.level, effect.level).replace("_", " ")
    times = sum(getattr(item, effect.factor, "") == effect.level for item in assignments)
    if effect.multiple >= 1:
        use = f"so it has {_posts(times)} this week" if times else "and it waits for a better week"
    else:
        use = f"so it is kept to {_posts(times)}, to go on learning" if times else "so it rests this week"
    return f"Known: {effect.factor} {level} earns {effect.figures}, {use}."


def _open(learnings: SeenLearnings) -> str:
    unsure = sorted({item.factor for item in learnings.effects if not item.known})
    if not learnings.posts:
        return "Nothing has been measured yet, so the week covers all that the brand has weights for, to learn from it."
    if not learnings.known():
        return f"After {learnings.posts} posts nothing is certain yet, so the week goes on comparing {joined(unsure)}."
    return f"Not known yet, and still being tried: other levels of {joined(unsure)}." if unsure else ""


def _shares(names: Mapping[str, str], assignments: Sequence[Assignment]) -> str:
    counts = Counter(item.pillar for item in assignments).most_common()
    return f"Places by pillar: {joined([f'{names.get(pillar, pillar)} {count}' for pillar, count in counts])}."


def _dates(posts: Sequence[PostIdea], occasions: Sequence[SeenOccasion]) -> list[str]:
    places = {row.name: [str(post.position) for post in posts if post.occasion == row.id] for row in occasions}
    return [
        f"{name} is taken up in {'post' if len(found) == 1 else 'posts'} {joined(found)}."
        for name, found in places.items()
    ]


def _products(posts: Sequence[PostIdea]) -> str:
    shown = sum(post.product is not None for post in posts)
    return f"{_posts(shown).capitalize()} of {len(posts)} show a product: those whose topic has to do with one."


def _best(prompt: Prompt) -> list[str]:
    rows = prompt.untrusted("recent_performance", tuple[SeenPerformance, ...], ())
    measured = [row for row in rows if row.engagement is not None and re.fullmatch(r"[a-z0-9_-]{1,80}", row.post)]
    if not measured:
        return []
    best = max(measured, key=lambda row: row.engagement or 0.0)
    return [f"The strongest recent post, {best.post}, had an engagement of {best.engagement:.0f}."]


def _posts(count: int) -> str:
    return "no post" if not count else "one post" if count == 1 else f"{count} posts"
