"""Luck that depends on what it is about and on nothing else: the same name and day give the same draw for ever."""

import hashlib
import random

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]

_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_STEP, _SALT = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03
_WORD = 2**64
_LARGE_MEAN = 30.0


def key(*parts: object) -> int:
    """A 64-bit number that stands for the parts, stable between processes."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def seeded(*parts: object) -> random.Random:
    """A source of luck of its own for each thing that the parts name."""
    return random.Random(key(*parts))


def _mixed(words: Keys) -> Keys:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014): each bit of the input moves half of the output's."""
    words = (words ^ (words >> np.uint64(30))) * _FIRST
    words = (words ^ (words >> np.uint64(27))) * _SECOND
    return words ^ (words >> np.uint64(31))


def uniform(keys: Keys, days: Ints, salt: int) -> Floats:
    """Draws strictly between 0 and 1, one row a day and one column a key. `salt` tells one use from another."""
    offsets = np.array([(int(day) * _STEP + salt * _SALT) % _WORD for day in days], dtype=np.uint64)
    words = _mixed(keys[np.newaxis, :] ^ _mixed(offsets)[:, np.newaxis])
    return ((words >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def normal(quantiles: Floats) -> Floats:
    """Standard normal draws from uniform ones, by Tukey's lambda approximation (error below 0.02 within 3 sigma)."""
    return (quantiles**0.135 - (1 - quantiles) ** 0.135) / 0.1975


def poisson(quantiles: Floats, means: Floats) -> Ints:
    """Poisson counts from uniform draws. With the same draw a larger mean never gives a smaller count.

    Below a mean of 30 by summing probabilities, above by the square-root transformation.
    """
    flat, draws = means.ravel(), quantiles.ravel()
    counts = np.zeros(flat.shape, dtype=np.int64)
    large = flat >= _LARGE_MEAN
    root = np.sqrt(flat[large]) + normal(draws[large]) / 2
    counts[large] = np.maximum(np.floor(root**2 + 0.25), 0).astype(np.int64)
    rest = np.flatnonzero(~large & (flat > 0))
    mean, draw = flat[rest], draws[rest]
    probability = np.exp(-mean)
    total, number = probability.copy(), 0
    while True:
        above = (draw > total) & (probability > 0)
        if not above.any():
            return counts.reshape(means.shape)
        rest, mean, draw = rest[above], mean[above], draw[above]
        number += 1
        probability = probability[above] * mean / number
        total = total[above] + probability
        counts[rest] = number
