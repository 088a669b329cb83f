"""How one installation does: signs of life, health, alerts."""

from contextlib import AbstractContextManager
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marketing_pipeline.channels.notifications import Delivery, Notifier
    from marketing_pipeline.domain.ad_analysis import AdAnalysis
    from marketing_pipeline.domain.clock_reading import ClockReading
    from marketing_pipeline.domain.health import Health
    from marketing_pipeline.domain.heartbeat import ServerKind
    from marketing_pipeline.domain.identifiers import BrandId
    from marketing_pipeline.operations.dagster_history import DagsterHistory
    from marketing_pipeline.operations.installation import Installation
    from marketing_pipeline.operations.pulse import Pulse
    from marketing_pipeline.store.alert_mutes import AlertMutes
    from marketing_pipeline.store.alerts import Alerts
    from marketing_pipeline.store.heartbeats import Heartbeats
    from marketing_pipeline.workplace.workplace import Workplace


class HealthDesk:
    """Health and alerts of a `Workplace`; reached as `workplace.health`."""

    def __init__(self, place: "Workplace") -> None:
        self._place = place

    def installation(self, history: "DagsterHistory | None" = None) -> "Installation":
        """What health and alerts look at; `history` is what Dagster knows, None where it never ran."""
        from marketing_pipeline.operations.installation import Installation

        return Installation(
            settings=self._place.settings,
            home=self._place.home,
            clock=self._place.clock,
            database=self._place.database,
            audit=self._place.audit,
            approvals=self._place.approvals,
            brands=self._place.brands,
            broken_brands=tuple(self._place.broken_brands),
            history=history,
        )

    def opened_history(self) -> "AbstractContextManager[DagsterHistory | None]":
        """What Dagster knows, open for as long as it is used. Loads Dagster where it has a history.

        Raises DagsterStorageMissing; entering it raises DagsterUnreachable.
        """
        from marketing_pipeline.operations.dagster_history import dagster_history
        from marketing_pipeline.operations.dagster_settings import is_on_a_server, write_dagster_settings

        if is_on_a_server(self._place.settings):
            # What other machines did is history here as well, whether or not Dagster ever ran on this one.
            write_dagster_settings(self._place.settings)
        return dagster_history(self._place.home.dagster)

    def examine(self, history: "DagsterHistory | None" = None, before: "ClockReading | None" = None) -> "Health":
        """Look at everything once; see `operations.health.examine`."""
        from marketing_pipeline.operations.health import examine

        return examine(self.installation(history), before)

    def watch(self, health: "Health", history: "DagsterHistory | None" = None) -> int:
        """One pass of the alerts; returns how many people were told of."""
        from marketing_pipeline.operations.alerts import watch

        return watch(self.installation(history), health, self.notifier)

    @property
    def notifier(self) -> "Notifier":
        """Whoever MARKETING_NOTIFY_URLS names."""
        from marketing_pipeline.channels.notifications import Notifier

        return Notifier(self._place.settings.notify_urls)

    @property
    def alerts(self) -> "Alerts":
        """The alerts."""
        from marketing_pipeline.store.alerts import Alerts

        return Alerts(self._place.database, self._place.audit)

    @property
    def mutes(self) -> "AlertMutes":
        """The mutes."""
        from marketing_pipeline.store.alert_mutes import AlertMutes

        return AlertMutes(self._place.database, self._place.audit)

    def send_test(self) -> "Delivery":
        """Tell everybody that this is a test."""
        from marketing_pipeline.channels.notifications import Tone

        return self.notifier.send(
            "[info] A test of marketing alerts", "Nothing is the matter. Who reads this is told of alerts.", Tone.INFO
        )

    def server_ended(self, name: str, words: str, *, final: bool) -> None:
        """Keep that a server of `marketing up` ended by itself; the alerts tell of it.

        `final`: it is not started again, so the console ends, too, and people are told at once.
        """
        from marketing_pipeline.channels.notifications import Tone
        from marketing_pipeline.operations.ended_servers import note_end

        if final:
            body = f"{words}\nNothing runs any more: mend it, then start `marketing up` again."
            self.notifier.send("[critical] `marketing up` has ended", body, Tone.FAILURE)
        note_end(self.installation(), name, words, final=final)

    def settle_ads(self, brand: "BrandId", analysis: "AdAnalysis") -> None:
        """Raise what the daily look at an ad account found odd, and resolve what is odd no more."""
        from marketing_pipeline.domain.alert import AlertKind
        from marketing_pipeline.operations.ad_alerts import ad_findings

        self.alerts.settle(list(ad_findings(brand, analysis)), (AlertKind.AD_ANOMALY,), brand)

    def beat(self, kind: "ServerKind", every: timedelta) -> None:
        """One sign of life of a process that beats from outside, such as a sensor's tick."""
        self._beats.beat(kind, kind, int(every.total_seconds()))

    def pulse(self, name: str, kind: "ServerKind", *, patience: timedelta | None = None) -> "Pulse":
        """Signs of life for the length of a `with`; with `patience` only while `moved_on` is called."""
        from marketing_pipeline.operations.pulse import Pulse

        seconds = None if patience is None else patience.total_seconds()
        return Pulse(self._beats, name, kind, patience=seconds)

    @property
    def _beats(self) -> "Heartbeats":
        """Signs of life alone: an `installation` knows every brand, and a run reads its own only."""
        from marketing_pipeline.domain.clock import SystemClock
        from marketing_pipeline.store.heartbeats import Heartbeats

        return Heartbeats(self._place.database, SystemClock())
