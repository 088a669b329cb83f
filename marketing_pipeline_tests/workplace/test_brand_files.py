"""Brand files that are read again when something of theirs changes, and only then."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.audit_rows import AuditQuery, newest_rows
from marketing_pipeline.store.brand_folder import BrandInvalid
from marketing_pipeline.store.heartbeats import Heartbeats
from marketing_pipeline.workplace import Workplace
from marketing_pipeline.workplace.brands import BrandFiles
from marketing_pipeline_tests.cli.conftest import brands, office
from marketing_pipeline_tests.cli.office import Office, write_brand
from marketing_pipeline_tests.fixtures import TEST_BRANDS

__all__ = ["brands", "office"]
BAKERY, SHOP = BrandId("bakery"), BrandId("shop")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one brand."""
    shutil.copytree(TEST_BRANDS / BAKERY, tmp_path / "brands" / BAKERY)
    return tmp_path / "brands"


def _renamed(folder: Path) -> None:
    file = folder / BAKERY / "brand.yaml"
    text = file.read_text(encoding="utf-8")
    name = next(line for line in text.splitlines() if line.startswith("name:"))
    file.write_text(text.replace(name, "name: Another bakery"), encoding="utf-8")


def _broken(folder: Path) -> None:
    (folder / BAKERY / "brand.yaml").write_text("id: 7", encoding="utf-8")


def _added(folder: Path) -> None:
    (folder / SHOP).mkdir()
    (folder / SHOP / "brand.yaml").write_text("id: 7", encoding="utf-8")


def _removed(folder: Path) -> None:
    shutil.rmtree(folder / BAKERY)


def _put_beside(folder: Path) -> None:
    (folder / BAKERY / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n")


def test_unchanged_files_are_read_once(folder: Path) -> None:
    files = BrandFiles(folder)
    read, broken = files.read()
    assert list(read) == [BAKERY] and not broken
    assert files.read()[0] is read and files.read()[0][BAKERY] is read[BAKERY]


@pytest.mark.parametrize(
    ("act", "right", "wrong"),
    [
        (_renamed, {BAKERY}, set[str]()),
        (_broken, set[str](), {BAKERY}),
        (_added, {BAKERY}, {SHOP}),
        (_removed, set[str](), set[str]()),
        (_put_beside, {BAKERY}, set[str]()),
    ],
)
def test_whatever_changes_is_read_again(
    folder: Path, act: Callable[[Path], None], right: set[str], wrong: set[str]
) -> None:
    files = BrandFiles(folder)
    before = files.read()
    act(folder)
    read, broken = files.read()
    assert (set(read), set(broken)) == (right, wrong) and read is not before[0]
    assert act is not _renamed or read[BAKERY].name == "Another bakery"


def test_no_folder_holds_no_brand(tmp_path: Path) -> None:
    assert BrandFiles(tmp_path / "nowhere").read() == ({}, {})


def test_who_opens_a_home_again_and_again_notes_each_change_once(office: Office) -> None:
    settings = office.work.settings
    files = BrandFiles(settings.brands)

    def told() -> int:
        with Workplace.open(settings, files) as place:
            assert place.brands
            with place.database.read() as connection:
                return len(newest_rows(connection, AuditQuery(action="configuration.changed"), 100))

    before = told()
    assert told() == before
    write_brand(settings.brands, name="Another room")
    assert told() == before + 1
    assert told() == before + 1


def test_one_brand_is_read_alone_and_once(folder: Path) -> None:
    _added(folder)
    files = BrandFiles(folder)
    first = files.one(BAKERY)
    assert files.one(BAKERY) is first
    _renamed(folder)
    assert files.one(BAKERY).name == "Another bakery"


@pytest.mark.parametrize(("act", "error"), [(_broken, BrandInvalid), (_removed, NotFound)])
def test_one_brand_that_is_broken_or_gone_since_is_refused(
    folder: Path, act: Callable[[Path], None], error: type[Exception]
) -> None:
    files = BrandFiles(folder)
    files.one(BAKERY)
    act(folder)
    with pytest.raises(error):
        files.one(BAKERY)


def test_an_account_that_another_new_brand_takes_stops_one_brand_as_well(folder: Path) -> None:
    files = BrandFiles(folder)
    files.one(BAKERY)
    shutil.copytree(folder / BAKERY, folder / SHOP)
    with pytest.raises(BrandInvalid, match="account belongs to one brand"):
        files.one(BAKERY)


def test_a_brand_that_is_looked_up_is_noted_once_and_reads_no_other(office: Office) -> None:
    settings = office.work.settings
    with Workplace.open(settings) as place:
        (name,) = place.brands
    _added(settings.brands)
    with Workplace.open(settings) as place:
        assert place.brands[name].brand_id == name and name in place.brands and SHOP not in place.brands
        assert "_all" not in place.brands.__dict__
        assert list(place.brands) == [name] and set(place.broken_brands) == {SHOP}
        with pytest.raises(KeyError):
            place.brands[SHOP]


def test_signs_of_life_read_no_brand(office: Office) -> None:
    place = Workplace.open(office.work.settings)
    with place, place.health.pulse("drain:1", ServerKind.DRAIN):
        place.health.beat(ServerKind.CODE_LOCATION, timedelta(seconds=30))
        assert "_all" not in vars(place.brands)
        assert len(Heartbeats(place.database, SystemClock()).read()) == 2
