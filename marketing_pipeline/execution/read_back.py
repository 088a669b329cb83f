"""What read-backs prove about a publish call whose outcome is not known: a pure judgement over what was seen.

Proved done: the container says PUBLISHED, or at the end of the window it says FINISHED and the account has exactly one
new post. Proved not done: over the whole window the container says FINISHED, EXPIRED or ERROR, and the account has no
new post. Everything else is for a person.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.channels.instagram_answers import ContainerStatus, Media
from marketing_pipeline.execution.progress import PublishProgress
from marketing_pipeline.execution.rules import ExecutionRules

_DEAD = frozenset({ContainerStatus.EXPIRED, ContainerStatus.ERROR})


class Evidence(BaseModel):
    """One look at both witnesses; None where it could not be read."""

    model_config = ConfigDict(frozen=True)

    status: ContainerStatus | None
    new_media: tuple[Media, ...] | None

    @property
    def is_clean(self) -> bool:
        """Whether both witnesses say that nothing was published."""
        return self.new_media == () and (self.status is ContainerStatus.FINISHED or self.status in _DEAD)


class Finding(StrEnum):
    """What follows from the looks so far."""

    LIVE = "live"
    NOT_YET = "not_yet"
    SEND_AGAIN = "send_again"
    NEW_CONTAINER = "new_container"
    PARK = "park"


class Judgement(BaseModel):
    """A finding with its reason, and the post found, if it is one."""

    model_config = ConfigDict(frozen=True)

    finding: Finding
    reason: str
    media: Media | None = None


def judge(evidence: Evidence, progress: PublishProgress, now: datetime, rules: ExecutionRules) -> Judgement:
    """Judge one look. `progress` counts it already, when it was a clean one."""
    elapsed = now - (progress.unknown_since or now)
    over = elapsed >= rules.settle_window
    only = evidence.new_media[0] if evidence.new_media is not None and len(evidence.new_media) == 1 else None
    if evidence.status is ContainerStatus.PUBLISHED:
        if only is not None or over:
            return Judgement(finding=Finding.LIVE, reason="the container says PUBLISHED", media=only)
        return _not_yet("the container says PUBLISHED; looking for the post's id")
    if evidence.is_clean:
        return _nothing_seen(evidence, progress, rules) if over else _not_yet("nothing new so far; it may still appear")
    if evidence.status is ContainerStatus.FINISHED and evidence.new_media:
        return _something_new(only) if over else _not_yet("a new post, but the container does not say so")
    if evidence.status in _DEAD and evidence.new_media:
        found = f"the container says {evidence.status}, yet the account has a new post"
        return _park(found) if over else _not_yet(found)
    return _unclear(elapsed, rules)


def _nothing_seen(evidence: Evidence, progress: PublishProgress, rules: ExecutionRules) -> Judgement:
    if progress.clean_reads < rules.least_reads:
        return _not_yet("nothing new, but seen too seldom")
    if progress.restricted:
        return _park("Instagram restricted the account and nothing appeared: never sent again by itself")
    if evidence.status in _DEAD:
        if progress.containers >= rules.containers:
            return _park(f"{progress.containers} containers came to nothing")
        reason = f"not published: the container says {evidence.status} and the account has no new post"
        return Judgement(finding=Finding.NEW_CONTAINER, reason=reason)
    if progress.sends >= rules.sends_per_container:
        return _park(f"sent {progress.sends} times without effect")
    reason = "not published: the container still waits and the account has no new post"
    return Judgement(finding=Finding.SEND_AGAIN, reason=reason)


def _something_new(only: Media | None) -> Judgement:
    if only is None:
        return _park("the account has several new posts: which is ours cannot be told")
    reason = "the account has exactly one new post since the call"
    return Judgement(finding=Finding.LIVE, reason=reason, media=only)


def _unclear(elapsed: timedelta, rules: ExecutionRules) -> Judgement:
    if elapsed >= 2 * rules.settle_window:
        return _park("the read-backs stay unclear")
    return _not_yet("the read-back was unclear")


def _not_yet(reason: str) -> Judgement:
    return Judgement(finding=Finding.NOT_YET, reason=reason)


def _park(reason: str) -> Judgement:
    return Judgement(finding=Finding.PARK, reason=reason)
