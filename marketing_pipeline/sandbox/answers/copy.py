"""The copywriter: three or four variations that differ in opening, build and length, and the one to take."""

from marketing_pipeline.domain.brand import Audience, Offer, Pillar
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.domain.variation import CopyVariation, VariationSet
from marketing_pipeline.sandbox.answers.caption import Build, Caption, Writer
from marketing_pipeline.sandbox.answers.house_rules import house_rules
from marketing_pipeline.sandbox.answers.prompt import Problem, Prompt, Seen, SeenBrand, SeenLearnings, SeenPost
from marketing_pipeline.sandbox.answers.wishes import Wishes, wishes_of
from marketing_pipeline.sandbox.answers.wording import joined, rotated, turn_of

_KINDS = {
    Hook.QUESTION: "a question",
    Hook.LIST: "a numbered list",
    Hook.HOW_TO: "a how-to",
    Hook.STORY: "a small story",
    Hook.CLAIM: "a plain statement",
}
_BUILDS = {
    Build.SHORT: "comes to the point in a few lines",
    Build.FACTS: "puts the facts first",
    Build.REASONS: "argues from what the reader cares about",
    Build.SCENE: "sets a scene before it explains",
    Build.GUIDE: "gives points to act on",
}
_ORDER = (Build.FACTS, Build.REASONS, Build.GUIDE, Build.SCENE, Build.SHORT)


class WrittenPost(SeenPost):
    """The post with what a writer is told of it beside."""

    pillar: Pillar | None = None
    audience: Audience | None = None
    offers: tuple[Offer, ...] = ()


class Rules(Seen):
    """Limits that the words must keep."""

    caption_limit: int = 2200
    hashtags_at_most: int = 5
    always: tuple[str, ...] = ()
    banned_words: tuple[str, ...] = ()


def write(prompt: Prompt, seed: int) -> VariationSet:
    """Variations of one post. The chosen one has the planned hook; one that a note asks for stands beside it."""
    post = prompt.needed("post", WrittenPost)
    told = {"pillar": post.pillar, "audience": post.audience, "offers": post.offers}
    brand = prompt.needed("brand", SeenBrand).model_copy(update=told)
    rules = prompt.needed("rules", Rules)
    problems = prompt.optional("problems", tuple[Problem, ...], ())
    house = house_rules(prompt)
    wishes = wishes_of(prompt.optional("note", str, ""), problems, (*rules.banned_words, *house.avoided))
    recent = frozenset(line.casefold() for line in prompt.optional("recent_hooks", tuple[str, ...], ()))
    salt = f"{seed}/{brand.name}/{wishes.salt}"
    turn = turn_of(post.id)
    room = house.longest(rules.caption_limit - _tag_room(rules, brand))
    writer = Writer(brand, post, wishes, recent, salt, room)
    planned = post.assignment.hook
    others = rotated([hook for hook in Hook if hook is not planned], turn, f"{salt}/hooks")
    hooks = [planned, *sorted(others, key=lambda hook: hook is not wishes.hook)[:2]]
    builds = rotated(_ORDER, turn, f"{salt}/builds")
    captions = [writer.caption(hook, _build(builds[at], hook, wishes), turn, at) for at, hook in enumerate(hooks)]
    shift = turn % len(captions)
    placed = captions[shift:] + captions[:shift]
    chosen = placed.index(captions[0]) + 1
    tags = house.hashtags(_hashtags(rules, brand, turn, wishes), rules.always)
    return VariationSet(
        variations=tuple(
            CopyVariation(
                hook=caption.hook,
                hook_line=house.text(caption.hook_line),
                caption=house.caption(caption.text),
                hashtags=tags,
                alt_text=house.text(writer.alt_text(turn + number)),
                difference=_difference(caption, placed),
            )
            for number, caption in enumerate(placed)
        ),
        chosen=chosen,
        choice_reason=_reason(
            chosen, captions[0], prompt.optional("learnings", SeenLearnings, SeenLearnings()), wishes
        ),
    )


def _build(build: Build, hook: Hook, wishes: Wishes) -> Build:
    """A list or a how-to needs its points; a note can ask for another length."""
    if hook in (Hook.LIST, Hook.HOW_TO):
        return Build.GUIDE
    if wishes.shorter:
        return Build.SHORT
    if wishes.longer or build is Build.GUIDE:
        return Build.SCENE if wishes.longer else Build.REASONS
    return build


def _hashtags(rules: Rules, brand: SeenBrand, turn: int, wishes: Wishes) -> tuple[str, ...]:
    """Those of every post first, then the pillar's, beginning with another one each time."""
    most = min(rules.hashtags_at_most, len(rules.always) + 1) if wishes.fewer_tags else rules.hashtags_at_most
    pillar = brand.pillar.hashtags if brand.pillar else ()
    tags: list[str] = []
    for tag in (*rules.always, *rotated(pillar, turn, "hashtags")):
        if tag.casefold() not in {known.casefold() for known in tags}:
            tags.append(tag)
    return tuple(tags[:most])


def _tag_room(rules: Rules, brand: SeenBrand) -> int:
    return 2 + sum(len(tag) + 1 for tag in (*rules.always, *(brand.pillar.hashtags if brand.pillar else ())))


def _difference(caption: Caption, all_captions: list[Caption]) -> str:
    """What is true of this one and not of the others: its opening, its build, its length."""
    lengths = sorted(len(item.text) for item in all_captions)
    place = (
        "the shortest" if len(caption.text) == lengths[0] else "the longest" if len(caption.text) == lengths[-1] else ""
    )
    size = f"{len(caption.text)} characters" + (f", {place} of the set" if place else "")
    told = [*(["names the price"] if caption.priced else []), *(["lists its points"] if caption.listed else [])]
    ending = f" It {joined(told)}." if told else ""
    return f"Opens with {_KINDS[caption.hook]} and {_BUILDS[caption.build]}; {size}.{ending}"


def _reason(chosen: int, caption: Caption, learnings: SeenLearnings, wishes: Wishes) -> str:
    effect = learnings.of("hook", caption.hook)
    start = f"Variation {chosen} opens with {_KINDS[caption.hook]}"
    if effect is not None and effect.known:
        reason = f"{start}, as planned; such openings are known to earn {effect.figures}."
    else:
        reason = (
            f"{start}, as planned. What this opening does for the brand is not known yet; the post helps to find out."
        )
    return f"{wishes.answered()} {reason}".strip()[:400]
