"""Whether a database has every table and column that this code knows, whatever its migration number says."""

from sqlalchemy import Connection, inspect

from marketing_pipeline.store.tables import metadata


def missing_parts(connection: Connection) -> tuple[str, ...]:
    """Tables, and columns as `table.column`, that are not there."""
    found = inspect(connection)
    present = set(found.get_table_names())
    tables = [name for name in sorted(metadata.tables) if name not in present]
    columns = [
        f"{name}.{column.name}"
        for name, table in sorted(metadata.tables.items())
        if name in present
        for column in table.columns
        if column.name not in {there["name"] for there in found.get_columns(name)}
    ]
    return (*tables, *columns)
