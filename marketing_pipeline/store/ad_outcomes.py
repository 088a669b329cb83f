"""Applied ad changes of a brand, as verdicts need them: in the order in which they were applied."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from marketing_pipeline.domain.account_day import account_day
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_experience import PastAdChange
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.ad_change_row import AdChange, ad_change_of
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import ad_changes

_OPEN_ENDED = (AdChangeState.APPLIED, AdChangeState.APPLYING, AdChangeState.UNKNOWN, AdChangeState.PARKED)


def applied_changes(database: Database, brand: BrandId, since: datetime) -> tuple[AdChange, ...]:
    """What was applied since then, in that order; then what has no verdict yet however old, and what may be applied."""
    wanted = select(ad_changes).where(
        ad_changes.c.brand == brand,
        or_(ad_changes.c.applied_at >= since, ad_changes.c.state.in_(_OPEN_ENDED)),
    )
    with database.read() as connection:
        found = [ad_change_of(row) for row in connection.execute(wanted.order_by(ad_changes.c.proposed_at))]
    return tuple(sorted(found, key=lambda change: (change.applied_at is None, change.applied_at or change.proposed_at)))


def past_change(change: AdChange, zone: ZoneInfo) -> PastAdChange:
    """As the analysis sees it; days are the account's."""
    day: date | None = None if change.applied_at is None else account_day(change.applied_at, zone)
    return PastAdChange(
        id=change.id,
        label=change.label,
        payload=change.payload,
        forecast=change.forecast,
        state=change.state,
        day=day,
        outcome=change.outcome,
        rolls_back=change.rolls_back,
    )
