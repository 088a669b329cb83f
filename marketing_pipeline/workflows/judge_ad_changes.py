"""Judge applied ad changes once their window is over: improved, worse or inconclusive, against their own forecast.

What somebody set to another value meanwhile is inconclusive, and is told as soon as it is seen: Google's history of
changes is read each day, since it goes back 29 days only.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from marketing_pipeline.channels.google_ads.targets import UnsupportedChange
from marketing_pipeline.domain.account_day import account_day, next_day_begins
from marketing_pipeline.domain.ad_account import AdAccountHistory
from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState, ApplyAdChange, CustomerId
from marketing_pipeline.domain.ad_comparison import BEFORE_DAYS, campaigns_of, outcome_of
from marketing_pipeline.domain.ad_figures import MATURE_DAYS
from marketing_pipeline.domain.ad_outcome import AdOutcome, inconclusive
from marketing_pipeline.domain.ad_overwrite import (
    AdEdits,
    Overwrite,
    first_overwrite,
    live_overwrite,
    overwrite_in_words,
)
from marketing_pipeline.domain.ad_platform import AdChangeEvent
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import RefusedTransition
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.store.ad_changes import AdChanges
from marketing_pipeline.store.ad_outcomes import applied_changes
from marketing_pipeline.workflows.brand_week import BrandWeek

ACTOR = "ad_outcomes"
HISTORY = timedelta(days=29)
"""How far back the account's history of changes is asked for; Google keeps 30 days."""
_LOOK_BACK = timedelta(days=120)
"""Changes applied longer ago than the longest window and the days before it are in no change's way."""
Edits = Mapping[str, Sequence[AdChangeEvent]]


def judge_ad_changes(
    work: BrandWeek, account: AdAccountHistory, zone: ZoneInfo, platform: AdEdits
) -> dict[str, AdOutcome]:
    """Verdicts of the brand's applied changes, stored.

    Judged is what another value came over, and what has its window behind it and its conversions in. `zone` is the
    account's. Without a policy the window is the forecast's. Raises AdPlatformFailure, storing nothing.
    """
    every = [
        change
        for change in applied_changes(work.database, work.brand.brand_id, work.now() - _LOOK_BACK)
        if change.applied_at is not None
    ]
    open_ones = [change for change in every if change.state is AdChangeState.APPLIED]
    edits = _edits(open_ones, every, platform, account.customer_id, work.now())
    verdicts = {
        change.id: outcome
        for change in open_ones
        if (outcome := _outcome(account, change, every, edits, zone, work.brand, platform)) is not None
    }
    changes = AdChanges(work.database, work.audit)
    for change, outcome in verdicts.items():
        # Another run may have judged it, or its rollback been applied, since it was read.
        with suppress(RefusedTransition):
            stored = outcome.model_dump(mode="json")
            changes.move(change, outcome.verdict, reason=outcome.why, actor=ACTOR, outcome=stored)
    return verdicts


def window_of(change: AdChange, brand: Brand, zone: ZoneInfo) -> tuple[date, date]:
    """The account's day on which a change was applied, and the last day that it is judged by."""
    policy = brand.policies.ads
    day = account_day(change.applied_at or change.proposed_at, zone)
    return day, day + timedelta(days=change.forecast.days if policy is None else policy.outcome_days)


def is_due(change: AdChange, brand: Brand, zone: ZoneInfo, today: date) -> bool:
    """Whether the window of a change is over, and its conversions have come in."""
    return today - window_of(change, brand, zone)[1] >= timedelta(days=MATURE_DAYS)


def _outcome(
    account: AdAccountHistory,
    change: AdChange,
    every: Sequence[AdChange],
    edits: Edits,
    zone: ZoneInfo,
    brand: Brand,
    platform: AdEdits,
) -> AdOutcome | None:
    """The verdict; None while it is too early for one."""
    day, until = window_of(change, brand, zone)
    noon = datetime(until.year, until.month, until.day, 12, tzinfo=zone)
    found = first_overwrite(change.payload, edits[change.id], next_day_begins(noon, zone), zone)
    due = is_due(change, brand, zone, account.today)
    if found is None and due and change.payload.customer_id == account.customer_id:
        found = live_overwrite(change.payload, _live(platform, change.payload), edits[change.id])
    if found is not None:
        return _overwritten(change, found)
    if not due:
        return None
    touched = {
        campaign
        for other in every
        if day - timedelta(days=BEFORE_DAYS) <= window_of(other, brand, zone)[0] <= until
        for campaign in campaigns_of(account, other.payload)
    }
    return outcome_of(account, change.payload, change.forecast, day, until, touched)


def _overwritten(change: AdChange, found: Overwrite) -> AdOutcome:
    return inconclusive(overwrite_in_words(change.payload, found), overwritten=found)


def _live(platform: AdEdits, change: ApplyAdChange) -> str | None:
    try:
        return platform.read_value(change)
    except UnsupportedChange:
        # The campaign bids in another way now: what was set is gone.
        return None


def _edits(
    open_ones: Sequence[AdChange], every: Sequence[AdChange], platform: AdEdits, customer: CustomerId, now: datetime
) -> Edits:
    """By change, all edits of its field since it was applied, oldest first: the account's history and our record."""
    own = [change for change in open_ones if change.payload.customer_id == customer]
    told: dict[str, Sequence[AdChangeEvent]] = {}
    if own:
        since = max(now - HISTORY, min(change.applied_at or now for change in own))
        found = platform.edits(customer, [change.payload for change in own], since)
        told = {change.id: edits for change, edits in zip(own, found, strict=True)}
    return {change.id: _merged(change, told.get(change.id, ()), every) for change in open_ones}


def _merged(change: AdChange, told: Sequence[AdChangeEvent], every: Sequence[AdChange]) -> Sequence[AdChangeEvent]:
    applied = change.applied_at or change.proposed_at
    later = [other for other in every if _same_field(other, change) and (other.applied_at or applied) > applied]
    edits = [_named(edit, later) for edit in told if edit.at >= applied.replace(microsecond=0)]
    named = {edit.user for edit in edits}
    edits += [_own_edit(other) for other in later if _name(other) not in named]
    return sorted(edits, key=lambda edit: edit.at)


def _same_field(one: AdChange, other: AdChange) -> bool:
    a, b = one.payload, other.payload
    if one.id == other.id or (a.resource, a.field) != (b.resource, b.field):
        return False
    return a.change_kind is not AdChangeKind.ADD_NEGATIVE_KEYWORD or (a.before or a.after) == (b.before or b.after)


def _named(edit: AdChangeEvent, later: Sequence[AdChange]) -> AdChangeEvent:
    """The edit under the name of our later change that it is, if it is one."""
    for change in later:
        applied = change.applied_at or change.proposed_at
        if edit.after == change.payload.after and change.proposed_at <= edit.at <= applied:
            return edit.model_copy(update={"user": _name(change)})
    return edit


def _own_edit(change: AdChange) -> AdChangeEvent:
    return AdChangeEvent(
        at=change.applied_at or change.proposed_at,
        user=_name(change),
        client_type="GOOGLE_ADS_API",
        before=change.payload.before,
        after=change.payload.after,
    )


def _name(change: AdChange) -> str:
    return f"our change {change.id}"
