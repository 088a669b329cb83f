"""One line of `marketing status`."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.effect import EffectRow
from marketing_pipeline.store.post_row import Post


class Kind(StrEnum):
    """What a line is about. The order is that of the screen."""

    HOLD = "hold"
    DAEMON = "daemon"
    ALERT = "alert"
    BRAND = "brand"
    STUCK = "stuck"
    PARKED = "parked"
    FAILED = "failed"
    MISSED = "missed"
    BEHIND = "behind"
    APPROVAL = "approval"
    BELOW_BAR = "below_bar"
    UNDECIDED = "undecided"
    DUE = "due"
    NEXT = "next"
    BATCH = "batch"
    PUBLISHED = "published"
    SPEND = "spend"
    LAST_ACT = "last_act"
    SNAPSHOT = "snapshot"


class StatusRow(BaseModel):
    """`ok` false: it does not come right by itself. `mend`: what a person can do; empty where there is nothing."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    ok: bool
    brand: str | None = None
    subject: str | None = None
    at: datetime | None = None
    detail: str
    mend: str = ""


def row_of_post(post: Post, kind: Kind, detail: str, mend: str, *, ok: bool = True) -> StatusRow:
    """A line about a post, at the time at which it goes out."""
    return StatusRow(
        kind=kind, ok=ok, brand=post.brand, subject=post.id, at=post.scheduled_at, detail=detail, mend=mend
    )


def row_of_effect(effect: EffectRow, kind: Kind, detail: str, mend: str = "", *, ok: bool = True) -> StatusRow:
    """A line about an effect, at the time at which it is due."""
    return StatusRow(
        kind=kind, ok=ok, brand=effect.brand, subject=effect.id, at=effect.due_at, detail=detail, mend=mend
    )
