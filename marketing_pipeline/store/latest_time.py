"""The later of the available clocks, for whatever must not come back to life when a machine's clock is set back."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from marketing_pipeline.store.configuration import ACTION
from marketing_pipeline.store.tables import audit_log


def latest_time(connection: Connection, now: datetime) -> datetime:
    """`now`, or the time of the newest audit row where that is later, in UTC: records know how late it has been.

    What was found of the configuration does not count: a new home is looked at before its story in simulated time
    begins.
    """
    newest = connection.scalar(select(func.max(audit_log.c.at)).where(audit_log.c.action != ACTION))
    return now if newest is None else max(now, newest)
