"""Fair shares in the publish queue: the brand served longest ago goes first, with its post that is due longest.

With B brands that have something due, W workers, and S the longest time that one effect takes, a brand's first due
post waits at most S * (ceil((B - 1) / W) + 1), however many late posts the others have: each other brand goes ahead of
it once at most, since a claim puts a brand behind all that wait.
"""

from datetime import datetime

from sqlalchemy import Connection, Select, func, select

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.effect_rows import brand_rests, is_due, on_hold
from marketing_pipeline.store.tables import effects, turns
from marketing_pipeline.store.upsert import upsert


def brands_in_turn(now: datetime) -> Select[str]:
    """Brands with posts that are due, in the order in which they are served; those on hold or resting are left out.

    The posts themselves are read in an index alone, and only those that are due: what waits for later costs nothing.
    """
    due = (
        select(effects.c.brand, effects.c.channel, func.min(effects.c.due_at).label("first_due"))
        .where(is_due(now))
        .group_by(effects.c.brand, effects.c.channel)
        .subquery("due")
    )
    return (
        select(due.c.brand)
        .outerjoin(turns, turns.c.brand == due.c.brand)
        .where(~on_hold(due.c.brand, due.c.channel), ~brand_rests(due.c.brand, now))
        .order_by(func.coalesce(turns.c.number, 0), due.c.first_due, due.c.brand)
    )


def end_turn(connection: Connection, brand: BrandId, now: datetime) -> None:
    """Put a brand behind all others, as it was just served."""
    number = (connection.scalar(select(func.max(turns.c.number))) or 0) + 1
    upsert(connection, turns, {"brand": brand, "number": number, "updated_at": now}, changing=("number", "updated_at"))


def rest(connection: Connection, brand: BrandId, until: datetime, reason: str, now: datetime) -> None:
    """Claim nothing of a brand until then: the channel has said that its account, as a whole, has to wait."""
    row = {"brand": brand, "number": 0, "rests_until": until, "rest_reason": reason, "updated_at": now}
    upsert(connection, turns, row, changing=("rests_until", "rest_reason", "updated_at"))
