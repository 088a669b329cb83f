"""The analyst: what is known in plain words, what is not known, and a cause that is called a guess."""

from marketing_pipeline.domain.learning import Analysis, Factor, LearningNote
from marketing_pipeline.sandbox.answers.prompt import Prompt, SeenBrand, SeenEffect, SeenLearnings
from marketing_pipeline.sandbox.answers.wording import joined, shortened

_MOST_NOTES = 8
_UNSURE_NOTES = 2
_FACTOR_WORDS = {"pillar": "pillar", "format": "format", "hook": "opening", "slot": "time slot"}
_CAUSES = {
    ("pillar", True): "people may follow the brand for this subject, or like what it asks of them",
    ("pillar", False): "the subject may feel remote to most followers, or they have seen enough of it for now",
    ("format", True): "this shape may give people more to look at, or more reason to stay with the post",
    ("format", False): "this shape may ask for more time than people have when they see it",
    ("hook", True): "such a first line may make people curious enough to read on",
    ("hook", False): "such a first line may give away too much, or sound like any other",
    ("slot", True): "followers may simply be at leisure at this hour",
    ("slot", False): "followers may be busy at this hour, or other accounts post then",
}  # fmt: skip


def analyse(prompt: Prompt) -> Analysis:
    """A summary and notes that say no more than the computed effects do."""
    brand = prompt.needed("brand", SeenBrand)
    learnings = prompt.needed("learnings", SeenLearnings)
    known = learnings.known()
    unsure = sorted(
        (item for item in learnings.effects if not item.known and item.posts > 0),
        key=lambda item: -abs(item.multiple - 1),
    )
    notes = [_known_note(item, learnings) for item in known[: _MOST_NOTES - _UNSURE_NOTES]]
    notes += [_unsure_note(item) for item in unsure[:_UNSURE_NOTES]]
    return Analysis(summary=shortened(_summary(brand.name, learnings, known, unsure), 900), notes=tuple(notes))


def _summary(brand: str, learnings: SeenLearnings, known: list[SeenEffect], unsure: list[SeenEffect]) -> str:
    if not learnings.posts:
        return f"No post of {brand} has been measured long enough to learn from. Nothing is known yet."
    if not known:
        return (
            f"{learnings.posts} posts of {brand} were compared, and no difference is certain yet. "
            f"The widest gap so far is {_place(unsure[0])}, and it may still be chance. The next weeks should go on."
            if unsure
            else f"{learnings.posts} posts of {brand} were compared, and no difference is certain yet."
        )
    strong = [f"{_place(item)} ({item.figures})" for item in known if item.multiple > 1][:3]
    weak = [f"{_place(item)} ({item.figures})" for item in known if item.multiple <= 1][:3]
    parts = [f"{learnings.posts} posts of {brand} were compared."]
    parts += [f"Known to do well: {joined(strong)}."] if strong else []
    parts += [f"Known to do less well: {joined(weak)}."] if weak else []
    factors = sorted({_FACTOR_WORDS.get(item.factor, item.factor) for item in unsure})
    parts += [f"Not known yet: most about {joined(factors)}."] if factors else []
    return " ".join(parts)


def _place(effect: SeenEffect) -> str:
    return f"the {_FACTOR_WORDS.get(effect.factor, effect.factor)} {effect.level.replace('_', ' ')}"


def _known_note(effect: SeenEffect, learnings: SeenLearnings) -> LearningNote:
    better = effect.multiple > 1
    share = learnings.mix.get(effect.factor, {}).get(effect.level)
    advice = f"Give {_place(effect)} {'more' if better else 'fewer'} places"
    if share is not None:
        advice += f": the recommended share is {share * 100:.0f} %"
    return LearningNote(
        factor=Factor(effect.factor),
        level=effect.level,
        statement=f"Posts with {_place(effect)} earn {effect.figures}.",
        why=f"A guess, not a finding: {_CAUSES[effect.factor, better]}.",
        recommendation=f"{advice}{'.' if better else ', and keep a few to notice when that changes.'}",
    )


def _unsure_note(effect: SeenEffect) -> LearningNote:
    return LearningNote(
        factor=Factor(effect.factor),
        level=effect.level,
        statement=(
            f"Not known yet: {_place(effect)} stands at {effect.multiple:.2f} x after {effect.posts} posts, "
            f"and could be from {effect.low:.2f} to {effect.high:.2f} x."
        ),
        why=f"Too few posts to tell from chance. A guess, if real: {_CAUSES[effect.factor, effect.multiple > 1]}.",
        recommendation=f"Keep {_place(effect)} in the mix until the interval no longer holds 1.",
    )
