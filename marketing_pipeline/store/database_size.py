"""The room that a control plane takes."""

from sqlalchemy import Connection, text

_QUERIES = {
    "sqlite": text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"),
    "postgresql": text("SELECT pg_database_size(current_database())"),
}


def database_bytes(connection: Connection) -> int:
    """Bytes on the disk: of a SQLite file without its write-ahead log, of a database on a server with its indexes."""
    return connection.execute(_QUERIES[connection.dialect.name]).scalar_one()
