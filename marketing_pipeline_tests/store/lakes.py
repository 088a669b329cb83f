"""A lake of a test's own: its catalog on the real PostgreSQL, its data in a folder."""

import atexit
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import cast

import psycopg
import pytest
from pydantic import SecretStr

from marketing_pipeline.store.lake import Lake
from marketing_pipeline.store.lake_session import LakePlace
from marketing_pipeline.store.projections import project
from marketing_pipeline.store.warehouse import Warehouse
from marketing_pipeline_tests.postgres_server import PostgresServer
from marketing_pipeline_tests.store.warehouse_history import TeaRoom, busy_tea_room

on_both = pytest.mark.parametrize("room", ["file", "lake"], indirect=True)


@contextmanager
def lake_in(folder: Path, postgres: PostgresServer, database: str = "") -> Generator[Lake]:
    """A lake, empty unless the `database` of its catalog is given; `folder` is the machine's folder."""
    name = database or postgres.new_database()
    data = data_beside(folder)
    data.mkdir(parents=True, exist_ok=True)
    lake = Lake(LakePlace(SecretStr(postgres.url(name)), str(data)), folder)
    try:
        yield lake
    finally:
        lake.close()
        postgres.drop(name)


@contextmanager
def busy_room(request: pytest.FixtureRequest, root: Path) -> Generator[TeaRoom]:
    """The busy tea room with its file, or with a lake of the same rows where the fixture's parameter is `lake`."""
    room = busy_tea_room(root)
    if getattr(request, "param", "file") == "file":
        yield room
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    made, data = _busy_lake(postgres)
    copy, here = postgres.new_database(made), data_beside(room.home.warehouse)
    shutil.copytree(data, here)
    with psycopg.connect(postgres.url(copy)) as catalog:
        catalog.execute("UPDATE ducklake_metadata SET value = %s WHERE key = 'data_path'", (f"{here}/",))
    with lake_in(room.home.warehouse, postgres, copy) as lake:
        # Whoever needs the file itself asks for no lake.
        yield replace(room, warehouse=cast("Warehouse", lake))


@cache
def _busy_lake(postgres: PostgresServer) -> tuple[str, Path]:
    """Made once in a process, and copied for each test: the database of its catalog, and its data."""
    root = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, root)
    room, database = busy_tea_room(root / "home"), postgres.new_database()
    data = data_beside(room.home.warehouse)
    data.mkdir()
    lake = Lake(LakePlace(SecretStr(postgres.url(database)), str(data)), room.home.warehouse)
    project(room.database, lake)
    lake.close()
    room.database.close()
    return database, data


def data_beside(folder: Path) -> Path:
    """Where the data of a test's lake is."""
    return folder.with_name(f"{folder.name}_data")


def lose(warehouse: Warehouse | Lake) -> None:
    """Take a warehouse away, with all that is in it."""
    if isinstance(warehouse, Lake):
        warehouse.close()
        with psycopg.connect(warehouse.place.catalog.get_secret_value()) as catalog:
            catalog.execute("DROP SCHEMA public CASCADE")
            catalog.execute("CREATE SCHEMA public")
        return
    warehouse.path.unlink()
