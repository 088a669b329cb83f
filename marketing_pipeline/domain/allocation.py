"""Turns a recommended mix into a week's assignments: which slots, and what kind of post in each."""

import random
from collections.abc import Hashable, Mapping, Sequence

from marketing_pipeline.domain.arrangement import Promise, arranged, at_most, counted
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.experiment_allocation import Draw, Trial, slots_asked, still_possible
from marketing_pipeline.domain.learning import Factor, FactorEffect, FurtherKind, Learnings
from marketing_pipeline.domain.plan import Assignment, Hook
from marketing_pipeline.domain.week import Week


def allocate(
    brand: Brand, week: Week, learnings: Learnings, seed: int, trials: Sequence[Trial] = ()
) -> tuple[Assignment, ...]:
    """Choose the slots of a week and the pillar, format and hook of each, following the recommended mix.

    Each factor gets as many places per level as its share earns (systematic sampling, so that the counts never stray
    from the mix by one or more), no slot twice. Then the places are paired so that levels meet that do well together
    and nothing is repeated that tires; where that is no matter, levels meet in new pairs and the same rarely follows
    itself. Experiments that run take their posts out of that, their arms drawn by chance. Deterministic for a seed.
    """
    dice = random.Random(f"{seed}/{brand.id}/{week.key}")
    count = brand.posting.posts_per_week
    possible = still_possible(brand, trials)
    chosen = _chosen_slots(learnings.mix[Factor.SLOT], count, dice, *slots_asked(possible, week, seed))
    slots = sorted(
        (slot for slot in brand.posting.slots if slot.id in chosen),
        key=lambda slot: (slot.weekday_number, slot.at),
    )
    moments = [week.moment(slot.weekday_number, slot.at, brand.zone) for slot in slots]
    days = [(moment - moments[0]).total_seconds() / 86_400 for moment in moments]
    columns: list[list[Hashable]] = [
        [slot.id for slot in slots] if factor is Factor.SLOT else [*counted(learnings.mix[factor], count, dice)]
        for factor in Factor
    ]
    posts = arranged(columns, days, _promise(learnings), dice, pinned=list(Factor).index(Factor.SLOT))
    levels = [{factor: str(level) for factor, level in zip(Factor, post, strict=True)} for post in posts]
    draw = Draw(brand, week, learnings, seed, levels, [[] for _ in levels])
    draw.take_part(possible)
    return tuple(
        Assignment(
            position=position,
            slot=slot.id,
            scheduled_at=moment,
            pillar=chosen_levels[Factor.PILLAR],
            format=PostFormat(chosen_levels[Factor.FORMAT]),
            hook=Hook(chosen_levels[Factor.HOOK]),
            reason="; ".join((_reason(learnings, chosen_levels), *draw.reasons(position - 1))),
            arms=draw.trial_arms(position - 1),
        )
        for position, (slot, moment, chosen_levels) in enumerate(zip(slots, moments, draw.posts, strict=True), start=1)
    )


def _chosen_slots(
    mix: Mapping[str, float], count: int, dice: random.Random, needed: frozenset[str], barred: frozenset[str]
) -> frozenset[str]:
    """As many slots as there are posts, those that experiments need among them."""
    free = {name: share for name, share in mix.items() if name not in needed | barred}
    left = count - len(needed)
    return needed | frozenset(counted(at_most(free, 1 / left), left, dice) if left else ())


def _promise(learnings: Learnings) -> Promise:
    """What pairs of levels and repetition are estimated to add."""
    order = list(Factor)
    pairs: dict[tuple[int, Hashable, int, Hashable], float] = {}
    fatigue: dict[int, float] = {}
    for item in learnings.further:
        if item.kind is FurtherKind.PAIR:
            first, second = (part.split("=", 1) for part in item.level.split(" & ", 1))
            pairs[order.index(Factor(first[0])), first[1], order.index(Factor(second[0])), second[1]] = item.log_effect
        elif item.kind is FurtherKind.FATIGUE:
            fatigue[order.index(Factor(item.level))] = item.log_effect
    return Promise(pairs=pairs, fatigue=fatigue)


def _reason(learnings: Learnings, levels: Mapping[Factor, str]) -> str:
    """Why this post: what is known of its levels, and which of them are tried though another looks better."""
    if learnings.posts == 0:
        return "Exploring: nothing certain is known yet about this combination."
    effects = [effect for factor, level in levels.items() if (effect := learnings.effect(factor, level)) is not None]
    known = [effect.sentence() for effect in effects if effect.known]
    tried = [f"{effect.factor} {effect.level}" for effect in effects if _is_tried(learnings, effect)]
    words = "; ".join(known) if known else "Exploring: nothing certain is known yet about this combination."
    return f"{words}; tried because it may still be better: {', '.join(tried)}" if known and tried else words


def _is_tried(learnings: Learnings, effect: FactorEffect) -> bool:
    return not effect.known and effect.level != learnings.best_looking(effect.factor)
