"""One pass over everything that people must hear about: find, raise and resolve, escalate, tell."""

import logging
from contextlib import suppress

from marketing_pipeline.channels.notifications import Delivery, Notifier, Tone
from marketing_pipeline.domain.alert import Severity
from marketing_pipeline.domain.health import Health
from marketing_pipeline.operations.alert_message import AlertMessage, alert_message
from marketing_pipeline.operations.installation import Installation
from marketing_pipeline.operations.watchers import WATCHERS, Watcher
from marketing_pipeline.store.alerts import Alerts

log = logging.getLogger(__name__)
_TONES = {Severity.INFO: Tone.INFO, Severity.WARNING: Tone.WARNING, Severity.CRITICAL: Tone.FAILURE}


def watch(place: Installation, health: Health, notifier: Notifier) -> int:
    """Bring the alerts up to date and tell people; returns how many they were told of.

    Any number of processes may do this at once: each alert is told by one. A watcher that fails leaves its alerts as
    they are. Raises what the database does.
    """
    alerts = Alerts(place.database, place.audit)
    for watcher in WATCHERS:
        _settle(place, health, alerts, watcher)
    alerts.escalate()
    return _tell(place, alerts, notifier)


def _settle(place: Installation, health: Health, alerts: Alerts, watcher: Watcher) -> None:
    try:
        found = list(watcher(place, health))
    except Exception as error:  # one watcher that cannot see must not blind the others
        log.error("The watcher %s failed", getattr(watcher, "__name__", watcher), exc_info=error)
        return
    alerts.settle(found, WATCHERS[watcher])


def _tell(place: Installation, alerts: Alerts, notifier: Notifier) -> int:
    claimed = alerts.claim_untold() if notifier.has_listeners else ()
    if not claimed:
        return 0
    ids = [alert.id for alert in claimed]
    delivery = send(notifier, alert_message(claimed, console_url(place)))
    problem = "; ".join(delivery.problems)
    if delivery.taken:
        alerts.told(ids, problem or None)
        return len(ids)
    log.error("Nobody could be told of %d alerts: %s", len(ids), problem)
    alerts.not_told(ids, problem)
    return 0


def send(notifier: Notifier, message: AlertMessage) -> Delivery:
    """Send one message in the tone of its severity."""
    return notifier.send(message.title, message.body, _TONES[message.severity])


def console_url(place: Installation) -> str:
    """Where the console of this home is served; empty where it does not run."""
    with suppress(OSError):
        return (place.home.root / "console" / "url").read_text(encoding="utf-8").strip()
    return ""
