"""A warehouse that is damaged or too new says so, and that it may be deleted."""

import multiprocessing
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from marketing_pipeline.store.warehouse import Warehouse, WarehouseUnreadable

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "warehouse", patience_s=0.2)
    with warehouse.write() as connection:
        connection.execute("CREATE TABLE counter AS SELECT 0 AS number")
    return warehouse


def _number(warehouse: Warehouse) -> int:
    with warehouse.read() as connection:
        [(number,)] = connection.execute("SELECT number FROM counter").fetchall()
    return int(number)


def _commit_and_die(folder: Path) -> None:
    with Warehouse(folder).write() as connection:
        connection.execute("UPDATE counter SET number = 100")
        connection.commit()
        os._exit(9)


def _noise(path: Path) -> None:
    path.write_bytes(b"no database " * 5000)


def _flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[100:400] = bytes(255 - byte for byte in content[100:400])
    path.write_bytes(content)


def _cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [_noise, _flipped, _cut_off, _emptied])
def test_a_damaged_file_says_that_it_may_be_deleted(warehouse: Warehouse, damage: Callable[[Path], None]) -> None:
    damage(warehouse.path)
    with pytest.raises(WarehouseUnreadable, match=r"warehouse\.duckdb is damaged.*Delete it.*rebuilt"):
        _number(warehouse)
    with pytest.raises(WarehouseUnreadable, match="is damaged"), warehouse.write():
        pytest.fail("a damaged file was opened")


def test_deleting_a_damaged_file_is_enough_even_when_its_log_is_left(warehouse: Warehouse) -> None:
    process = SPAWN.Process(target=_commit_and_die, args=(warehouse.folder,))
    process.start()
    process.join()
    assert warehouse.path.with_name("warehouse.duckdb.wal").stat().st_size
    warehouse.path.unlink()
    with warehouse.write() as connection:
        connection.execute("CREATE TABLE counter AS SELECT 3 AS number")
    assert _number(warehouse) == 3


def test_damage_met_while_reading_is_reported_alike(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    with warehouse.write() as connection:
        connection.execute("CREATE TABLE much AS SELECT uuid()::VARCHAR AS word FROM range(200000)")
    warehouse.checkpoint()
    content = bytearray(warehouse.path.read_bytes())
    for place in range(len(content) // 4, len(content) // 2, 5000):
        content[place] ^= 0xFF
    warehouse.path.write_bytes(content)
    with pytest.raises(WarehouseUnreadable, match="is damaged"), warehouse.read() as connection:
        connection.execute("SELECT max(word) FROM much").fetchall()


def _checksum(block: bytes) -> int:
    """DuckDB's own (src/common/checksum.cpp), for a block whose length is a multiple of eight."""
    result = 5381
    for (word,) in struct.iter_unpack("<Q", block):
        result ^= word * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    return result


def test_a_file_of_a_newer_duckdb_asks_for_an_upgrade(warehouse: Warehouse) -> None:
    content = bytearray(warehouse.path.read_bytes())
    content[12:20] = struct.pack("<Q", 999)
    content[0:8] = struct.pack("<Q", _checksum(bytes(content[8:4096])))
    warehouse.path.write_bytes(content)
    with pytest.raises(WarehouseUnreadable, match=r"newer DuckDB.*Upgrade this program.*rebuilt"):
        _number(warehouse)
