"""The kill switch: a person stops effects at once, and lets them go on."""

from enum import StrEnum
from typing import TYPE_CHECKING

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.person import NotAllowed, Permission
from marketing_pipeline.domain.written import note_of
from marketing_pipeline.workplace.anchoring import anchored

if TYPE_CHECKING:
    from marketing_pipeline.domain.hold import Hold
    from marketing_pipeline.domain.identifiers import BrandId
    from marketing_pipeline.domain.person import Person
    from marketing_pipeline.workplace.workplace import Workplace


class Channel(StrEnum):
    """Where effects act."""

    INSTAGRAM = "instagram"
    GOOGLE_ADS = "google_ads"


class NotPaused(MarketingError):
    """Nothing is paused in exactly this way."""


class KillSwitch:
    """The holds of a `Workplace`; reached as `workplace.kill_switch`.

    One brand is stopped by whoever may decide about it; everything, by an administrator who sees every brand. What is
    done counts from the moment it returns, is on the audit log, and anchored.
    """

    def __init__(self, place: "Workplace") -> None:
        self._place = place

    def holds(self, person: "Person") -> "tuple[Hold, ...]":
        """The holds in force on anything that the person sees, oldest first."""
        with self._place.database.read() as connection:
            active = self._place.holds.active(connection)
        return tuple(hold for hold in active if person.sees(hold.brand))

    def pause(
        self, person: "Person", *, brand: "BrandId | None" = None, channel: Channel | None = None, note: str = ""
    ) -> "Hold":
        """Stop effects: everything, a brand, a channel, or a brand on a channel. Raises NotAllowed.

        A call that is on its way already cannot be called back.
        """
        require_switch(person, brand)
        kept = note_of(note)
        with anchored(self._place), self._place.database.write() as connection:
            return self._place.holds.pause(connection, brand=brand, channel=channel, actor=person.name, note=kept)

    def resume(
        self, person: "Person", *, brand: "BrandId | None" = None, channel: Channel | None = None, note: str = ""
    ) -> None:
        """Lift the pause of exactly this scope; wider and narrower ones stay. Raises NotPaused, NotAllowed."""
        require_switch(person, brand)
        kept = note_of(note)
        with anchored(self._place), self._place.database.write() as connection:
            lifted = self._place.holds.resume(connection, brand=brand, channel=channel, actor=person.name, note=kept)
        if not lifted:
            raise NotPaused("Nothing is paused in exactly this way.", "Somebody else may have resumed it already.")


def may_switch(person: "Person", brand: "BrandId | None") -> bool:
    """Whether the person may stop, and let go on, a brand, or (None) everything."""
    if brand is None:
        return person.brands is None and person.may(Permission.ADMINISTER)
    return person.may(Permission.DECIDE, brand)


def require_switch(person: "Person", brand: "BrandId | None") -> None:
    """Return where `may_switch` says yes. Raises NotAllowed."""
    if may_switch(person, brand):
        return
    if brand is None:
        raise NotAllowed(
            f"{person.name} may not stop every brand at once.",
            "Stop one brand, or ask an administrator of all of them.",
        )
    person.require(Permission.DECIDE, brand)
