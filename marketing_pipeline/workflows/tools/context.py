"""What tools work with: the person whom they serve, the brands that this person may see, and ports that only read."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marketing_pipeline.domain.alert import Alert
from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.health import Health
from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.domain.person import Permission, Person
from marketing_pipeline.domain.ports import Proposals, SnapshotReader
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.ad_facts import AdFacts
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.post_row import Post


class PostReader(Protocol):
    """Reads posts."""

    def get(self, post: PostId) -> Post:
        """The post of that id. Raises NotFound."""
        ...

    def find(
        self,
        *,
        brand: BrandId | None = None,
        week: str | None = None,
        states: Collection[PostState] | None = None,
    ) -> tuple[Post, ...]:
        """Posts that meet every condition given, in the order in which they go out."""
        ...


@dataclass(frozen=True)
class ToolContext:
    """`brand` is what the conversation is about; None: all brands that the person may see."""

    person: Person
    brand: BrandId | None
    brands: Mapping[BrandId, Brand]
    clock: Clock
    database: Database
    audit: AuditAppender
    posts: PostReader
    alerts: Callable[[BrandId], Sequence[Alert]]
    ad_facts: AdFacts
    snapshot: SnapshotReader
    health: Callable[[], Health]
    proposals: Proposals

    @property
    def now(self) -> datetime:
        """The present moment, in UTC."""
        return self.clock.now()

    def visible(self, brand: str | None) -> tuple[Brand, ...]:
        """The brand that is asked for, else that of the conversation, else all that the person may see.

        Raises NotFound: a brand that they may not see is not told from one that does not exist.
        """
        wanted = brand or self.brand
        if wanted is not None:
            return (self.one(wanted),)
        return tuple(each for name, each in sorted(self.brands.items()) if self.person.may(Permission.READ, name))

    def one(self, brand: str | None) -> Brand:
        """One brand; where none is named, that of the conversation, or the only one there is. Raises NotFound."""
        seen = {name: each for name, each in self.brands.items() if self.person.may(Permission.READ, name)}
        wanted = brand or self.brand or (next(iter(seen)) if len(seen) == 1 else None)
        known = ", ".join(sorted(seen)) or "none"
        if wanted is None:
            raise NotFound("Several brands can be meant.", f"Name one of: {known}.")
        if wanted not in seen:
            raise NotFound(f"There is no brand {str(wanted)[:60]!r} for {self.person.name}.", f"Brands: {known}.")
        return seen[BrandId(wanted)]

    def post(self, post: str) -> Post:
        """A post that the person may see. Raises NotFound."""
        found = self.posts.get(PostId(post))
        self.require_seen(found.brand, f"post {post}")
        return found

    def require_seen(self, brand: BrandId, what: str) -> None:
        """Return where the person may see what belongs to this brand. Raises NotFound, as if it were not there."""
        if not self.person.may(Permission.READ, brand):
            raise NotFound(f"There is no {what}.", "`marketing posts list` and `marketing ads list` show the ids.")

    def week_of(self, brand: Brand, week: str | None = None) -> Week:
        """A week by its Monday, by default the present one of the brand. Raises NotFound for no Monday."""
        if week is None:
            return Week.containing(self.now, brand.zone)
        try:
            return Week.parse(week)
        except ValueError as error:
            raise NotFound(f"{week[:40]!r} is no week: {error}", "Name its Monday, as YYYY-MM-DD.") from error
