"""An ad change as people read it before they decide, and the decision about exactly what they were shown."""

from typing import Any

from marketing_pipeline.cli.filters import readable_brand
from marketing_pipeline.cli.person import SOURCE, whoami
from marketing_pipeline.cli.screen import console, facts, moment, table
from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Decision, Unauthorized
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.identifiers import ApprovalId, Sha256
from marketing_pipeline.execution.ad_review import readable
from marketing_pipeline.store.ad_change_row import AdChange, get_ad_change
from marketing_pipeline.store.ad_decisions import AdDecided
from marketing_pipeline.workplace import Workplace


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

    def as_json(self) -> dict[str, Any]:
        """The request, the change, and the rows without their signatures."""
        return {
            "id": self.rows[0].id,
            "kind": self.rows[0].kind,
            "subject": self.change.id,
            "brand": self.change.brand,
            "state": self.state,
            "fingerprint": self.change.fingerprint,
            "why": self.change.reason,
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
            (payload.field, f"{readable(payload, payload.before)} -> {readable(payload, payload.after)}"),
            ("why", change.reason),
            ("risk", change.risk),
            (
                "expected",
                f"{forecast.expected:+g} {forecast.metric} in {forecast.days} days"
                f" ({forecast.low:+g} to {forecast.high:+g})",
            ),
            ("rolls back", change.rolls_back),
            ("counts until", moment(change.expires_at, self.brand)),
            ("fingerprint", change.fingerprint),
        ]
        screen = console()
        screen.print(facts(f"{self.rows[0].id}: {change.payload.change_kind} of {change.id}", pairs))
        said = [
            (moment(row.decided_at, self.brand), row.decision, row.actor, row.source, row.note) for row in self.rows
        ]
        screen.print(table("\nDecisions", ("when", "decision", "who", "by way of", "note"), said))

    def decide(self, decision: Decision, note: str, fingerprint: str | None = None) -> AdDecided:
        """Decide about what was shown: its state and its fingerprint as the person saw them."""
        if self.brand is None:
            raise Unauthorized(f"brand.yaml of {self.change.brand} cannot be read.", "Mend it: nothing is decided now.")
        decided = self._workplace.plane.ad_decisions.decide(
            self.rows[0].id,
            decision,
            brand=self.brand,
            actor=whoami(),
            source=SOURCE,
            note=note,
            saw=self.state,
            fingerprint=Sha256(fingerprint or self.change.fingerprint),
        )
        self._workplace.anchor_audit()
        return decided


def asked_about_ad(workplace: Workplace, request: str) -> AskedAd | None:
    """The request, where it is about an ad change; None for one about a post. Raises NotFound."""
    with workplace.database.read() as connection:
        rows = workplace.approvals.rows_of(connection, ApprovalId(request))
    return AskedAd(workplace, ApprovalId(request)) if rows[0].kind == EffectKind.APPLY_AD_CHANGE else None
