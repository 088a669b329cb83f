"""What a person is shown of an ad change before they decide: the change, its request, and the live account."""

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.ad_approval import state_of_request
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_platform import AdPlatform
from marketing_pipeline.domain.ad_value import readable
from marketing_pipeline.domain.approval import ApprovalState
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import RefusedTransition
from marketing_pipeline.store.ad_change_row import AdChange, get_ad_change
from marketing_pipeline.store.ad_ledger import AdLedger

_MADE = frozenset(
    {
        AdChangeState.APPLIED,
        AdChangeState.IMPROVED,
        AdChangeState.WORSE,
        AdChangeState.INCONCLUSIVE,
        AdChangeState.ROLLED_BACK,
    }
)


class AdReview(BaseModel):
    """One change under review. `moved`: the account has neither the old value nor the new one.

    `problem` says why it may not be applied now; empty when it may, or is made already.
    """

    model_config = ConfigDict(frozen=True)

    change: AdChange
    state: ApprovalState
    decided: str
    before: str
    after: str
    live: str
    moved: bool
    problem: str


def review_ad_change(ledger: AdLedger, change_id: str, brand: Brand, platform: AdPlatform) -> AdReview:
    """Read the change, its request and the live value. Nothing is edited. Raises NotFound and AdPlatformFailure."""
    with ledger.database.read() as connection:
        change = get_ad_change(connection, change_id)
        rows = () if change.approval is None else ledger.approvals.rows_of(connection, change.approval)
        genuine = ledger.approvals.signatures_hold(rows) and all(
            row.fingerprint == change.fingerprint == change.stored_fingerprint for row in rows
        )
    now, payload = ledger.moves.now(), change.payload
    state = state_of_request(rows, policy=brand.policies.ads, change=payload, now=now)
    live = platform.read_value(payload)
    problem = ""
    if not genuine:
        problem = "A row of this change was not written by this system: run `marketing audit verify`."
    elif change.state not in _MADE:
        problem = _problem(change, state, live)
    return AdReview(
        change=change,
        state=state,
        decided=f"{rows[-1].decision} by {rows[-1].actor}" if rows else "nobody was asked",
        before=readable(payload, payload.before),
        after=readable(payload, payload.after),
        live=readable(payload, live),
        moved=live not in (payload.before, payload.after),
        problem=problem,
    )


def require_as_made(made: AdChange, platform: AdPlatform) -> None:
    """Raise RefusedTransition unless the account still has what an applied change set. Raises AdPlatformFailure."""
    live = platform.read_value(made.payload)
    if live != made.payload.after:
        set_to, has = readable(made.payload, made.payload.after), readable(made.payload, live)
        raise RefusedTransition(
            f"The account has {has}, not {set_to}, which {made.id} had set: somebody has changed it since.",
            "There is nothing of it left to take back: set the value you want in the account, or wait for a proposal.",
        )


def _problem(change: AdChange, state: ApprovalState, live: str | None) -> str:
    if change.state in (AdChangeState.APPLYING, AdChangeState.UNKNOWN, AdChangeState.PARKED):
        return f"It is {change.state}: {change.state_reason}"
    if live not in (change.payload.before, change.payload.after):
        seen, before = readable(change.payload, live), readable(change.payload, change.payload.before)
        return f"The account moved: the live value is {seen}, not {before}. Propose it anew."
    if state is not ApprovalState.APPROVED:
        return f"The approval is {state}. Approve with the fingerprint {change.fingerprint}."
    return "" if change.state is AdChangeState.APPROVED else f"The change is {change.state}: {change.state_reason}"
