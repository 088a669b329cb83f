"""A request to let a post out, word for word and pixel for pixel, and the decision about exactly that."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Decision, state_of
from marketing_pipeline.domain.identifiers import PostId, Sha256
from marketing_pipeline.domain.proposal import ExampleKind
from marketing_pipeline.workplace.asked import Asked, Fact, Settled
from marketing_pipeline.workplace.brands import readable_brand

if TYPE_CHECKING:
    from marketing_pipeline.domain.effect import Effect
    from marketing_pipeline.domain.person import Person
    from marketing_pipeline.store.decisions import Decided
    from marketing_pipeline.store.media import MediaStore
    from marketing_pipeline.workplace.workplace import Workplace


@dataclass(frozen=True, kw_only=True)
class AskedPost(Asked):
    """One request with the effect that it covers, None where that has ended under another request."""

    effect: "Effect | None"
    media: "MediaStore"

    @property
    def pictures(self) -> list[str]:
        """Where the pictures lie."""
        media = self.effect.payload.media if self.effect else ()
        return [self.media.address(sha256) for sha256 in media]

    @property
    def title(self) -> str:
        return f"{self.id}: {self.kind} of {self.subject}"

    @property
    def summary(self) -> str:
        due = f" {self._time(self.effect.due_at)}" if self.effect else ""
        return f"Publish {self.subject}{due}"

    def refusal(self, *, drop: bool) -> str:
        return f"This refuses it and {'drops the post for good' if drop else 'sends the post back'}"

    def decide(
        self,
        place: "Workplace",
        person: "Person",
        decision: Decision,
        *,
        note: str,
        saw: ApprovalState,
        fingerprint: Sha256,
        drop: bool,
    ) -> Settled:
        from marketing_pipeline.store.decisions import AfterRejection

        after = AfterRejection.DROP if drop else AfterRejection.SEND_BACK
        decided = place.decisions.decide(
            self.id,
            decision,
            actor=person.name,
            source=person.source,
            note=note,
            saw=saw,
            fingerprint=fingerprint,
            after_rejection=after,
        )
        if decision is Decision.APPROVE:
            due = f" It goes out {self._time(self.effect.due_at)}." if self.effect and decided.effect else ""
            return Settled(f"Approved by {person.name}.{due}", ApprovalState.APPROVED)
        if decision is Decision.REJECT:
            self._teach(place, person, note)
            said = f"Rejected by {person.name}. {self.subject} is {after.value}."
            return Settled(said, ApprovalState.REJECTED)
        return self._revoked(decided)

    def _teach(self, place: "Workplace", person: "Person", note: str) -> None:
        words = self.effect.payload.caption if self.effect else ""
        place.teaching.note(
            person, place.posts.get(PostId(self.subject)), ExampleKind.REJECTION, "post", words, "", note
        )

    def _revoked(self, decided: "Decided") -> Settled:
        if not decided.too_late:
            said = f"Revoked by {decided.row.actor}. Nothing goes out under {self.id}."
            return Settled(said, ApprovalState.REVOKED)
        return Settled(
            f"The approval {self.id} is revoked, but the call of {decided.effect} may be out already.",
            ApprovalState.REVOKED,
            too_late=True,
            next_step=f"See what came of it: `marketing effects show {decided.effect}`.",
        )

    def _told(self) -> Iterable[Fact]:
        yield "state", self.state
        yield "asked because", self.why
        yield "counts until", self._time(self.expires_at)
        if self.effect is not None:
            yield "goes out", f"{self._time(self.effect.due_at)} to account {self.effect.payload.account_id}"
            yield "caption", self.effect.payload.caption
            yield "alt text", self.effect.payload.alt_text
            yield from (("picture", path) for path in self.pictures)
            yield "made by AI", "yes" if self.effect.payload.is_ai_generated else "no"
        yield "fingerprint", self.fingerprint

    def _covered(self) -> dict[str, Any]:
        return {
            "effect": self.effect.id if self.effect else None,
            "due_at": self.effect.due_at if self.effect else None,
            "payload": self.effect.payload if self.effect else None,
            "pictures": self.pictures,
        }


def asked_post(place: "Workplace", rows: tuple[ApprovalRow, ...]) -> AskedPost:
    """Gather a request of these rows."""
    from marketing_pipeline.store.effect_rows import list_effects

    with place.database.read() as connection:
        covered = [
            effect for effect in list_effects(connection, subject=rows[0].subject) if effect.approval == rows[0].id
        ]
    return AskedPost(
        rows=rows,
        state=state_of(rows, place.clock.now()),
        effect=covered[-1] if covered else None,
        profile=readable_brand(place, rows[0].brand),
        media=place.media,
    )
