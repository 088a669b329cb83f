"""Whose turn it is among writers on several machines: advisory locks of the catalog's server."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import SecretStr

from marketing_pipeline.store.lake_errors import unreachable
from marketing_pipeline.store.warehouse import WarehouseBusy

if TYPE_CHECKING:
    from psycopg import Connection

# A machine that is gone without a word frees its turn within a minute and a half.
_SILENCE = {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "6"}


@contextmanager
def hold_turn(catalog: SecretStr, turn: str, patience_s: float) -> Generator[None]:
    """Hold the turn of this name in the catalog's database; those who wait get it in the order in which they came.

    The server frees it when the connection ends, as it does with a killed process. It needs a connection of its own,
    so no pool that hands sessions from one to another. Raises WarehouseBusy after `patience_s` seconds, or
    LakeUnreachable.
    """
    import psycopg

    try:
        connection = psycopg.connect(catalog.get_secret_value(), autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise unreachable("its server", " ".join(str(error).split())) from None
    with connection:
        _take(connection, turn, patience_s)
        yield


def _take(connection: "Connection", turn: str, patience_s: float) -> None:
    import psycopg

    # Zero would mean to wait for ever.
    for name, value in {**_SILENCE, "lock_timeout": str(max(1, int(patience_s * 1000)))}.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, value))
    try:
        connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (f"marketing warehouse: {turn}",))
    except psycopg.errors.LockNotAvailable as error:
        raise WarehouseBusy(
            f"The turn {turn!r} at the warehouse was held by another process for more than {patience_s:g} s.",
            "Try again; if it lasts, `SELECT * FROM pg_locks WHERE locktype = 'advisory'` shows who holds it.",
        ) from error
