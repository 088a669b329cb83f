"""A request about a post as people read it, word for word and pixel for pixel, and the decision about exactly that."""

from dataclasses import dataclass
from typing import Any

from marketing_pipeline.cli.decided import TooLate
from marketing_pipeline.cli.filters import readable_brand
from marketing_pipeline.cli.person import SOURCE, whoami
from marketing_pipeline.cli.screen import console, facts, moment, table
from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Decision, state_of
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import Effect
from marketing_pipeline.domain.identifiers import ApprovalId, Sha256
from marketing_pipeline.store.decisions import AfterRejection, Decided
from marketing_pipeline.store.effect_rows import list_effects
from marketing_pipeline.workplace import Workplace


@dataclass(frozen=True)
class AskedPost:
    """One request with its rows and the effect that it covers, as they stood when they were read."""

    workplace: Workplace
    rows: tuple[ApprovalRow, ...]
    state: ApprovalState
    effect: Effect | None
    brand: Brand | None

    @classmethod
    def about(cls, workplace: Workplace, rows: tuple[ApprovalRow, ...]) -> "AskedPost":
        """Gather a request of these rows."""
        with workplace.database.read() as connection:
            covered = [
                effect for effect in list_effects(connection, subject=rows[0].subject) if effect.approval == rows[0].id
            ]
        return cls(
            workplace=workplace,
            rows=rows,
            state=state_of(rows, workplace.clock.now()),
            effect=covered[-1] if covered else None,
            brand=readable_brand(workplace, rows[0].brand),
        )

    @property
    def id(self) -> ApprovalId:
        """Id of the request."""
        return self.rows[0].id

    @property
    def refused_before(self) -> ApprovalRow | None:
        """None: a post that was refused is asked about anew, never approved after all."""
        return None

    @property
    def fingerprint(self) -> Sha256:
        """What a decision is bound to."""
        return self.rows[0].fingerprint

    @property
    def pictures(self) -> list[str]:
        """Where the pictures lie."""
        media = self.effect.payload.media if self.effect else ()
        return [str(self.workplace.home.media / f"{sha256}.jpg") for sha256 in media]

    def as_json(self) -> dict[str, Any]:
        """The request, what it covers, and its rows without their signatures."""
        return {
            "id": self.id,
            "kind": self.rows[0].kind,
            "subject": self.rows[0].subject,
            "brand": self.rows[0].brand,
            "state": self.state,
            "fingerprint": self.fingerprint,
            "why": self.rows[0].note,
            "expires_at": self.rows[-1].expires_at,
            "effect": self.effect.id if self.effect else None,
            "due_at": self.effect.due_at if self.effect else None,
            "payload": self.effect.payload if self.effect else None,
            "pictures": self.pictures,
            "rows": [row.model_dump(mode="json", exclude={"signature"}) for row in self.rows],
        }

    def show(self) -> None:
        """Print it, times as the brand's people read them."""
        screen, effect = console(), self.effect
        pairs: list[tuple[str, object]] = [
            ("state", self.state),
            ("asked because", self.rows[0].note),
            ("counts until", moment(self.rows[-1].expires_at, self.brand)),
        ]
        if effect is not None:
            pairs += [
                ("goes out", f"{moment(effect.due_at, self.brand)} to account {effect.payload.account_id}"),
                ("caption", effect.payload.caption),
                ("alt text", effect.payload.alt_text),
                *(("picture", path) for path in self.pictures),
                ("made by AI", "yes" if effect.payload.is_ai_generated else "no"),
            ]
        pairs.append(("fingerprint", self.fingerprint))
        screen.print(facts(f"{self.id}: {self.rows[0].kind} of {self.rows[0].subject}", pairs))
        screen.print(decisions_table(self.rows, self.brand))

    def approve(self, note: str) -> str:
        """Let the post out; returns what it came to."""
        decided = self._decide(Decision.APPROVE, note)
        due = f" It goes out {moment(self.effect.due_at, self.brand)}." if self.effect and decided.effect else ""
        return f"Approved by {decided.row.actor}.{due}"

    def refusal(self, *, drop: bool) -> str:
        """What rejecting would do."""
        return f"This refuses it and {'drops the post for good' if drop else 'sends the post back'}"

    def reject(self, note: str, *, drop: bool) -> str:
        """Refuse it, and send the post back or drop it; returns what it came to."""
        after = AfterRejection.DROP if drop else AfterRejection.SEND_BACK
        decided = self._decide(Decision.REJECT, note, after)
        return f"Rejected by {decided.row.actor}. {self.rows[0].subject} is {after.value}."

    def revoke(self, note: str) -> str:
        """Take the approval back; returns what it came to. Raises TooLate."""
        decided = self._decide(Decision.REVOKE, note)
        if decided.too_late:
            raise TooLate(
                f"The approval {self.id} is revoked, but the call of {decided.effect} may be out already.",
                f"See what came of it: `marketing effects show {decided.effect}`.",
            )
        return f"Revoked by {decided.row.actor}. Nothing goes out under {self.id}."

    def _decide(self, decision: Decision, note: str, after: AfterRejection = AfterRejection.SEND_BACK) -> Decided:
        """Decide about what was shown: its state and its fingerprint as the person saw them."""
        return self.workplace.decisions.decide(
            self.id,
            decision,
            actor=whoami(),
            source=SOURCE,
            note=note,
            saw=self.state,
            fingerprint=self.fingerprint,
            after_rejection=after,
        )


def decisions_table(rows: tuple[ApprovalRow, ...], brand: Brand | None) -> Any:
    """Who decided what, when, from where and why."""
    said = [(moment(row.decided_at, brand), row.decision, row.actor, row.source, row.note) for row in rows]
    return table("\nDecisions", ("when", "decision", "who", "by way of", "note"), said)
