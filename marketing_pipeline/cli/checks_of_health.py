"""What the doctor looks at while the installation runs: processes, the queue, errors, spend, freshness, alerts."""

from collections.abc import Iterator

from marketing_pipeline.cli.checks_of_home import has_dagster
from marketing_pipeline.cli.finding import Finding, ill
from marketing_pipeline.cli.opened_home import has_home
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.health import Area, Health, HealthFinding, Level
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace

# The doctor's own looks at these go deeper: it walks the whole audit log, and names every effect that is stuck.
_LOOKED_AT = frozenset({Area.CLOCK, Area.DISK, Area.DATABASE, Area.AUDIT, Area.EFFECTS, Area.QUEUE})


def how_it_does(settings: Settings) -> Iterator[Finding]:
    """One line an area, and one more for each thing that is wrong. Nothing where there is no home yet."""
    if not has_home(settings):
        return
    try:
        health = _examined(settings)
    except MarketingError as error:
        yield ill("health", error.message, error.mend)
        return
    runs_by_itself = has_dagster(settings.home)
    for area in Area:
        if area not in _LOOKED_AT:
            yield from (_line(found, runs_by_itself=runs_by_itself) for found in health.of(area))


def _examined(settings: Settings) -> Health:
    with Workplace.open(settings) as workplace, workplace.health.opened_history() as history:
        return workplace.health.examine(history)


def _line(found: HealthFinding, *, runs_by_itself: bool) -> Finding:
    """What is doubtful stops nothing: it is told with its mend. Where Dagster has a history, it should be running."""
    is_daemon = found.area is Area.DAEMON
    stops = found.level is Level.BAD or (found.level is Level.WARN and is_daemon and runs_by_itself)
    name = "dagster daemon" if is_daemon else found.name
    return Finding(name=name, ok=not stops, detail=found.what, mend=found.mend.strip())
