"""The work: what is due, what fails, what is unproved; the audit log's head; whether people can be told."""

from collections.abc import Iterator
from datetime import timedelta

from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.health import Area, HealthFinding, ago, bad, counted, doubtful, well
from marketing_pipeline.operations.installation import Installation
from marketing_pipeline.store.alerts import Alerts
from marketing_pipeline.store.operating_figures import Outcomes, effects_in, oldest_due, outcomes_since
from marketing_pipeline.store.reconciliations import open_reconciliation

DUE_TOO_LONG = timedelta(minutes=15)
DUE_LONG = timedelta(minutes=5)
"""The sensor looks every 30 seconds, and one post takes up to five minutes."""
WINDOW = timedelta(hours=6)
FEWEST = 5
"""Of fewer calls no rate is told."""
MANY, MOST = 0.2, 0.5
UNPROVED_LONG = timedelta(hours=2)


def queue(place: Installation) -> Iterator[HealthFinding]:
    """How long the oldest effect that a drain could move on has waited."""
    now = place.clock.now()
    with place.database.read() as connection:
        since = oldest_due(connection, now)
    mend = "Run `marketing up`: its daemon does what is due."
    if since is None:
        yield well(Area.QUEUE, "nothing is due")
    elif now - since > DUE_TOO_LONG:
        yield bad(Area.QUEUE, f"An effect has been due for {ago(now - since)} and nobody took it.", mend, since)
    elif now - since > DUE_LONG:
        yield doubtful(Area.QUEUE, f"An effect has been due for {ago(now - since)}.", mend, since)
    else:
        yield well(Area.QUEUE, f"the oldest has been due for {ago(now - since)}")


def errors(place: Installation) -> Iterator[HealthFinding]:
    """Shares of failed calls to channels and to models in the last hours."""
    with place.database.read() as connection:
        channels, models = outcomes_since(connection, place.clock.now() - WINDOW)
    see = "`marketing effects list --state failed`, and the service's status page."
    yield _rate("calls to channels", channels, see).model_copy(update={"of": "channels"})
    see = "`marketing sql` on model_calls says which; see the provider's status page."
    yield _rate("model calls", models, see).model_copy(update={"of": "models"})


def _rate(name: str, seen: Outcomes, mend: str) -> HealthFinding:
    hours = f"in {WINDOW.total_seconds() / 3600:.0f} h"
    told = f"{seen.failed} of {seen.total} {name} failed {hours}"
    if seen.total < FEWEST or seen.failed / seen.total < MANY:
        return well(Area.ERRORS, told)
    worst = f"{told}, most often: {seen.most_often}."
    return bad(Area.ERRORS, worst, mend) if seen.failed / seen.total >= MOST else doubtful(Area.ERRORS, worst, mend)


def effects(place: Installation) -> Iterator[HealthFinding]:
    """Effects whose outcome is not known, and those that nobody but a person can settle."""
    now = place.clock.now()
    with place.database.read() as connection:
        parked = effects_in(connection, EffectState.PARKED)
        unknown = effects_in(connection, EffectState.UNKNOWN)
        blocked = open_reconciliation(connection)
    if blocked is not None:
        yield bad(Area.EFFECTS, f"{blocked.words()}.", "Run `marketing reconcile`.", blocked.started_at)
    for effect in parked:
        mend = f"Look whether it is live, then `marketing effects resolve {effect.id}`."
        yield bad(Area.EFFECTS, f"{effect.id} cannot be proved: {effect.reason}", mend, effect.since)
    long = [effect for effect in unknown if now - effect.since > UNPROVED_LONG]
    for effect in long:
        mend = f"It is read back by itself; `marketing effects show {effect.id}` says how it stands."
        yield doubtful(
            Area.EFFECTS, f"{effect.id} has been unproved for {ago(now - effect.since)}.", mend, effect.since
        )
    if not parked and not long and blocked is None:
        yield well(Area.EFFECTS, f"none is parked, {len(unknown)} being read back")


def audit(place: Installation) -> Iterator[HealthFinding]:
    """The head of the audit chain against the newest anchored one. `marketing audit verify` walks it all."""
    with place.database.read() as connection:
        verdict = place.audit.verify_head(connection, place.home.audit_anchor)
    if verdict.intact:
        yield well(Area.AUDIT, f"{counted(verdict.rows, 'row')}, the anchored head among them")
    else:
        yield bad(Area.AUDIT, verdict.problem, "`marketing pause`, and compare the database with the last backup.")


def alerts(place: Installation) -> Iterator[HealthFinding]:
    """Whether anybody is told, and whether telling works."""
    if not place.settings.notify_urls:
        what = "Nobody is told of alerts: MARKETING_NOTIFY_URLS names no service."
        mend = "Name at least one, then `marketing alerts test`; until then look at `marketing status`."
        yield doubtful(Area.ALERTS, what, mend) if place.settings.acts_live else well(Area.ALERTS, what)
        return
    standing = Alerts(place.database, place.audit).find()
    failing = [alert for alert in standing if alert.notify_problem]
    untold = [alert for alert in failing if alert.notified_at is None]
    mend = "Check MARKETING_NOTIFY_URLS with `marketing alerts test`."
    if untold:
        oldest = min(untold, key=lambda alert: alert.first_at)
        what = f"{counted(len(untold), 'alert')} could not be told to anybody: {oldest.notify_problem}."
        yield bad(Area.ALERTS, what, mend, oldest.first_at)
    elif failing:
        yield doubtful(Area.ALERTS, f"Not every service takes alerts: {failing[0].notify_problem}.", mend)
    else:
        yield well(Area.ALERTS, f"{len(standing)} stand, people are told")
