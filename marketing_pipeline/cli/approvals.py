"""`marketing approvals`: the gate, where people decide about exactly what they are shown."""

from enum import StrEnum
from typing import Annotated

import typer

from marketing_pipeline.cli import completing
from marketing_pipeline.cli.approval_page import show_asked, without_empty_columns
from marketing_pipeline.cli.filters import BrandOption, JsonOption, YesOption, known_brand
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.person import operator, require_yes
from marketing_pipeline.cli.screen import console, say, show_json
from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.health import counted
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.domain.person import Person
from marketing_pipeline.store.approval_request import ApprovalRequest
from marketing_pipeline.workplace import Workplace
from marketing_pipeline.workplace.anchoring import anchored
from marketing_pipeline.workplace.asked import Asked, Settled, TooLate
from marketing_pipeline.workplace.brands import readable_brand

LISTED = ("id", "kind", "brand", "subject", "why", "state", "fingerprint", "expires_at")

approvals_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="The gate: what waits for a person's decision.",
    epilog="Example: marketing approvals list --brand upscale_print",
)

RequestArgument = Annotated[
    str, typer.Argument(help="Id of the request.", metavar="ID", autocompletion=completing.requests)
]
WhyOption = Annotated[str, typer.Option("--note", help="Why; kept with the decision.")]


class WantedState(StrEnum):
    """What the list is narrowed to: a state, or any."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    REVOKED = "revoked"
    EXPIRED = "expired"
    USED = "used"
    ANY = "any"


class OtherContent(MarketingError):
    """The request is about other content than the one that was named. Nothing was decided."""


@approvals_app.command("list", epilog="Example: marketing approvals list --state approved")
def list_requests(
    brand: BrandOption = None,
    state: Annotated[
        WantedState | None,
        typer.Option(
            help="Requests in this state, or in any. Without it: what waits; with --json: all.", metavar="STATE"
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Whatever their state; the same as --state any.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List approval requests, oldest first, each with the state that it is in now: those that wait for a decision.

    States: pending, approved, rejected, revoked, expired, used.
    """
    asked_for = WantedState.ANY if every else state or (WantedState.ANY if as_json else WantedState.PENDING)
    wanted = None if asked_for is WantedState.ANY else ApprovalState(asked_for)
    with opened_home() as workplace:
        found = workplace.gate.requests(operator(), brand=known_brand(workplace, brand), state=wanted)
        if as_json:
            show_json([request.model_dump(mode="json", include=set(LISTED)) for request in found])
        elif found:
            _print(workplace, found)
        elif wanted is ApprovalState.PENDING:
            typer.echo("Nothing waits for a decision. `marketing status` shows what comes next.")
            typer.echo("Decided ones: marketing approvals list --all")
        else:
            typer.echo("There is no such request. Posts ask for approval when a week is made: marketing run week")


@approvals_app.command(epilog="Example: marketing approvals show upscale_print-2026-11-23-01-a1")
def show(request: RequestArgument, as_json: JsonOption = False) -> None:
    """Show what a request is about: the words, the pictures, the fingerprint, and who decided what."""
    with opened_home() as workplace:
        asked = workplace.gate.asked(operator(), request)
        if as_json:
            show_json(asked.as_json())
        else:
            show_asked(asked)


@approvals_app.command(epilog='Example: marketing approvals approve ID --note "checked the price"')
def approve(
    request: RequestArgument,
    note: WhyOption = "",
    fingerprint: Annotated[
        str | None, typer.Option(help="What you saw, from `approvals show`; anything else is refused.")
    ] = None,
    yes: YesOption = False,
) -> None:
    """Let what is shown happen.

    A post is sent at its time, an ad change is applied by the next run of apply_ad_change, a proposal is carried out
    at once.
    """
    with opened_home() as workplace:
        person = operator()
        asked = workplace.gate.asked(person, request)
        show_asked(asked)
        if fingerprint is not None:
            _require_seen(workplace, asked, fingerprint)
        refused = asked.refused_before
        if refused is not None:
            say(f"{refused.actor} said no ({refused.decision}: {refused.note}). This approves it all the same.")
            require_yes(yes)
        settled = _decide(workplace, person, asked, Decision.APPROVE, note)
    if settled.warning:
        say(settled.warning, err=True)
    if settled.account:
        say(settled.account)
    say(settled.said)


@approvals_app.command(epilog='Example: marketing approvals reject ID --note "too dark, try daylight" --yes')
def reject(
    request: RequestArgument,
    note: WhyOption,
    drop: Annotated[bool, typer.Option("--drop", help="Drop the post instead of sending it back.")] = False,
    yes: YesOption = False,
) -> None:
    """Refuse what is asked for.

    A post goes back with the note, to be made again, or is dropped; an ad change or a proposal ends.
    """
    with opened_home() as workplace:
        person = operator()
        asked = workplace.gate.asked(person, request)
        show_asked(asked)
        say(f"{asked.refusal(drop=drop)}: {note}")
        require_yes(yes)
        settled = _decide(workplace, person, asked, Decision.REJECT, note, drop=drop)
    say(settled.said)


@approvals_app.command(epilog='Example: marketing approvals revoke ID --note "the offer has ended" --yes')
def revoke(request: RequestArgument, note: WhyOption, yes: YesOption = False) -> None:
    """Take an approval back before it is used; the post or the ad change needs a person again."""
    with opened_home() as workplace:
        person = operator()
        asked = workplace.gate.asked(person, request)
        show_asked(asked)
        say(f"This takes the approval back: {note}")
        require_yes(yes)
        settled = _decide(workplace, person, asked, Decision.REVOKE, note)
    say(settled.said)


def _require_seen(workplace: Workplace, asked: Asked, fingerprint: str) -> None:
    """Return when the request is about what the person saw. A refusal is anchored as a decision is."""
    with anchored(workplace):
        if fingerprint != asked.fingerprint:
            raise OtherContent(
                f"The request {asked.id} is about {asked.fingerprint}, not about what you saw.",
                f"Look at it again with `marketing approvals show {asked.id}`.",
            )


def _decide(
    workplace: Workplace, person: Person, asked: Asked, decision: Decision, note: str, *, drop: bool = False
) -> Settled:
    """Decide about what was shown: its state and its fingerprint as the person saw them. Raises TooLate."""
    settled = workplace.gate.decide(
        person, asked.id, decision, note=note, saw=asked.state, fingerprint=asked.fingerprint, drop=drop
    )
    if settled.too_late:
        raise TooLate(settled.said, settled.next_step)
    return settled


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
    console().print(without_empty_columns(counted(len(found), "request"), headings, rows))
    waiting = sum(request.state is ApprovalState.PENDING for request in found)
    if waiting:
        typer.echo(f"{waiting} wait{'s' if waiting == 1 else ''} for a decision: marketing approvals show ID")
