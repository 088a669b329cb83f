"""Insight snapshots of published posts: absent is not zero."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.domain.plan import Hook


class SnapshotAge(StrEnum):
    """Ages at which a post is measured."""

    HOUR = "1h"
    DAY = "24h"
    THREE_DAYS = "72h"
    WEEK = "7d"

    @property
    def delta(self) -> timedelta:
        """The age as a span of time."""
        return {
            "1h": timedelta(hours=1),
            "24h": timedelta(hours=24),
            "72h": timedelta(hours=72),
            "7d": timedelta(days=7),
        }[self]


CORE_METRICS = ("reach", "views", "likes", "comments", "saved", "shares", "total_interactions")
OPTIONAL_METRICS = ("follows", "profile_visits", "reposts")
METRICS = (*CORE_METRICS, *OPTIONAL_METRICS)


class InsightSnapshot(BaseModel):
    """What Instagram said of one post at one age. A metric that was not given is None, with the reason in `missing`."""

    model_config = ConfigDict(frozen=True)

    post: PostId
    brand: BrandId
    media_id: str
    age: SnapshotAge
    taken_at: AwareDatetime
    age_hours: Annotated[float, Field(ge=0, description="Hours since publishing when it was really taken")]
    values: dict[str, int | None]
    missing: dict[str, str]


class EarlyFigures(BaseModel):
    """What was read of a post at an earlier age than its newest snapshot; absent is not zero."""

    model_config = ConfigDict(frozen=True)

    age: SnapshotAge
    age_hours: float
    reach: int | None
    likes: int | None
    comments: int | None
    saved: int | None
    shares: int | None


class PostPerformance(BaseModel):
    """One published post with its factors and its newest snapshot: a row to learn from."""

    model_config = ConfigDict(frozen=True)

    post: PostId
    brand: BrandId
    week: str
    published_at: datetime
    pillar: str
    format: PostFormat
    hook: Hook
    slot: str
    age: SnapshotAge
    age_hours: float
    reach: int | None
    views: int | None
    likes: int | None
    comments: int | None
    saved: int | None
    shares: int | None
    topic: str
    hook_line: str
    earlier: tuple[EarlyFigures, ...] = ()

    @property
    def engagement(self) -> float | None:
        """Its weighted interactions; see `engagement`."""
        return engagement(self.likes, self.comments, self.saved, self.shares)


def engagement(likes: int | None, comments: int | None, saved: int | None, shares: int | None) -> float | None:
    """Weighted interactions: likes + 2 x comments + 3 x saves + 4 x shares; None when any of them is absent.

    The weights put deliberate acts above light ones; they are ours and stand in docs/learning.md.
    """
    if likes is None or comments is None or saved is None or shares is None:
        return None
    return likes + 2.0 * comments + 3.0 * saved + 4.0 * shares
