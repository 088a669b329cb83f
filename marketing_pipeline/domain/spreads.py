"""How large each part of the effect model is: the spreads, the values that they may take, and how likely each is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

LEVEL_SPREADS = (0.05, 0.1, 0.18, 0.26, 0.35, 0.5, 0.75)
LEVEL_PRIOR = (-1.2, -0.6, -0.2, 0.0, 0.0, -0.4, -1.4)
"""Values that the spread of a factor's levels may take, and the log of their prior up to a constant."""
CHOICES = {
    "noise": (
        (0.03, 0.08, 0.15, 0.22, 0.3, 0.4, 0.5, 0.65, 0.85, 1.2),
        (-2, -1.2, -0.5, -0.2, 0, 0, -0.2, -0.6, -1.2, -2),
    ),
    "drift": ((0.0, 0.005, 0.015, 0.03, 0.06, 0.12), (0, -0.1, -0.1, -0.1, -0.2, -0.8)),
    "pairs": ((0.0, 0.05, 0.1, 0.15, 0.22, 0.32), (0, -0.6, -0.7, -0.9, -1.4, -2.3)),
    "season": ((0.0, 0.1, 0.2, 0.4), (0, -0.6, -0.7, -1.2)),
    "fatigue": ((0.0, 0.04, 0.08, 0.15), (0, -0.6, -0.6, -0.8)),
}
"""The same for what is one for all factors."""


@dataclass(frozen=True)
class Spreads:
    """Deviations of what a post is made of, all in logs; `drift` is the loss of correlation per week."""

    levels: tuple[float, ...]
    noise: float = 0.4
    drift: float = 0.0
    pairs: float = 0.0
    season: float = 0.0
    fatigue: float = 0.0

    @property
    def log_prior(self) -> float:
        """Up to a constant; of spreads among the choices."""
        logs = [LEVEL_PRIOR[LEVEL_SPREADS.index(level)] for level in self.levels]
        logs += [prior[values.index(getattr(self, name))] for name, (values, prior) in CHOICES.items()]
        return float(sum(logs))


@dataclass(frozen=True)
class Ladder:
    """The values that one spread may take, and where it stands among all spreads."""

    values: tuple[float, ...]
    name: str
    factor: int = 0

    def place(self, spreads: Spreads) -> int:
        """The number of the value that is nearest."""
        now = spreads.levels[self.factor] if self.name == "levels" else getattr(spreads, self.name)
        return min(range(len(self.values)), key=lambda index: abs(self.values[index] - now))

    def put(self, spreads: Spreads, value: float) -> Spreads:
        """The spreads with this one changed."""
        if self.name != "levels":
            return replace(spreads, **{self.name: value})
        levels = tuple(value if f == self.factor else old for f, old in enumerate(spreads.levels))
        return replace(spreads, levels=levels)


def level_ladders(factors: int) -> tuple[Ladder, ...]:
    """The spread of the levels of each factor."""
    return tuple(Ladder(LEVEL_SPREADS, "levels", factor) for factor in range(factors))


def ladders(factors: int, tires: bool) -> Iterator[Ladder]:
    """Every spread in the order in which they are searched; fatigue only where some factor tires."""
    noise, *others = (Ladder(values, name) for name, (values, _) in CHOICES.items() if tires or name != "fatigue")
    yield noise
    yield from level_ladders(factors)
    yield from others
