"""`marketing alerts`: what people must hear about, who has taken it on, and what is not sent for a while."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from marketing_pipeline.cli import completing
from marketing_pipeline.cli.filters import BrandOption, JsonOption, known_brand
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.person import whoami
from marketing_pipeline.cli.screen import console, facts, show_json, table
from marketing_pipeline.domain.alert import Alert, AlertKind, AlertState, Mute
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.health import counted
from marketing_pipeline.domain.identifiers import AlertId
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.store.alert_rows import STANDING

alerts_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Alerts: what people must hear about, and who has taken it on.",
    epilog="Example: marketing alerts list",
)
AlertArgument = Annotated[str, typer.Argument(help="Id of the alert.", metavar="ID", autocompletion=completing.alerts)]
_SPANS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class Listed(StrEnum):
    """Which alerts are shown."""

    STANDING = "standing"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    ALL = "all"


_STATES = {Listed.STANDING: STANDING, Listed.ALL: tuple(AlertState)}


class NobodyTold(MarketingError):
    """The test reached nobody, or not everybody."""


@alerts_app.command("list", epilog="Example: marketing alerts list --brand upscale_print")
def list_alerts(
    brand: BrandOption = None,
    kind: Annotated[AlertKind | None, typer.Option(help="Only this kind.")] = None,
    state: Annotated[Listed, typer.Option(help="standing: open or acknowledged.")] = Listed.STANDING,
    as_json: JsonOption = False,
) -> None:
    """List alerts, most urgent first, and the mutes in force."""
    with opened_home() as workplace:
        states = _STATES.get(state) or (AlertState(state),)
        only = known_brand(workplace, brand)
        found = workplace.health.alerts.find(states=states, brand=only, kind=kind)
        mutes = workplace.health.mutes.in_force()
    if as_json:
        show_json([alert.model_dump(mode="json") for alert in found])
        return
    if found:
        headings = ("severity", "id", "what", "state", "since", "told")
        console().print(table(counted(len(found), "alert"), headings, [_row(alert) for alert in found]))
    else:
        typer.echo("No alert stands. `marketing doctor` looks at everything now.")
    if mutes:
        rows = [
            (number, *_scope(mute), moment(mute.until, None), mute.actor, mute.note) for number, mute in mutes.items()
        ]
        console().print(table("mutes", ("number", "kind", "brand", "subject", "until", "by", "why"), rows))


@alerts_app.command(epilog="Example: marketing alerts show unhealthy-0f3c9a1b2d4e")
def show(alert: AlertArgument, as_json: JsonOption = False) -> None:
    """Show one alert with its history."""
    with opened_home() as workplace:
        found = workplace.health.alerts.get(AlertId(alert))
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    times = {
        name: getattr(found, name) for name in ("first_at", "last_at", "notified_at", "escalated_at", "resolved_at")
    }
    pairs = [
        ("severity", found.severity),
        ("state", found.state),
        ("brand", found.brand),
        ("about", found.subject),
        ("detail", found.detail),
        ("what to do", found.mend),
        *((name.replace("_at", "").replace("_", " "), moment(at, None)) for name, at in times.items() if at),
        ("times found", found.occurrences),
        ("attempts to tell", found.notify_attempts),
        ("telling failed", found.notify_problem),
        ("taken on by", found.acknowledged_by),
    ]
    console().print(facts(found.title, pairs))


@alerts_app.command(epilog='Example: marketing alerts ack unhealthy-0f3c9a1b2d4e --note "on it"')
def ack(alert: AlertArgument, note: Annotated[str, typer.Option(help="For the others.")] = "") -> None:
    """Take an alert on: it is not told again unless it becomes worse."""
    with opened_home() as workplace:
        taken = workplace.health.alerts.acknowledge(AlertId(alert), whoami(), note)
    typer.echo(f"{taken.acknowledged_by} has taken on: {taken.title}")


@alerts_app.command(epilog='Example: marketing alerts mute --kind approval_waiting --for 2d --note "on holiday"')
def mute(
    kind: Annotated[AlertKind | None, typer.Option(help="Only this kind; default: all.")] = None,
    brand: BrandOption = None,
    subject: Annotated[str | None, typer.Option(help="Only what is about this.")] = None,
    span: Annotated[str, typer.Option("--for", help="How long: 30m, 2h, 3d.")] = "2h",
    note: Annotated[str, typer.Option(help="Why, for those who read it later.")] = "",
) -> None:
    """Keep alerts without sending them for a while. What still stands at the end is sent then."""
    with opened_home() as workplace:
        until = workplace.clock.now() + _span(span)
        number = workplace.health.mutes.mute(
            until, actor=whoami(), note=note, kind=kind, brand=known_brand(workplace, brand), subject=subject
        )
    only = " ".join(each for each in (kind, brand, subject) if each)
    ending = f"End it earlier with `marketing alerts unmute {number}`."
    typer.echo(f"{only or 'Every alert'}: muted until {moment(until, None)}. {ending}")


@alerts_app.command(epilog="Example: marketing alerts unmute 3")
def unmute(number: Annotated[int, typer.Argument(help="Number of the mute.")]) -> None:
    """End a mute now."""
    with opened_home() as workplace:
        workplace.health.mutes.unmute(number, actor=whoami())
    typer.echo("Ended. What stands is sent with the next look.")


@alerts_app.command(epilog="Example: marketing alerts test")
def test() -> None:
    """Send a test message to everybody whom MARKETING_NOTIFY_URLS names."""
    with opened_home() as workplace:
        if not workplace.health.notifier.has_listeners:
            raise NobodyTold("MARKETING_NOTIFY_URLS names nobody.", "Set it to one or more Apprise URLs, by commas.")
        delivery = workplace.health.send_test()
    if delivery.problems:
        raise NobodyTold(
            f"{delivery.taken} took it; {'; '.join(delivery.problems)}.", "Check those URLs in MARKETING_NOTIFY_URLS."
        )
    typer.echo(f"Sent; {delivery.taken} took it.")


def _row(alert: Alert) -> tuple[object, ...]:
    told = moment(alert.notified_at, None) if alert.notified_at else alert.notify_problem or "not yet"
    return (alert.severity, alert.id, alert.title, alert.state, moment(alert.first_at, None), told)


def _scope(mute: Mute) -> tuple[str, str, str]:
    return mute.kind or "all", mute.brand or "all", mute.subject or "all"


def _span(text: str) -> timedelta:
    number, unit = text[:-1], text[-1:]
    if unit not in _SPANS or not number.isdecimal() or len(number) > 5:
        raise typer.BadParameter(f"{text!r} is no span. Write one such as 30m, 2h or 3d.", param_hint="--for")
    return int(number) * _SPANS[unit]
