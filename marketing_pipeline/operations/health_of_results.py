"""The results: money spent against its caps, and how fresh each asset is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.health import Area, HealthFinding, ago, bad, counted, doubtful, well
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.week import Week
from marketing_pipeline.operations.installation import Installation
from marketing_pipeline.settings import Service, google_ads_installed
from marketing_pipeline.store.ad_readings import ad_readings
from marketing_pipeline.store.insights import due_snapshots
from marketing_pipeline.store.learnings import latest_learnings, newest_weeks
from marketing_pipeline.store.model_calls import ModelCalls
from marketing_pipeline.store.plans import planned_weeks
from marketing_pipeline.store.snapshots import newest_snapshot
from marketing_pipeline.store.tables import home, posts

NEAR_CAP = 0.8
INSIGHTS_LATE = timedelta(hours=3)
"""Insights are read each hour; three missed readings are no chance."""
SNAPSHOT_OLD = timedelta(days=2)
PLAN_LATE = timedelta(hours=6)
ADS_OLD = timedelta(days=3)
UNMADE_BEFORE = timedelta(hours=12)
_MADE_BY = {
    PostState.PLANNED: "post_variations",
    PostState.DRAFTED: "creatives",
    PostState.DESIGNED: "evaluation_scores",
    PostState.READY: "published_posts",
}
"""The asset that takes a post out of each state."""


def spend(place: Installation) -> Iterator[HealthFinding]:
    """What each brand has spent on models this week, where it comes near the cap."""
    mend = "Raise policies.model_spend_per_week_usd, or wait for the next week."
    near = [
        doubtful(Area.SPEND, f"{brand.id} has spent {spent:.2f} of {cap:.2f} USD on models this week.", mend)
        for brand, spent, cap in near_caps(place)
    ]
    yield from near or [well(Area.SPEND, f"within the caps of {counted(len(place.brands), 'brand')}")]


def near_caps(place: Installation) -> Iterator[tuple[Brand, float, float]]:
    """Brands that have nearly spent what they may spend on models this week, with what they spent and may, in USD."""
    now, brands = place.clock.now(), place.brands.values()
    weeks = {brand.brand_id: (Week.containing(now, brand.zone), brand.zone) for brand in brands}
    spans = {name: (week.start(zone), week.end(zone)) for name, (week, zone) in weeks.items()}
    spends = ModelCalls(place.database).spends(spans)
    for brand in brands:
        spent, cap = spends.get(brand.brand_id, 0) / MICROS, brand.policies.model_spend_per_week_usd
        if spent and spent >= cap * NEAR_CAP:
            yield brand, spent, cap


def freshness(place: Installation) -> Iterator[HealthFinding]:
    """Insights, plans, learnings, ad facts and the snapshot: those that are older than they should be."""
    stale = [*_insights(place), *_plans(place), *_posts(place), *_learnings(place), *_ads(place), *_snapshot(place)]
    yield from stale or [well(Area.FRESHNESS, "every asset is as fresh as it should be")]
    for brand in place.broken_brands:
        yield bad(
            Area.FRESHNESS, f"{brand} is not worked for: its brand.yaml cannot be followed.", "`marketing doctor`"
        )


def _insights(place: Installation) -> Iterator[HealthFinding]:
    if place.settings.is_off(Service.INSTAGRAM):
        return
    now = place.clock.now()
    late: dict[BrandId, list[datetime]] = {}
    for due in due_snapshots(place.database, now):
        if due.brand in place.brands and not due.closed:
            late.setdefault(due.brand, []).append(due.due_at)
    for name, moments in sorted(late.items()):
        oldest = min(moments)
        if now - oldest > INSIGHTS_LATE:
            what = f"performance_metrics: {counted(len(moments), 'reading')} of {name} up to {ago(now - oldest)} late."
            yield doubtful(Area.FRESHNESS, what, "See the runs of collect_metrics in Dagster.", oldest)


def _plans(place: Installation) -> Iterator[HealthFinding]:
    now = place.clock.now()
    by_itself = bool(place.beats.read(ServerKind.CODE_LOCATION))
    with place.database.read() as connection:
        made = connection.scalar(select(home.c.created_at)) or now
    coming = {name: Week.containing(now, brand.zone).plus(1) for name, brand in place.brands.items()}
    planned = planned_weeks(place.database, {week.key for week in coming.values()})
    for name, brand in place.brands.items():
        week = coming[name]
        since = max(brand.planning_moment(week), made)
        if now - since > PLAN_LATE and (name, week.key) not in planned:
            what = f"weekly_plans: {brand.id} has no plan for the week of {week.key}."
            mend = f"`marketing run week --brand {brand.id} --week {week.key}`"
            yield (bad if by_itself else doubtful)(Area.FRESHNESS, what, mend, since)


def _posts(place: Installation) -> Iterator[HealthFinding]:
    """Words and pictures still to be made shortly before their slot, and posts that never reached the queue."""
    now = place.clock.now()
    unmade = (
        select(posts.c.brand, posts.c.state, func.count(), func.min(posts.c.scheduled_at))
        .where(posts.c.state.in_(_MADE_BY), posts.c.scheduled_at < now + UNMADE_BEFORE)
        .group_by(posts.c.brand, posts.c.state)
        .order_by(posts.c.brand, posts.c.state)
    )
    with place.database.read() as connection:
        rows = connection.execute(unmade).all()
    for brand, state, count, first in rows:
        due = f"the first is due {first:%Y-%m-%d %H:%M} UTC"
        what = f"{_MADE_BY[state]}: {counted(count, 'post')} of {brand} still {state}, {due}."
        yield doubtful(Area.FRESHNESS, what, "See the runs of weekly in Dagster, and `marketing posts list`.")


def _learnings(place: Installation) -> Iterator[HealthFinding]:
    now, newest = place.clock.now(), newest_weeks(place.database)
    for name, brand in place.brands.items():
        week, known = Week.containing(now, brand.zone), newest.get(name)
        if known is not None and known < week.key:
            learnt = latest_learnings(place.database, name)
            what = f"learnings: those of {brand.id} are of the week of {known}."
            mend = f"`marketing run week --brand {brand.id} --week {week.key}`"
            yield doubtful(Area.FRESHNESS, what, mend, learnt.learnings.computed_at if learnt else None)


def _ads(place: Installation) -> Iterator[HealthFinding]:
    advertisers = [brand for brand in place.brands.values() if brand.channels.google_ads is not None]
    if place.settings.is_off(Service.GOOGLE_ADS) or not google_ads_installed() or not advertisers:
        return
    read = ad_readings(place.home.warehouse)
    now = place.clock.now()
    for brand in advertisers:
        newest = read.get(brand.brand_id)
        if newest is not None and now - newest > ADS_OLD:
            what = f"ad_performance: the account of {brand.id} was last read {ago(now - newest)} ago."
            yield doubtful(Area.FRESHNESS, what, "See the runs of daily_ads in Dagster.", newest)


def _snapshot(place: Installation) -> Iterator[HealthFinding]:
    age = snapshot_age(place)
    if age is not None and age > SNAPSHOT_OLD:
        what = f"The warehouse snapshot is {ago(age)} old, so analysts see nothing newer."
        yield doubtful(Area.FRESHNESS, what, "Run `marketing up`: its daemon publishes one with each run.")


def snapshot_age(place: Installation) -> timedelta | None:
    """How old the newest snapshot is in real time; None before the first."""
    newest = newest_snapshot(place.home.warehouse)
    if newest is None:
        return None
    return place.real.now() - datetime.fromtimestamp(newest.stat().st_mtime, UTC)
