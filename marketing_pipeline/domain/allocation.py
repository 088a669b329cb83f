"""Turns a recommended mix into a week's assignments: which slots, and what kind of post in each."""

import random
from collections.abc import Mapping
from itertools import pairwise

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.learning import Factor, Learnings
from marketing_pipeline.domain.plan import Assignment, Hook
from marketing_pipeline.domain.week import Week


def allocate(brand: Brand, week: Week, learnings: Learnings, seed: int) -> tuple[Assignment, ...]:
    """Choose the slots of a week and the pillar, format and hook of each, following the recommended mix.

    Slots are drawn without replacement by their shares. Each other factor gets as many places per level as its share
    earns (systematic sampling, so that the counts never stray from the mix by one or more), then the places are
    shuffled so that levels meet in new pairs and the same pillar rarely follows itself. Deterministic for a seed.
    """
    dice = random.Random(f"{seed}/{brand.id}/{week.key}")
    count = brand.posting.posts_per_week
    chosen = set(_draw_slots(learnings.mix[Factor.SLOT], count, dice))
    slots = sorted(
        (slot for slot in brand.posting.slots if slot.id in chosen),
        key=lambda slot: (slot.weekday_number, slot.at),
    )
    pillars = _spread(_counted(learnings.mix[Factor.PILLAR], count, dice), dice)
    formats = _spread(_counted(learnings.mix[Factor.FORMAT], count, dice), dice)
    hooks = _spread(_counted(learnings.mix[Factor.HOOK], count, dice), dice)
    return tuple(
        Assignment(
            position=position,
            slot=slot.id,
            scheduled_at=week.moment(slot.weekday_number, slot.at, brand.zone),
            pillar=pillar,
            format=PostFormat(shape),
            hook=Hook(hook),
            reason=_reason(
                learnings,
                {Factor.PILLAR: pillar, Factor.FORMAT: shape, Factor.HOOK: hook, Factor.SLOT: slot.id},
            ),
        )
        for position, (slot, pillar, shape, hook) in enumerate(
            zip(slots, pillars, formats, hooks, strict=True), start=1
        )
    )


def _draw_slots(shares: Mapping[str, float], count: int, dice: random.Random) -> list[str]:
    left = dict(shares)
    drawn: list[str] = []
    for _ in range(count):
        pick = dice.choices(list(left), weights=list(left.values()))[0]
        drawn.append(pick)
        del left[pick]
    return drawn


def _counted(shares: Mapping[str, float], count: int, dice: random.Random) -> list[str]:
    """Systematic sampling: one random start, equal steps through the cumulated shares."""
    start, total = dice.random(), sum(shares.values())
    places: list[str] = []
    reached, names = 0.0, iter(shares.items())
    name, share = next(names)
    reached = share / total * count
    for step in range(count):
        while step + start >= reached and (following := next(names, None)) is not None:
            name, share = following
            reached += share / total * count
        places.append(name)
    return places


def _spread(places: list[str], dice: random.Random) -> list[str]:
    """Shuffle; of 20 orders take the one with the fewest neighbours alike."""
    orders: list[tuple[int, list[str]]] = []
    for _ in range(20):
        order = places[:]
        dice.shuffle(order)
        orders.append((sum(a == b for a, b in pairwise(order)), order))
    return min(orders, key=lambda pair: pair[0])[1]


def _reason(learnings: Learnings, levels: Mapping[Factor, str]) -> str:
    known = [
        effect.sentence()
        for factor, level in levels.items()
        if (effect := learnings.effect(factor, level)) is not None and effect.known
    ]
    return "; ".join(known) if known else "Exploring: nothing certain is known yet about this combination."
