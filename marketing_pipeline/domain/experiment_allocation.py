"""An experiment's posts within a week: which places, and which arm each, by the throw of a coin."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from marketing_pipeline.domain.arrangement import counted
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.experiment import Design, Experiment
from marketing_pipeline.domain.experiment_arm import Arm, TrialArm
from marketing_pipeline.domain.experiment_design import mix_within, place_bounds, room_for
from marketing_pipeline.domain.learning import Factor, Learnings, levels_of
from marketing_pipeline.domain.week import Week

Levels = dict[Factor, str]


@dataclass(frozen=True)
class Trial:
    """An experiment that runs in a week: blocks that were drawn before, and how many are still to be drawn."""

    experiment: Experiment
    drawn: frozenset[int]
    left: int

    def arm_of(self, week: Week, seed: int) -> tuple[int, Arm] | None:
        """Of an experiment by week: the block and the arm of this week; None when all blocks are drawn."""
        weeks = (week.monday - Week.parse(self.experiment.first_week).monday).days // 7
        block = weeks // 2 + 1
        if self.left <= 0 and block not in self.drawn:
            return None
        first = random.Random(f"{seed}/{self.experiment.id}/{block}").choice(tuple(Arm))
        return block, first if weeks % 2 == 0 else first.other

    def next_blocks(self, count: int) -> range:
        """Numbers of the next blocks, at most so many."""
        first = max(self.drawn, default=0) + 1
        return range(first, first + max(0, min(count, self.left)))


@dataclass
class Draw:
    """One week's places in time order, with their levels and arms, while experiments take their part of them."""

    brand: Brand
    week: Week
    learnings: Learnings
    seed: int
    posts: list[Levels]
    arms: list[list[tuple[Trial, int, Arm]]]

    def take_part(self, trials: Sequence[Trial]) -> None:
        """Give each experiment its posts. That of slots is last: it moves whole posts, with their other arms."""
        for trial in sorted(trials, key=lambda trial: (trial.experiment.factor is Factor.SLOT, trial.experiment.id)):
            dice = random.Random(f"{self.seed}/{trial.experiment.id}/{self.week.key}")
            if trial.experiment.factor is Factor.SLOT:
                self._slots(trial, dice)
            elif trial.experiment.design is Design.BY_WEEK:
                self._by_week(trial, dice)
            else:
                self._pairs(trial, dice)

    def trial_arms(self, place: int) -> tuple[TrialArm, ...]:
        """What a place's post is in experiments."""
        return tuple(
            TrialArm(
                experiment=trial.experiment.id,
                block=block,
                arm=arm,
                level=trial.experiment.level_of(arm),
                expected=self._expected(place, trial.experiment.factor),
            )
            for trial, block, arm in self.arms[place]
        )

    def reasons(self, place: int) -> tuple[str, ...]:
        """Why a place's post has the levels that experiments gave it, for people."""
        return tuple(
            f"Experiment {trial.experiment.id}: {trial.experiment.factor} {trial.experiment.level_of(arm)} by the draw,"
            f" held against {trial.experiment.level_of(arm.other)}"
            for trial, _, arm in self.arms[place]
        )

    def _pairs(self, trial: Trial, dice: random.Random) -> None:
        experiment = trial.experiment
        room = room_for(self.brand, experiment.factor, experiment.level, experiment.against)
        blocks = trial.next_blocks(room.blocks)
        places = sorted(dice.sample(range(len(self.posts)), 2 * len(blocks)))
        for number, block in enumerate(blocks):
            first = dice.choice(tuple(Arm))
            for place, arm in zip(places[2 * number : 2 * number + 2], (first, first.other), strict=True):
                self._give(place, trial, block, arm)
        if blocks:
            self._rest(experiment, places, dice)

    def _by_week(self, trial: Trial, dice: random.Random) -> None:
        if (drawn := trial.arm_of(self.week, self.seed)) is None:
            return
        count = min(trial.experiment.block_posts, len(self.posts))
        places = sorted(dice.sample(range(len(self.posts)), count))
        for place in places:
            self._give(place, trial, *drawn)
        self._rest(trial.experiment, places, dice)

    def _slots(self, trial: Trial, dice: random.Random) -> None:
        experiment = trial.experiment
        places = {post[Factor.SLOT]: place for place, post in enumerate(self.posts)}
        if experiment.design is Design.BY_WEEK:
            drawn = trial.arm_of(self.week, self.seed)
            if drawn is not None and (place := places.get(experiment.level_of(drawn[1]))) is not None:
                self.arms[place].append((trial, *drawn))
            return
        for block in trial.next_blocks(1):
            one, other = places[experiment.level], places[experiment.against]
            if dice.random() < 0.5:
                slots = self.posts[one][Factor.SLOT], self.posts[other][Factor.SLOT]
                self.posts[one], self.posts[other] = self.posts[other], self.posts[one]
                self.posts[one][Factor.SLOT], self.posts[other][Factor.SLOT] = slots
                self.arms[one], self.arms[other] = self.arms[other], self.arms[one]
            self.arms[one].append((trial, block, Arm.LEVEL))
            self.arms[other].append((trial, block, Arm.AGAINST))

    def _give(self, place: int, trial: Trial, block: int, arm: Arm) -> None:
        self.posts[place][trial.experiment.factor] = trial.experiment.level_of(arm)
        self.arms[place].append((trial, block, arm))

    def _rest(self, experiment: Experiment, taken: Sequence[int], dice: random.Random) -> None:
        """Fill the other places with what the mix still wants, within what the brand's bounds leave of the week."""
        factor, count = experiment.factor, len(self.posts)
        rest = [place for place in range(count) if place not in taken]
        if not rest:
            return
        given = Counter(self.posts[place][factor] for place in taken)
        bounds = {
            name: (max(0.0, least * count - given[name]) / len(rest), max(0, most - given[name]) / len(rest))
            for name, (least, most) in place_bounds(self.brand, factor).items()
        }
        wished = {name: max(0.0, share * count - given[name]) for name, share in self.learnings.mix[factor].items()}
        total = sum(wished.values())
        shares = {name: share / total if total else 0.0 for name, share in wished.items()}
        levels = counted(mix_within(shares, bounds), len(rest), dice)
        dice.shuffle(levels)
        for place, level in zip(rest, levels, strict=True):
            self.posts[place][factor] = level

    def _expected(self, place: int, tested: Factor) -> float:
        """What was known of the post's other levels going into the week, in logs."""
        others = ((factor, level) for factor, level in self.posts[place].items() if factor is not tested)
        effects = (self.learnings.effect(factor, level) for factor, level in others)
        return sum(effect.log_effect for effect in effects if effect is not None)


def still_possible(brand: Brand, trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """The experiments that the brand, as it is now, has the levels and the room for; the others get no more posts."""
    return tuple(trial for trial in trials if _is_possible(brand, trial.experiment))


def _is_possible(brand: Brand, experiment: Experiment) -> bool:
    if not {experiment.level, experiment.against} <= set(levels_of(brand)[experiment.factor]):
        return False
    room = room_for(brand, experiment.factor, experiment.level, experiment.against)
    takes_any_room = experiment.design is Design.BY_WEEK and experiment.factor is not Factor.SLOT
    return takes_any_room or experiment.design is room.design


def slots_asked(trials: Sequence[Trial], week: Week, seed: int) -> tuple[frozenset[str], frozenset[str]]:
    """Slots that experiments need in a week, and those that they need empty."""
    needed: set[str] = set()
    barred: set[str] = set()
    for trial in trials:
        experiment = trial.experiment
        if experiment.factor is not Factor.SLOT:
            continue
        if experiment.design is Design.WITHIN_WEEK:
            needed |= {experiment.level, experiment.against} if trial.left > 0 else set()
        elif drawn := trial.arm_of(week, seed):
            needed.add(experiment.level_of(drawn[1]))
            barred.add(experiment.level_of(drawn[1].other))
    return frozenset(needed), frozenset(barred)
