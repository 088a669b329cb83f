"""Whether a rate is lower than another by more than luck, and how many such findings may be believed at once."""

import math
from collections.abc import Sequence


def binomial_lower_tail(successes: int, trials: int, chance: float) -> float:
    """P(X <= successes) for X ~ Binomial(trials, chance), summed exactly."""
    if successes >= trials or chance <= 0:
        return 1.0
    if successes < 0 or chance >= 1:
        return 0.0
    head, tail = math.log(chance), math.log1p(-chance)
    logs = [
        math.lgamma(trials + 1)
        - math.lgamma(number + 1)
        - math.lgamma(trials - number + 1)
        + number * head
        + (trials - number) * tail
        for number in range(successes + 1)
    ]
    return min(math.fsum(math.exp(value) for value in logs), 1.0)


def fewer_than_usual(
    successes: float, trials: float, usual_successes: float, usual_trials: float, *, ratio: float = 1.0
) -> float:
    """p-value against 'this rate is at least `ratio` times the usual one'; the usual rate is itself only estimated.

    The exact conditional test of two Poisson rates (Przyborowski and Wilenski 1940): given all successes together,
    those on this side are binomial. Fractions are rounded in favour of the accused. 1 where nothing is known.
    """
    if trials <= 0 or usual_trials <= 0:
        return 1.0
    here, there = math.ceil(successes), math.floor(usual_successes)
    weight = ratio * trials
    return binomial_lower_tail(here, here + there, weight / (weight + usual_trials)) if there > 0 else 1.0


def discoveries(p_values: Sequence[float], rate: float) -> frozenset[int]:
    """Positions that may be believed while of all believed a share of at most `rate` is expected to be false.

    Benjamini and Hochberg (1995).
    """
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    last = 0
    for rank, at in enumerate(order, start=1):
        if p_values[at] <= rate * rank / len(p_values):
            last = rank
    return frozenset(order[:last])


def quantile(ordered: Sequence[float], share: float) -> float:
    """The `share` quantile of values in rising order, between neighbours where it falls between. Needs one value."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
