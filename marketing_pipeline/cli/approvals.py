"""`marketing approvals`: the gate, where people decide about exactly what they are shown."""

from typing import Annotated

import typer

from marketing_pipeline.cli.ad_page import asked_about_ad
from marketing_pipeline.cli.approval_page import Asked, asked_about, show_request
from marketing_pipeline.cli.deciding import deciding
from marketing_pipeline.cli.filters import BrandOption, JsonOption, YesOption, known_brand, readable_brand
from marketing_pipeline.cli.person import SOURCE, require_yes, whoami
from marketing_pipeline.cli.screen import console, moment, show_json, table
from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import ApprovalId
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.ad_decisions import AdDecided
from marketing_pipeline.store.approvals import ApprovalRequest
from marketing_pipeline.store.decisions import AfterRejection, Decided
from marketing_pipeline.workplace import Workplace

LISTED = ("id", "kind", "brand", "state", "fingerprint", "expires_at")

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


class TooLate(MarketingError):
    """The decision is recorded, but the call may be out already."""


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
        ad = asked_about_ad(workplace, request)
        if ad is not None:
            if as_json:
                show_json(ad.as_json())
            else:
                ad.show()
            return
        asked = asked_about(workplace, ApprovalId(request))
        if as_json:
            show_json(asked.as_json())
        else:
            show_request(asked, readable_brand(workplace, asked.brand))


@approvals_app.command(epilog='Example: marketing approvals approve ID --note "checked the price"')
def approve(
    request: RequestArgument,
    note: WhyOption = "",
    fingerprint: Annotated[
        str | None, typer.Option(help="What you saw, from `approvals show`; anything else is refused.")
    ] = None,
) -> None:
    """Let a post go out as it is shown; it is sent at its time."""
    with deciding() as workplace:
        ad = asked_about_ad(workplace, request)
        if ad is not None:
            ad.show()
            _tell(ad.decide(Decision.APPROVE, note, fingerprint))
            return
        asked = asked_about(workplace, ApprovalId(request))
        brand = readable_brand(workplace, asked.brand)
        show_request(asked, brand)
        if fingerprint is not None and fingerprint != asked.fingerprint:
            raise OtherContent(
                f"The request {asked.id} is about {asked.fingerprint}, not about what you saw.",
                f"Look at it again with `marketing approvals show {asked.id}`.",
            )
        decided = _decide(workplace, asked, Decision.APPROVE, note)
    due = f" It goes out {moment(asked.effect.due_at, brand)}." if asked.effect and decided.effect else ""
    typer.echo(f"Approved by {decided.row.actor}.{due}")


@approvals_app.command(epilog='Example: marketing approvals reject ID --note "too dark, try daylight" --yes')
def reject(
    request: RequestArgument,
    note: WhyOption,
    drop: Annotated[bool, typer.Option("--drop", help="Drop the post instead of sending it back.")] = False,
    yes: YesOption = False,
) -> None:
    """Refuse what is asked for. The post goes back with the note, to be made again; or it is dropped."""
    with deciding() as workplace:
        ad = asked_about_ad(workplace, request)
        if ad is not None:
            ad.show()
            require_yes(yes)
            _tell(ad.decide(Decision.REJECT, note))
            return
        asked = asked_about(workplace, ApprovalId(request))
        show_request(asked, readable_brand(workplace, asked.brand))
        typer.echo(f"This refuses it and {'drops the post for good' if drop else 'sends the post back'}: {note}")
        require_yes(yes)
        after = AfterRejection.DROP if drop else AfterRejection.SEND_BACK
        decided = _decide(workplace, asked, Decision.REJECT, note, after)
    typer.echo(f"Rejected by {decided.row.actor}. {asked.subject} is {after.value}.")


@approvals_app.command(epilog='Example: marketing approvals revoke ID --note "the offer has ended" --yes')
def revoke(request: RequestArgument, note: WhyOption, yes: YesOption = False) -> None:
    """Take an approval back before it is used; the post needs a person again."""
    with deciding() as workplace:
        ad = asked_about_ad(workplace, request)
        if ad is not None:
            ad.show()
            require_yes(yes)
            _tell(ad.decide(Decision.REVOKE, note))
            return
        asked = asked_about(workplace, ApprovalId(request))
        show_request(asked, readable_brand(workplace, asked.brand))
        typer.echo(f"This takes the approval back: {note}")
        require_yes(yes)
        decided = _decide(workplace, asked, Decision.REVOKE, note)
    if decided.too_late:
        raise TooLate(
            f"The approval {asked.id} is revoked, but the call of {decided.effect} may be out already.",
            f"See what came of it: `marketing effects show {decided.effect}`.",
        )
    typer.echo(f"Revoked by {decided.row.actor}. Nothing goes out under {asked.id}.")


def _tell(decided: AdDecided) -> None:
    """Say what a decision about an ad change came to. Raises TooLate."""
    if decided.too_late:
        raise TooLate(
            f"The decision about {decided.row.subject} is recorded, but the call may be out already.",
            f"See what came of it: `marketing ads show {decided.row.subject}`.",
        )
    if decided.effect and decided.state is ApprovalState.APPROVED:
        typer.echo(f"Approved by {decided.row.actor}. It is applied by the next run of apply_ad_change.")
    else:
        typer.echo(f"Recorded for {decided.row.actor}: {decided.row.subject} is {decided.state}.")


def _decide(
    workplace: Workplace,
    asked: Asked,
    decision: Decision,
    note: str,
    after: AfterRejection = AfterRejection.SEND_BACK,
) -> Decided:
    """Decide about what was shown: its state and its fingerprint as the person saw them."""
    return workplace.decisions.decide(
        asked.id,
        decision,
        actor=whoami(),
        source=SOURCE,
        note=note,
        saw=asked.state,
        fingerprint=asked.fingerprint,
        after_rejection=after,
    )


def _print(workplace: Workplace, found: list[ApprovalRequest]) -> None:
    brands = {name: readable_brand(workplace, name) for name in {request.brand for request in found}}
    rows = [
        (request.id, request.state, moment(request.expires_at, brands[request.brand]), request.decided_by, request.why)
        for request in found
    ]
    console().print(
        table(f"{len(found)} requests", ("id", "state", "counts until", "decided by", "asked because"), rows)
    )
    waiting = sum(request.state is ApprovalState.PENDING for request in found)
    if waiting:
        typer.echo(f"{waiting} wait for a decision: marketing approvals show ID")
