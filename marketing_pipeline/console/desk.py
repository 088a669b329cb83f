"""What a page is made from: who asks, the brands that they see, the stores, and the newest snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from starlette.requests import Request

from marketing_pipeline.console.office import Office
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Person
from marketing_pipeline.store.open_snapshot import SnapshotUnreadable
from marketing_pipeline.store.snapshot_reader import Rows
from marketing_pipeline.workplace import Workplace


@dataclass(frozen=True)
class Desk:
    """One request's view of the installation, narrowed to what its person may see."""

    office: Office
    person: Person
    csrf: str
    asked_brand: str = ""

    @property
    def place(self) -> Workplace:
        """The installation. Its desks check again what the person may do."""
        return self.office.place

    @cached_property
    def brands(self) -> Mapping[BrandId, Brand]:
        """The brands that this person may see and that can be read, by id."""
        return {name: brand for name, brand in self.office.brands.items() if self.person.sees(name)}

    @cached_property
    def brand(self) -> Brand | None:
        """The brand that `?brand=` names, or the only one that there is; None for all. Raises NotFound."""
        if self.asked_brand:
            found = self.brands.get(BrandId(self.asked_brand))
            if found is None:
                raise NotFound(f"There is no brand {self.asked_brand!r} here.", "Choose one from the list on top.")
            return found
        return next(iter(self.brands.values())) if len(self.brands) == 1 else None

    @cached_property
    def shown_brands(self) -> tuple[BrandId, ...]:
        """Ids of the brands that the page is about: the one asked for, or all that the person may see."""
        return (self.brand.brand_id,) if self.brand else tuple(self.brands)

    @cached_property
    def now(self) -> datetime:
        """The present moment of the home's clock."""
        return self.place.clock.now()

    @property
    def snapshot_at(self) -> datetime | None:
        """When the newest snapshot was published; None before the first."""
        return self.office.snapshot.snapshot_at

    def rows(self, sql: str, *parameters: object) -> Rows:
        """Rows of a query of ours on the newest snapshot; none before the first. `?` stands for a parameter.

        Raises SnapshotUnreadable for a damaged one, and for one of another version, which lacks what is asked for.
        """
        import duckdb

        try:
            return self.office.snapshot.rows(sql, parameters)
        except duckdb.CatalogException as error:
            raise SnapshotUnreadable(
                "The newest figures were published by another version of this program.",
                "The next run of any brand publishes them anew.",
            ) from error


def desk_of(request: Request) -> Desk:
    """The desk of a request that the guards have let in."""
    state = request.state
    found: Desk | None = getattr(state, "desk", None)
    if found is None:
        brand = request.query_params.get("brand", "")
        found = state.desk = Desk(request.app.state.office, state.person, state.csrf, brand)
    return found
