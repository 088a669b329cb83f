"""Migrations of the control plane: `versions/`, numbered from 0001, applied when the database is opened."""

import logging
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from marketing_pipeline.store.database_errors import DatabaseNewer

HEAD = "0007"
FOLDER = Path(__file__).parent


def is_up_to_date(connection: Connection, place: str) -> bool:
    """Whether the schema is the one that this code knows. Raises DatabaseNewer when it is a later one."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if version is None or version < HEAD:
        return False
    if version > HEAD:
        raise DatabaseNewer(
            f"The database {place} was made by a newer version of this program: its schema is {version}, and this one"
            f" knows {HEAD}.",
            "Upgrade this installation; nothing has been changed.",
        )
    return True


def bring_up_to_date(connection: Connection, place: str) -> None:
    """Apply what is missing within the caller's transaction: all of it, or nothing."""
    if is_up_to_date(connection, place):
        return
    # Imported here: alembic takes longer to load than the whole store.
    from alembic import command
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
