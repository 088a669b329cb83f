"""Posts that need a person, and the effects that are due or come next, as lines of the status."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from marketing_pipeline.cli.status_row import Kind, StatusRow, row_of_effect, row_of_post
from marketing_pipeline.cli.stuck import stuck_effects
from marketing_pipeline.domain.approval import ApprovalState
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.identifiers import BrandId, EffectId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.approval_request import ApprovalRequest
from marketing_pipeline.store.creatives import attempts_of
from marketing_pipeline.store.effect_rows import claimable, get_effect, list_effects
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.workplace import Workplace

SHOWN_NEXT = 5
_UNMADE = (PostState.PLANNED, PostState.DRAFTED, PostState.DESIGNED, PostState.READY)
_BROKEN = {PostState.FAILED: Kind.FAILED, PostState.MISSED: Kind.MISSED}


def post_rows(
    workplace: Workplace, brands: Mapping[BrandId, Brand], only: BrandId | None, now: datetime
) -> Iterator[StatusRow]:
    """Posts that failed, were missed, wait for a decision, or whose slot passed before they were made."""
    with workplace.database.read() as connection:
        waiting = workplace.approvals.list_requests(connection, brand=only, state=ApprovalState.PENDING)
    requests = {request.subject: request for request in waiting if request.kind == EffectKind.PUBLISH_POST}
    for post in workplace.posts.find(brand=only, states=[*_BROKEN, PostState.NEEDS_HUMAN, *_UNMADE]):
        if post.state in _BROKEN:
            yield _broken(post)
        elif post.state is PostState.NEEDS_HUMAN:
            yield _undecided(workplace, post, requests.get(post.id))
        elif post.scheduled_at < now:
            yield _behind(post, brands.get(post.brand), now)


def effect_rows(workplace: Workplace, only: BrandId | None, now: datetime) -> Iterator[StatusRow]:
    """Effects that are stuck, due now, and the next few to come."""
    with workplace.database.read() as connection:
        stuck = [found for found in stuck_effects(connection, now) if only in (None, found.effect.brand)]
        due = [get_effect(connection, EffectId(found)) for found in connection.scalars(claimable(now, only))]
        queued = list_effects(connection, brand=only, states=(EffectState.QUEUED,))
    for found in stuck:
        kind = Kind.PARKED if found.effect.state is EffectState.PARKED else Kind.STUCK
        yield row_of_effect(found.effect, kind, found.problem, found.mend, ok=False)
    known = {found.effect.id for found in stuck}
    yield from (row_of_effect(effect, Kind.DUE, "is due") for effect in due if effect.id not in known)
    for effect in [effect for effect in queued if effect.due_at > now][:SHOWN_NEXT]:
        yield row_of_effect(effect, Kind.NEXT, f"publishes {effect.subject}{' (held)' if effect.held else ''}")


def _broken(post: Post) -> StatusRow:
    mend = f"`marketing posts retry {post.id}`, or reschedule it, or cancel it."
    return row_of_post(post, _BROKEN[post.state], post.state_reason, mend, ok=False)


def _undecided(workplace: Workplace, post: Post, request: ApprovalRequest | None) -> StatusRow:
    if request is None:
        mend = f"Ask again with `marketing posts reschedule {post.id} --at ...`, or cancel it."
        return row_of_post(post, Kind.UNDECIDED, post.state_reason, mend)
    chosen = [made for made in attempts_of(workplace.database, post.id) if made.id == post.chosen_creative]
    below = any(not made.judgement.meets_bar for made in chosen)
    mend = f"`marketing approvals show {request.id}`, then approve or reject."
    return row_of_post(post, Kind.BELOW_BAR if below else Kind.APPROVAL, request.why, mend)


def _behind(post: Post, brand: Brand | None, now: datetime) -> StatusRow:
    """A post whose making was begun and stopped is not well; one that nobody began may have been left out."""
    too_late = brand is not None and brand.posting.is_too_late(post.scheduled_at, now)
    making = f"`marketing run week --brand {post.brand} --week {post.week}`"
    detail = f"its slot passed while it was {post.state}"
    moving = f"`marketing posts reschedule {post.id} --at ...`"
    mend = f"{moving if too_late else making}, or cancel it."
    return row_of_post(post, Kind.BEHIND, detail, mend, ok=post.state is PostState.PLANNED)
