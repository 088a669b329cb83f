"""What is proved so far about one publish effect: stored after each step, so that a dead worker loses nothing."""

from datetime import timedelta
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from marketing_pipeline.domain.effect import Effect


class PublishProgress(BaseModel):
    """The effect's `progress` column.

    `container` is what will be published, `children` are a carousel's, in order; `containers` counts those made.
    `sends` counts publish calls for this container; `unproved` those of the effect whose outcome was not known at
    first. `baseline` are the account's posts before the first such call, made at `first_sent_at`: what is not among
    them is new. `unknown_since` and `clean_reads` belong to the read-backs that go on now.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    children: tuple[str, ...] = ()
    container: str | None = None
    containers: int = 0
    sends: int = 0
    unproved: int = 0
    baseline: tuple[str, ...] = ()
    first_sent_at: AwareDatetime | None = None
    restricted: bool = False
    unknown_since: AwareDatetime | None = None
    clean_reads: int = 0
    waits: int = 0

    @classmethod
    def of(cls, effect: Effect) -> Self:
        """What the effect's row says."""
        return cls.model_validate(effect.progress)

    def stored(self) -> dict[str, Any]:
        """As the row holds it."""
        return self.model_dump(mode="json")

    def but(self, **changes: Any) -> Self:
        """The same with some facts changed."""
        return self.model_copy(update=changes)

    def not_looked(self, pause: timedelta) -> Self:
        """No look can be had for so long: the window of the read-backs goes on when there are looks again."""
        since = self.unknown_since
        return self if since is None else self.but(unknown_since=since + pause)

    def without_container(self) -> Self:
        """For starting over with a new container."""
        return self.but(children=(), container=None, sends=0)
