"""What connections to a PostgreSQL server are asked to hold to, so that it behaves as the SQLite file does."""

from typing import Any

from sqlalchemy import URL, Connection

APPLICATION_NAME = "marketing"
CONNECT_TIMEOUT_S = 10
STATEMENT_TIMEOUT_MS = 60_000
IDLE_WRITER_TIMEOUT_MS = 60_000
IDLE_READER_TIMEOUT_MS = 600_000
# Any fixed number, the same in every process of this product.
WRITER_LOCK = 735_190_422


def server_engine_options(url: URL, busy_timeout_ms: int, *, writes: bool) -> dict[str, Any]:
    """Arguments of `create_engine` for the readers or the writers of a server.

    Readers see one moment and cannot write. Every connection is tried before it is used, so that a restarted server is
    survived; names itself; and gives up a lock after `busy_timeout_ms`, a statement after a minute. The server ends a
    transaction that does nothing (a machine that vanished must not keep the lock): after one minute a writer's, after
    ten a reader's, who may be busy with the rows. What the URL itself asks for wins.
    """
    limits = {
        # A row is committed before its call goes out: it must be there after a crash, whatever the server's default.
        "synchronous_commit": "on",
        "lock_timeout": busy_timeout_ms,
        "statement_timeout": STATEMENT_TIMEOUT_MS,
        "idle_in_transaction_session_timeout": IDLE_WRITER_TIMEOUT_MS if writes else IDLE_READER_TIMEOUT_MS,
    }
    asked = url.query.get("options", "")
    own = " ".join(f"-c {name}={value}" for name, value in limits.items())
    arguments = {
        "application_name": url.query.get("application_name", APPLICATION_NAME),
        "connect_timeout": url.query.get("connect_timeout", CONNECT_TIMEOUT_S),
        "options": f"{own} {asked if isinstance(asked, str) else ' '.join(asked)}".strip(),
    }
    # Writers see what was committed by the time they have the lock: a snapshot from before it would be stale.
    reading = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    writing = {"isolation_level": "READ COMMITTED", "postgresql_readonly": False}
    return {
        "pool_pre_ping": True,
        "connect_args": arguments,
        "execution_options": writing if writes else reading,
    }


def take_the_writers_lock(connection: Connection) -> None:
    """Wait for the one lock of all writers, which SQLite has by itself: caps and chains are read and written under it.

    The server frees it with the transaction, also when the process is killed.
    """
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")


def take_the_time_it_needs(connection: Connection) -> None:
    """Let this transaction's statements last: an index over a year of rows takes longer than a page may."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
