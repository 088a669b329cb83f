"""How an engine would find what statements ask for: whether it reads whole tables for it."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, event


def whole_reads(connection: Connection, asks: Callable[[Connection], object], tables: str) -> list[str]:
    """Tables among `tables`, such as `posts|effects`, that `asks` would read from end to end.

    PostgreSQL is told that a whole read is dear: in an empty database it would be the cheapest way to anything.
    """
    asked: list[tuple[str, Any]] = []

    def noted(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", noted)
    asks(connection)
    event.remove(connection, "before_cursor_execute", noted)
    assert asked
    server = connection.dialect.name == "postgresql"
    if server:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    explain, scan = ("EXPLAIN", "Seq Scan on") if server else ("EXPLAIN QUERY PLAN", "SCAN")
    return [
        str(step[-1]).strip()
        for statement, parameters in asked
        for step in connection.exec_driver_sql(f"{explain} {statement}", parameters).all()
        if re.search(rf"\b{scan} ({tables})\b(?! USING)", str(step[-1]))
    ]
