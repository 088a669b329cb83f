"""`marketing ads`: proposed and applied changes to ad accounts."""

from typing import Annotated

import typer

from marketing_pipeline.cli import completing
from marketing_pipeline.cli.approval_page import show_asked
from marketing_pipeline.cli.deciding import deciding
from marketing_pipeline.cli.filters import BrandOption, JsonOption, YesOption, known_brand
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.person import operator, require_yes, whoami
from marketing_pipeline.cli.screen import console, say, show_json, table
from marketing_pipeline.cli.trace_page import TraceOption, show_trace
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_value import step
from marketing_pipeline.domain.ad_verdict_words import seen
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.health import counted
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.store.ad_change_row import AdChange, get_ad_change, list_ad_changes
from marketing_pipeline.store.trace_of_ad_change import trace_of_ad_change
from marketing_pipeline.workplace import Workplace
from marketing_pipeline.workplace.asked_ad import AskedAd
from marketing_pipeline.workplace.brands import readable_brand

LISTED = ("id", "brand", "week", "state", "label", "approval", "effect", "expires_at", "applied_at", "outcome")
LIST_HEADINGS = ("id", "state", "what", "change", "seen (90 % noise band)", "counts until")

ads_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Ad changes: what is proposed, approved and applied; take one back.",
    epilog="Example: marketing ads list --state awaiting_approval",
)
ChangeArgument = Annotated[
    str, typer.Argument(help="Id of the ad change.", metavar="ID", autocompletion=completing.ad_changes)
]


@ads_app.command("list", epilog="Example: marketing ads list --state awaiting_approval")
def list_all(
    brand: BrandOption = None,
    state: Annotated[list[AdChangeState] | None, typer.Option(help="Only in this state; may be repeated.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List ad changes, oldest first."""
    with opened_home() as workplace:
        wanted = known_brand(workplace, brand)
        with workplace.database.read() as connection:
            found = list_ad_changes(connection, brand=wanted, states=tuple(state or ()))
        if as_json:
            show_json([_as_json(change) for change in found])
        elif found:
            rows = [
                (
                    change.id,
                    change.state,
                    change.label,
                    step(change.payload),
                    seen(change, change.outcome),
                    _ends(workplace, change),
                )
                for change in found
            ]
            console().print(table(counted(len(found), "ad change"), LIST_HEADINGS, rows))
        else:
            typer.echo("There is no such ad change. They are proposed from the figures of the ad account.")


@ads_app.command(epilog="Example: marketing ads show upscale_print-set_budget-1a2b3c4d --trace")
def show(change: ChangeArgument, trace: TraceOption = False, as_json: JsonOption = False) -> None:
    """Show an ad change: what it does, why, what is expected of it, its fingerprint, and who decided what."""
    with opened_home() as workplace:
        if trace:
            _trace(workplace, change, as_json=as_json)
            return
        asked = _asked(workplace, change)
        if as_json:
            show_json({**_as_json(asked.change), **asked.as_json(), "id": asked.change.id})
        else:
            show_asked(asked)


@ads_app.command(epilog='Example: marketing ads rollback ID --note "it cost more than it brought" --yes')
def rollback(
    change: ChangeArgument, note: Annotated[str, typer.Option("--note", help="Why.")], yes: YesOption = False
) -> None:
    """Propose to set an applied change back to the value before it; it passes the gate as any other change.

    Refused when somebody has changed the account since. A rollback is taken back in the same way.
    """
    with deciding() as workplace:
        show_asked(_asked(workplace, change))
        say(f"This proposes to take it back: {note}")
        require_yes(yes)
        back = workplace.ads.roll_back(change, actor=whoami(), note=note)
    say(f"{back.id} ({back.label}) is {back.state}. Decide: marketing approvals approve {back.approval}")


def _trace(workplace: Workplace, change_id: str, *, as_json: bool) -> None:
    with workplace.database.read() as connection:
        change = get_ad_change(connection, change_id)
        entries = trace_of_ad_change(connection, change)
    show_trace(change.id, entries, readable_brand(workplace, change.brand), workplace.home.root, as_json=as_json)


def _asked(workplace: Workplace, change_id: str) -> AskedAd:
    with workplace.database.read() as connection:
        change = get_ad_change(connection, change_id)
    if change.approval is None:
        raise NotFound(f"Ad change {change_id} is {change.state}; nobody was asked about it yet.", "Wait a moment.")
    asked = workplace.gate.asked(operator(), change.approval)
    if not isinstance(asked, AskedAd):
        raise AssertionError(f"{asked.id} is about no ad change")
    return asked


def _as_json(change: AdChange) -> dict[str, object]:
    payload = change.payload
    return {
        **change.model_dump(mode="json", include=set(LISTED)),
        "kind": payload.change_kind,
        "resource": payload.resource,
        "before": payload.before,
        "after": payload.after,
        "currency": payload.currency,
        "fingerprint": change.fingerprint,
    }


def _ends(workplace: Workplace, change: AdChange) -> str:
    return moment(change.expires_at, readable_brand(workplace, change.brand))
