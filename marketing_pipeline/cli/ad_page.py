"""An ad change as people read it before they decide, and the decision about exactly what they were shown."""

from typing import Any

import typer

from marketing_pipeline.cli.approval_page import decisions_table
from marketing_pipeline.cli.decided import TooLate
from marketing_pipeline.cli.filters import readable_brand
from marketing_pipeline.cli.person import SOURCE, whoami
from marketing_pipeline.cli.screen import console, facts, moment
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_value import field_in_words, readable
from marketing_pipeline.domain.ad_verdict_words import figure, forecast_band, seen
from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Decision, Unauthorized
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import ApprovalId, Sha256
from marketing_pipeline.store.ad_change_row import AdChange, get_ad_change
from marketing_pipeline.store.ad_decisions import AdDecided
from marketing_pipeline.store.ad_rollback import story_of
from marketing_pipeline.workplace import Workplace


class AccountMoved(MarketingError):
    """The live account is no longer as the proposal found it."""


class AskedAd:
    """One request about an ad change, as it stood when it was read."""

    def __init__(self, workplace: Workplace, request: ApprovalId) -> None:
        self._workplace = workplace
        with workplace.database.read() as connection:
            self.rows: tuple[ApprovalRow, ...] = workplace.approvals.rows_of(connection, request)
            self.change: AdChange = get_ad_change(connection, self.rows[0].subject)
            self.brand = readable_brand(workplace, self.change.brand)
            policy = self.brand.policies.ads if self.brand else None
            self.state: ApprovalState = workplace.plane.ad_decisions.state_of(connection, request, policy)
            made = self.change.rolls_back and get_ad_change(connection, self.change.rolls_back)
            self.undone = story_of(connection, workplace.approvals, made) if made else ""

    @property
    def id(self) -> ApprovalId:
        """Id of the request."""
        return self.rows[0].id

    @property
    def refused_before(self) -> ApprovalRow | None:
        """Who said no to what may still be approved; None where nobody did."""
        open_again = self.change.state in (AdChangeState.REJECTED, AdChangeState.AWAITING_APPROVAL)
        return self.rows[-1] if open_again and self.state in (ApprovalState.REJECTED, ApprovalState.REVOKED) else None

    @property
    def fingerprint(self) -> Sha256:
        """What a decision is bound to."""
        return self.change.fingerprint

    def as_json(self) -> dict[str, Any]:
        """The request, the change, and the rows without their signatures."""
        return {
            "id": self.rows[0].id,
            "kind": self.rows[0].kind,
            "subject": self.change.id,
            "brand": self.change.brand,
            "state": self.state,
            "fingerprint": self.fingerprint,
            "why": self.change.reason,
            "rolls_back": self.change.rolls_back,
            "expires_at": self.change.expires_at,
            "effect": self.change.effect,
            "payload": self.change.payload,
            "rows": [row.model_dump(mode="json", exclude={"signature"}) for row in self.rows],
        }

    def show(self) -> None:
        """Print it."""
        change = self.change
        payload, forecast = change.payload, change.forecast
        pairs: list[tuple[str, object]] = [
            ("approval", self.state),
            ("state", f"{change.state}: {change.state_reason}"),
            ("what", change.label),
            ("resource", payload.resource),
            (field_in_words(payload), f"{readable(payload, payload.before)} -> {readable(payload, payload.after)}"),
            ("proposed by", self.rows[0].actor),
            ("why", change.reason),
            ("takes back", self.undone),
            ("risk", change.risk),
            (
                "expected",
                f"{figure(change, forecast.expected)} in {forecast.days} days ({forecast_band(change)})",
            ),
            ("seen", seen(change, change.outcome)),
            ("verdict", change.outcome and f"{change.outcome.verdict}: {change.outcome.why}"),
            ("counts until", moment(change.expires_at, self.brand)),
            ("fingerprint", change.fingerprint),
        ]
        screen = console()
        screen.print(facts(f"{self.id}: {change.payload.change_kind.replace('_', ' ')} of {change.id}", pairs))
        screen.print(decisions_table(self.rows, self.brand))

    def approve(self, note: str) -> str:
        """Let it be applied; returns what it came to. Raises AccountMoved."""
        self._require_unmoved()
        decided = self._decide(Decision.APPROVE, note)
        if decided.state is ApprovalState.APPROVED:
            way = "`marketing up` applies it within a minute, or the job apply_ad_change in Dagster."
            return f"Approved by {decided.row.actor}. {way}"
        return f"Recorded for {decided.row.actor}: {self.change.id} is {decided.state}; it needs another approver."

    def refusal(self, *, drop: bool) -> str:
        """What rejecting would do; an ad change ends either way."""
        return "This refuses the change for as long as nobody approves it after all"

    def reject(self, note: str, *, drop: bool) -> str:
        """Refuse it; returns what it came to. Raises TooLate."""
        return self._ended(self._decide(Decision.REJECT, note), "Rejected")

    def revoke(self, note: str) -> str:
        """Take the approval back; returns what it came to. Raises TooLate."""
        return self._ended(self._decide(Decision.REVOKE, note), "Revoked")

    def _ended(self, decided: AdDecided, word: str) -> str:
        if decided.too_late:
            raise TooLate(
                f"The decision about {self.change.id} is recorded, but the call may be out already.",
                f"See what came of it: `marketing ads show {self.change.id}`.",
            )
        return f"{word} by {decided.row.actor}. Nothing is applied under {self.id}."

    def _require_unmoved(self) -> None:
        try:
            review = self._workplace.ads.review(self.change.id)
        except MarketingError as unread:
            typer.echo(
                f"The live account could not be compared now; it will be, before anything is applied. {unread}",
                err=True,
            )
            return
        typer.echo(f"The account has {review.live} now.")
        if review.moved:
            raise AccountMoved(review.problem, "Nothing was decided.")

    def _decide(self, decision: Decision, note: str) -> AdDecided:
        """Decide about what was shown: its state and its fingerprint as the person saw them."""
        if self.brand is None:
            raise Unauthorized(f"brand.yaml of {self.change.brand} cannot be read.", "Mend it: nothing is decided now.")
        return self._workplace.plane.ad_decisions.decide(
            self.id,
            decision,
            brand=self.brand,
            actor=whoami(),
            source=SOURCE,
            note=note,
            saw=self.state,
            fingerprint=self.fingerprint,
        )
