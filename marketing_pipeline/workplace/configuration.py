"""What one installation is configured with: each opener that finds it changed writes that into the audit log."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from marketing_pipeline import __version__

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.domain.identifiers import BrandId
    from marketing_pipeline.store.configuration import Seen
    from marketing_pipeline.workplace.workplace import Workplace

QUIET = timedelta(hours=1)
"""Of processes that are set differently each setting is told once in this time, not each time one of them opens."""


class ConfigurationDesk:
    """Configuration of a `Workplace`; reached as `workplace.configuration`."""

    def __init__(self, place: "Workplace") -> None:
        self._place = place

    def see_settings(self) -> None:
        """Note the settings that matter and the program's version, where they differ from what was noted last."""
        from marketing_pipeline.settings.description import described
        from marketing_pipeline.store.configuration import Seen
        from marketing_pipeline.store.migrations import HEAD

        program = {"version": __version__, "schema": HEAD}
        self._note(
            Seen(subject="settings", values=described(self._place.settings), quiet=QUIET),
            Seen(subject="program", values=program, quiet=QUIET),
        )

    def see_brands(self, brands: "Iterable[Brand]") -> bool:
        """Note brand files, where they differ from what was noted last; whether the audit log tells of all of them."""
        from marketing_pipeline.store.configuration import seen_brand

        return self._note(*map(seen_brand, brands))

    def see_folders(self, present: "Collection[BrandId]") -> None:
        """Note the brands that were there and are not among those `present` any more."""
        from marketing_pipeline.store.configuration import Configuration, removed_brand

        gone = Configuration(self._place.database, self._place.audit).brands_told_of() - set(present)
        self._note(*(removed_brand(brand, QUIET) for brand in sorted(gone)))

    def _note(self, *found: "Seen") -> bool:
        from marketing_pipeline.store.configuration import Configuration

        return Configuration(self._place.database, self._place.audit).note(found)
