"""Ids that a person may be typing: looked up in a moment, without opening the control plane properly."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Literal

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from marketing_pipeline.domain.errors import MarketingError

IdTable = Literal[
    "posts", "approvals", "effects", "ad_changes", "alerts", "proposals", "brand_rules", "experiments"
]  # fmt: skip
MOST = 100
_PATIENCE_MS = 500
# PostgreSQL's own library takes no less.
_CONNECT_TIMEOUT_S = 2


def known_ids(control_plane_url: str, table: IdTable, beginning: str, most: int = MOST) -> list[str]:
    """Ids of a table that begin so, the last in the alphabet first; none where they cannot be read now.

    Never made, migrated, or waited for: whoever presses a key gets an answer at once or none.
    """
    query = f"SELECT DISTINCT id FROM {table} WHERE substr(id, 1, :long) = :beginning ORDER BY id DESC LIMIT :most"  # noqa: S608
    asked: dict[str, object] = {"long": len(beginning), "beginning": beginning, "most": most}
    try:
        url = make_url(control_plane_url)
        if url.get_backend_name() == "sqlite":
            return _in_file(Path(url.database or "").absolute(), query, asked)
        return _on_server(url, query, asked)
    except (sqlite3.Error, SQLAlchemyError, MarketingError):
        return []


def _in_file(file: Path, query: str, asked: dict[str, object]) -> list[str]:
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=0.2)) as found:
        return [row[0] for row in found.execute(query, asked)]


def _on_server(url: URL, query: str, asked: dict[str, object]) -> list[str]:
    from marketing_pipeline.domain.clock import SystemClock
    from marketing_pipeline.store.database import Database, engines

    soon = url.update_query_dict({"connect_timeout": str(_CONNECT_TIMEOUT_S)}).render_as_string(hide_password=False)
    database = Database(*engines(soon, _PATIENCE_MS), SystemClock())
    try:
        with database.read() as connection:
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {_PATIENCE_MS}")
            return list(connection.scalars(text(query), asked))
    finally:
        database.close()
