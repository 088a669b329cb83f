"""Figures for Prometheus, read from the stores at each scrape."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from marketing_pipeline.domain.alert import Severity
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.health import Health, Level
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.operations.health_of_machine import free_bytes
from marketing_pipeline.operations.health_of_results import snapshot_age
from marketing_pipeline.operations.installation import Installation
from marketing_pipeline.store.operating_figures import (
    attempts_by_outcome,
    calls_by_agent,
    effects_by_state,
    oldest_due,
    posts_by_state,
    standing_alerts,
)


def exposition(place: Installation, health: Health) -> bytes:
    """Everything in Prometheus' text format. Raises what the database does."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(place, health))
    return generate_latest(registry)


class _Figures(Collector):
    """One scrape."""

    def __init__(self, place: Installation, health: Health) -> None:
        self._place = place
        self._health = health

    def collect(self) -> Iterator[Metric]:
        """Every family of figures."""
        yield from self._work()
        yield from self._models()
        yield from self._machine()
        areas = dict.fromkeys(finding.area for finding in self._health.findings)
        levels = [((str(area),), float(self._health.worst(area) is not Level.BAD)) for area in areas]
        yield _gauge("marketing_healthy", "1 where nothing in an area is bad", ("area",), levels)

    def _work(self) -> Iterator[Metric]:
        now = self._place.clock.now()
        with self._place.database.read() as connection:
            effects = effects_by_state(connection)
            posts = posts_by_state(connection)
            attempts = attempts_by_outcome(connection)
            alerts = standing_alerts(connection)
            since = oldest_due(connection, now)
        waited = 0.0 if since is None else max(0.0, (now - since).total_seconds())
        yield _gauge("marketing_effects", "Effects by state", ("state",), _all(EffectState, effects))
        yield _gauge("marketing_posts", "Posts by state", ("state",), _all(PostState, posts))
        yield _gauge("marketing_alerts", "Alerts not resolved", ("severity",), _all(Severity, alerts))
        yield _gauge("marketing_queue_age_seconds", "How long the oldest due effect has waited", (), [((), waited)])
        calls = CounterMetricFamily("marketing_attempts", "Calls to channels by outcome", labels=("outcome",))
        for outcome, count in attempts.items():
            calls.add_metric((outcome,), count)
        yield calls

    def _models(self) -> Iterator[Metric]:
        with self._place.database.read() as connection:
            rows = calls_by_agent(connection)
        calls = CounterMetricFamily("marketing_model_calls", "Model calls", labels=("agent", "outcome"))
        spend = CounterMetricFamily("marketing_model_spend_micros", "Model spend, USD micros", labels=("agent",))
        totals: dict[str, int] = {}
        for row in rows:
            calls.add_metric((row.agent, row.outcome), row.count)
            totals[row.agent] = totals.get(row.agent, 0) + row.micros
        for agent, micros in totals.items():
            spend.add_metric((agent,), micros)
        yield from (calls, spend)

    def _machine(self) -> Iterator[Metric]:
        now = self._place.real.now()
        running = [beat for beat in self._place.beats.read() if beat.ended_at is None]
        ages = [((beat.name,), (now - beat.beat_at).total_seconds()) for beat in running]
        ages += [
            ((f"daemon:{beat.name}",), (now - beat.at).total_seconds())
            for beat in (self._place.history.daemon_beats() if self._place.history else ())
        ]
        yield _gauge("marketing_heartbeat_age_seconds", "Since the last sign of life", ("name",), ages)
        free = float(free_bytes(self._place.home.root))
        yield _gauge("marketing_disk_free_bytes", "Room on the disk of the home", (), [((), free)])
        age = snapshot_age(self._place)
        if age is not None:
            yield _gauge("marketing_snapshot_age_seconds", "Age of the snapshot", (), [((), age.total_seconds())])


def _gauge(
    name: str, about: str, labels: tuple[str, ...], samples: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, about, labels=labels)
    for values, figure in samples:
        family.add_metric(values, figure)
    return family


def _all(states: Iterable[StrEnum], counted: Mapping[str, int]) -> list[tuple[tuple[str, ...], float]]:
    """A sample for every state, so that none that is empty looks as if it were not known."""
    return [((str(state),), float(counted.get(state, 0))) for state in states]
