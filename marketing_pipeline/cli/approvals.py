"""`marketing approvals`: the gate, where people decide about exactly what they are shown."""

from typing import Annotated

import typer

from marketing_pipeline.cli.ad_page import AskedAd
from marketing_pipeline.cli.approval_page import AskedPost
from marketing_pipeline.cli.deciding import deciding
from marketing_pipeline.cli.filters import BrandOption, JsonOption, YesOption, known_brand, readable_brand
from marketing_pipeline.cli.person import require_yes
from marketing_pipeline.cli.screen import console, moment, say, show_json, table
from marketing_pipeline.domain.approval import ApprovalState
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import ApprovalId
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.approval_request import ApprovalRequest
from marketing_pipeline.workplace import Workplace

LISTED = ("id", "kind", "brand", "subject", "why", "state", "fingerprint", "expires_at")

approvals_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="The gate: what waits for a person's decision.",
    epilog="Example: marketing approvals list --state pending",
)

RequestArgument = Annotated[str, typer.Argument(help="Id of the request.", metavar="ID")]
WhyOption = Annotated[str, typer.Option("--note", help="Why; kept with the decision.")]


class OtherContent(MarketingError):
    """The request is about other content than the one that was named. Nothing was decided."""


@approvals_app.command("list", epilog="Example: marketing approvals list --state pending")
def list_requests(
    brand: BrandOption = None,
    state: Annotated[ApprovalState | None, typer.Option(help="Only requests in this state.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List approval requests, oldest first, each with the state that it is in now."""
    with Workplace.open(Settings.from_environment()) as workplace:
        wanted = known_brand(workplace, brand)
        with workplace.database.read() as connection:
            found = workplace.approvals.list_requests(connection, brand=wanted, state=state)
        if as_json:
            show_json([request.model_dump(mode="json", include=set(LISTED)) for request in found])
        elif found:
            _print(workplace, found)
        elif state is ApprovalState.PENDING:
            typer.echo("Nothing waits for a decision. `marketing status` shows what comes next.")
        else:
            typer.echo("There is no such request. Posts ask for approval when a week is made: marketing run week")


@approvals_app.command(epilog="Example: marketing approvals show upscale_print-2026-11-23-01-a1")
def show(request: RequestArgument, as_json: JsonOption = False) -> None:
    """Show what a request is about: the words, the pictures, the fingerprint, and who decided what."""
    with Workplace.open(Settings.from_environment()) as workplace:
        asked = _asked_about(workplace, request)
        if as_json:
            show_json(asked.as_json())
        else:
            asked.show()


@approvals_app.command(epilog='Example: marketing approvals approve ID --note "checked the price"')
def approve(
    request: RequestArgument,
    note: WhyOption = "",
    fingerprint: Annotated[
        str | None, typer.Option(help="What you saw, from `approvals show`; anything else is refused.")
    ] = None,
    yes: YesOption = False,
) -> None:
    """Let out what is shown: a post is sent at its time, an ad change is applied by the next run of apply_ad_change."""
    with deciding() as workplace:
        asked = _asked_about(workplace, request)
        asked.show()
        if fingerprint is not None and fingerprint != asked.fingerprint:
            raise OtherContent(
                f"The request {asked.id} is about {asked.fingerprint}, not about what you saw.",
                f"Look at it again with `marketing approvals show {asked.id}`.",
            )
        refused = asked.refused_before
        if refused is not None:
            say(f"{refused.actor} said no ({refused.decision}: {refused.note}). This approves it all the same.")
            require_yes(yes)
        said = asked.approve(note)
    say(said)


@approvals_app.command(epilog='Example: marketing approvals reject ID --note "too dark, try daylight" --yes')
def reject(
    request: RequestArgument,
    note: WhyOption,
    drop: Annotated[bool, typer.Option("--drop", help="Drop the post instead of sending it back.")] = False,
    yes: YesOption = False,
) -> None:
    """Refuse what is asked for. A post goes back with the note, to be made again, or is dropped; an ad change ends."""
    with deciding() as workplace:
        asked = _asked_about(workplace, request)
        asked.show()
        say(f"{asked.refusal(drop=drop)}: {note}")
        require_yes(yes)
        said = asked.reject(note, drop=drop)
    say(said)


@approvals_app.command(epilog='Example: marketing approvals revoke ID --note "the offer has ended" --yes')
def revoke(request: RequestArgument, note: WhyOption, yes: YesOption = False) -> None:
    """Take an approval back before it is used; the post or the ad change needs a person again."""
    with deciding() as workplace:
        asked = _asked_about(workplace, request)
        asked.show()
        say(f"This takes the approval back: {note}")
        require_yes(yes)
        said = asked.revoke(note)
    say(said)


def _asked_about(workplace: Workplace, request: str) -> AskedPost | AskedAd:
    with workplace.database.read() as connection:
        rows = workplace.approvals.rows_of(connection, ApprovalId(request))
    about_ad = rows[0].kind == EffectKind.APPLY_AD_CHANGE
    return AskedAd(workplace, rows[0].id) if about_ad else AskedPost.about(workplace, rows)


def _print(workplace: Workplace, found: list[ApprovalRequest]) -> None:
    brands = {name: readable_brand(workplace, name) for name in {request.brand for request in found}}
    rows = [
        (
            request.id,
            request.state,
            moment(request.expires_at, brands[request.brand]),
            request.decided_by,
            request.note,
            request.why,
        )
        for request in found
    ]
    headings = ("id", "state", "counts until", "decided by", "note", "asked because")
    console().print(table(f"{len(found)} requests", headings, rows))
    waiting = sum(request.state is ApprovalState.PENDING for request in found)
    if waiting:
        typer.echo(f"{waiting} wait for a decision: marketing approvals show ID")
