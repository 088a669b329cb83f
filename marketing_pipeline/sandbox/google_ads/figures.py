"""Figures of an account over some days, by whatever a report asks: entities, dates, search terms."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
from marketing_pipeline.sandbox.google_ads.auction import Block
from marketing_pipeline.sandbox.google_ads.chance import Floats, Ints, normal, uniform
from marketing_pipeline.sandbox.google_ads.serving import Pair
from marketing_pipeline.sandbox.google_ads.traits import campaign_traits

LATEST_DAYS = 30
"""A conversion counts for the day of its click up to so many days later; documented as the usual window."""
_AT_ONCE = 0.6
_USUAL_LAG_HOURS = 72.0
_LAG, _VALUE = 1_000, 2_000
_VALUE_NOISE = 0.35


@dataclass(frozen=True)
class Figures:
    """Sums. Cost in micros, conversion value in units of the currency, as the API gives them."""

    impressions: int
    clicks: int
    cost_micros: int
    conversions: float
    conversions_value: float

    @property
    def nothing(self) -> bool:
        """Whether nobody saw any ad."""
        return not self.impressions


NO_FIGURES = Figures(0, 0, 0, 0.0, 0.0)
Entity = tuple[Any, ...]
Label = tuple[Any, ...]


def totals(
    seed: int,
    account: AdsAccount,
    blocks: Sequence[Block],
    now: datetime,
    entity: Callable[[Pair], Entity | None],
    label: Callable[[date], Label | None],
) -> Iterator[tuple[Entity, Label, Figures]]:
    """Sums by entity and label (None leaves out), in the order of first appearance. Only what has arrived by `now`."""
    entities: dict[Entity, int] = {}
    labels: dict[Label, int] = {}
    parts: list[tuple[Ints, Ints, list[Floats]]] = []
    for block in blocks:
        rows, row_codes = _codes([label(date.fromordinal(int(day))) for day in block.days], labels)
        columns, column_codes = _codes([entity(pair) for pair in block.pairs], entities)
        if rows.size and columns.size:
            matrices = [matrix[np.ix_(rows, columns)] for matrix in _matrices(seed, account, block, now)]
            parts.append(_reduced(matrices, row_codes, column_codes))
    if not parts:
        return
    codes = np.concatenate([entity_code * len(labels) + label_code for entity_code, label_code, _ in parts])
    found, inverse = np.unique(codes, return_inverse=True)
    sums = [
        np.bincount(inverse, weights=np.concatenate([part[2][at] for part in parts]), minlength=len(found))
        for at in range(5)
    ]
    entity_names, label_names = list(entities), list(labels)
    for at, code in enumerate(found.tolist()):
        yield (
            entity_names[code // len(labels)],
            label_names[code % len(labels)],
            Figures(
                int(sums[0][at]), int(sums[1][at]), int(sums[2][at]), float(sums[3][at]), round(float(sums[4][at]), 6)
            ),
        )


def _codes(names: Sequence[tuple[Any, ...] | None], known: dict[tuple[Any, ...], int]) -> tuple[Ints, Ints]:
    """Which of the names are kept, and the number of each; new names are added to `known`."""
    kept = [(at, known.setdefault(name, len(known))) for at, name in enumerate(names) if name is not None]
    pairs = np.array(kept, dtype=np.int64).reshape(len(kept), 2)
    return pairs[:, 0], pairs[:, 1]


def _reduced(matrices: Sequence[Floats], rows: Ints, columns: Ints) -> tuple[Ints, Ints, list[Floats]]:
    """Columns of one entity and rows of one label added up: flat entity codes, label codes, and sums of each matrix."""
    order, row_order = np.argsort(columns, kind="stable"), np.argsort(rows, kind="stable")
    names, starts = np.unique(columns[order], return_index=True)
    row_names, row_starts = np.unique(rows[row_order], return_index=True)
    sums = [
        np.add.reduceat(
            np.add.reduceat(matrix[:, order], starts, axis=1)[row_order], row_starts, axis=0, dtype=np.float64
        ).ravel()
        for matrix in matrices
    ]
    return np.tile(names, len(row_names)), np.repeat(row_names, len(names)), sums


def _matrices(seed: int, account: AdsAccount, block: Block, now: datetime) -> list[Floats]:
    count, value = _arrived(seed, account, block, now)
    return [
        block.impressions.astype(np.float64),
        block.clicks.astype(np.float64),
        block.cost.astype(np.float64),
        count,
        value,
    ]


def _arrived(seed: int, account: AdsAccount, block: Block, now: datetime) -> tuple[Floats, Floats]:
    """Conversions and their value that have come in by `now`: many at once, others up to 30 days after the click."""
    count, value = np.zeros(block.conversions.shape), np.zeros(block.conversions.shape)
    worth = np.array([campaign_traits(seed, account, pair.campaign).value for pair in block.pairs]) / MICROS
    ages = np.array([_age_hours(account, int(day), now) for day in block.days])[:, np.newaxis]
    cents = MICROS // account.unit
    for number in range(int(block.conversions.max(initial=0))):
        here = block.conversions > number
        late = uniform(block.keys, block.days, _LAG + number)
        lag = np.where(late < _AT_ONCE, 0.0, -_USUAL_LAG_HOURS * np.log((1 - late) / (1 - _AT_ONCE)))
        seen = here & (np.minimum(lag, LATEST_DAYS * 24.0) <= ages)
        noise = normal(uniform(block.keys, block.days, _VALUE + number))
        each = worth * np.exp(_VALUE_NOISE * noise - _VALUE_NOISE**2 / 2)
        count += seen
        value += np.where(seen, np.maximum(np.round(each * cents), 1) / cents, 0.0)
    return count, value


def _age_hours(account: AdsAccount, day: int, now: datetime) -> float:
    """How long ago the usual click of that day was."""
    start = datetime.combine(date.fromordinal(day), datetime.min.time(), account.zone)
    passed = (now - start) / timedelta(hours=1)
    return passed / 2 if passed < 24 else passed - 12
