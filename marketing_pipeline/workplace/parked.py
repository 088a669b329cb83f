"""A person's word on a post of which nobody can tell whether it is live."""

from enum import StrEnum
from typing import TYPE_CHECKING

from marketing_pipeline.domain.errors import RefusedTransition
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.domain.written import NotWritten, note_of
from marketing_pipeline.workplace.anchoring import anchored

if TYPE_CHECKING:
    from marketing_pipeline.domain.effect import Effect
    from marketing_pipeline.domain.person import Person
    from marketing_pipeline.workplace.workplace import Workplace


class Finding(StrEnum):
    """What a person found on the account."""

    LIVE = "live"
    NOT_LIVE = "not_live"
    DROP = "drop"


class ParkedDesk:
    """Settles parked posts of a `Workplace`; reached as `workplace.parked`. A person's word counts as proof."""

    def __init__(self, place: "Workplace") -> None:
        self._place = place

    def settle(
        self, person: "Person", post_id: str, finding: Finding, note: str, *, media_id: str | None = None
    ) -> "Effect":
        """Say of a parked post that it is live, that it is not and is sent again now, or that it is dropped for good.

        Raises NotFound, NotAllowed, RefusedTransition where nothing of it is parked, and NotWritten for an empty note:
        it says how the person knows.
        """
        from marketing_pipeline.domain.effect import EffectState
        from marketing_pipeline.store.effect_rows import newest_effect_of

        post = self._place.post_desk.allowed(person, Permission.DECIDE, post_id)
        kept = note_of(note)
        if not kept.strip():
            raise NotWritten("Nothing says how you know.", "Say it in the note; nothing was changed.")
        with self._place.database.read() as connection:
            effect = newest_effect_of(connection, post.id)
        if effect is None or effect.state is not EffectState.PARKED:
            raise RefusedTransition(f"Nothing of {post.id} is parked.", "Look at it again: it may be settled already.")
        decisions = self._place.decisions
        with anchored(self._place):
            if finding is Finding.DROP:
                return decisions.drop(effect.id, actor=person.name, note=kept, source=person.source)
            live = finding is Finding.LIVE
            return decisions.resolve(
                effect.id,
                done=live,
                media_id=media_id if live else None,
                actor=person.name,
                note=kept,
                source=person.source,
            )
