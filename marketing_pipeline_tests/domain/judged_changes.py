"""Many applied changes whose truth is known, judged; and the window in which one change is judged."""

from datetime import timedelta
from functools import cache

from marketing_pipeline.domain.ad_change import Forecast
from marketing_pipeline.domain.ad_outcome import AdOutcome
from marketing_pipeline_tests.domain.ad_accounts import (
    TODAY,
)
from marketing_pipeline_tests.domain.known_changes import (
    KnownChange,
    judged,
)

SEEDS = 200


@cache
def verdicts(known: KnownChange) -> tuple[tuple[Forecast, AdOutcome], ...]:
    return tuple(judged(known, seed) for seed in range(SEEDS))


def silent(expected: float = 0.0, low: float = 0.0, high: float = 0.0) -> Forecast:
    return Forecast(metric="conversions", days=14, expected=expected, low=low, high=high)


DAY = TODAY - timedelta(days=25)
UNTIL = DAY + timedelta(days=14)
SAVES = Forecast(metric="cost_micros", days=14, expected=-70e6, low=-90e6, high=-50e6)
