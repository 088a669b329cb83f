"""Health: everything looked at, each area on its own, so that one that fails to answer hides no other."""

import logging
from collections.abc import Callable, Iterator, Mapping

from marketing_pipeline.domain.clock_reading import ClockReading
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.health import Area, Health, HealthFinding, bad
from marketing_pipeline.operations.health_of_machine import clocks, control_plane, disk
from marketing_pipeline.operations.health_of_processes import code_location, console, daemon, drains
from marketing_pipeline.operations.health_of_results import freshness, spend
from marketing_pipeline.operations.health_of_work import alerts, audit, effects, errors, queue
from marketing_pipeline.operations.installation import Installation

log = logging.getLogger(__name__)
Look = Callable[[Installation], Iterator[HealthFinding]]
_LOOKS: Mapping[Area, Look] = {
    Area.DAEMON: daemon,
    Area.CODE_LOCATION: code_location,
    Area.DRAINS: drains,
    Area.CONSOLE: console,
    Area.DISK: disk,
    Area.DATABASE: control_plane,
    Area.QUEUE: queue,
    Area.ERRORS: errors,
    Area.SPEND: spend,
    Area.FRESHNESS: freshness,
    Area.EFFECTS: effects,
    Area.AUDIT: audit,
    Area.ALERTS: alerts,
}


def examine(place: Installation, before: ClockReading | None = None) -> Health:
    """Look at everything once. `before`: an earlier reading of the clocks, without which only a set-back one shows.

    Never raises: an area that cannot be looked at is bad, and says why.
    """
    findings = list(_looked(Area.CLOCK, lambda: clocks(place, before)))
    for area, look in _LOOKS.items():
        findings += _looked(area, lambda look=look: look(place))
    return Health(at=place.real.now(), findings=tuple(findings))


def _looked(area: Area, look: Callable[[], Iterator[HealthFinding]]) -> list[HealthFinding]:
    try:
        return list(look())
    except MarketingError as error:
        return [bad(area, error.message, error.mend.strip())]
    except Exception as error:  # what looks after the rest must not fall with it
        log.error("The area %s cannot be looked at", area, exc_info=error)
        return [bad(area, f"It cannot be looked at: {type(error).__name__}.", "The log of this process says more.")]
