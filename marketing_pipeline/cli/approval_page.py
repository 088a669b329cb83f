"""What an approval request is about, word for word and pixel for pixel."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketing_pipeline.cli.screen import console, facts, moment, table
from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, state_of
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import Effect
from marketing_pipeline.domain.identifiers import ApprovalId, BrandId, Sha256
from marketing_pipeline.store.effect_rows import list_effects
from marketing_pipeline.workplace import Workplace


@dataclass(frozen=True)
class Asked:
    """One request with its rows, and the effect that it covers."""

    rows: tuple[ApprovalRow, ...]
    state: ApprovalState
    effect: Effect | None
    media_folder: Path

    @property
    def id(self) -> ApprovalId:
        """Id of the request."""
        return self.rows[0].id

    @property
    def brand(self) -> BrandId:
        """Whose it is."""
        return self.rows[0].brand

    @property
    def subject(self) -> str:
        """What it is about: a post id."""
        return self.rows[0].subject

    @property
    def fingerprint(self) -> Sha256:
        """What a decision is bound to."""
        return self.rows[0].fingerprint

    @property
    def pictures(self) -> list[str]:
        """Where the pictures lie."""
        media = self.effect.payload.media if self.effect else ()
        return [str(self.media_folder / f"{sha256}.jpg") for sha256 in media]

    def as_json(self) -> dict[str, Any]:
        """The request, what it covers, and its rows without their signatures."""
        return {
            "id": self.id,
            "kind": self.rows[0].kind,
            "subject": self.subject,
            "brand": self.brand,
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


def asked_about(workplace: Workplace, request: ApprovalId) -> Asked:
    """Gather a request. Raises NotFound."""
    with workplace.database.read() as connection:
        rows = workplace.approvals.rows_of(connection, request)
        covered = [
            effect for effect in list_effects(connection, subject=rows[0].subject) if effect.approval == rows[0].id
        ]
    return Asked(
        rows=rows,
        state=state_of(rows, workplace.clock.now()),
        effect=covered[-1] if covered else None,
        media_folder=workplace.home.media,
    )


def show_request(asked: Asked, brand: Brand | None) -> None:
    """Print a request, times as the brand's people read them."""
    screen, effect = console(), asked.effect
    pairs: list[tuple[str, object]] = [
        ("state", asked.state),
        ("asked because", asked.rows[0].note),
        ("counts until", moment(asked.rows[-1].expires_at, brand)),
    ]
    if effect is not None:
        pairs += [
            ("goes out", f"{moment(effect.due_at, brand)} to account {effect.payload.account_id}"),
            ("caption", effect.payload.caption),
            ("alt text", effect.payload.alt_text),
            *(("picture", path) for path in asked.pictures),
            ("made by AI", "yes" if effect.payload.is_ai_generated else "no"),
        ]
    pairs.append(("fingerprint", asked.fingerprint))
    screen.print(facts(f"{asked.id}: {asked.rows[0].kind} of {asked.subject}", pairs))
    decided = [(moment(row.decided_at, brand), row.decision, row.actor, row.source, row.note) for row in asked.rows]
    screen.print(table("\nDecisions", ("when", "decision", "who", "by way of", "note"), decided))
