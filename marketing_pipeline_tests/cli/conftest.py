"""An office of its own for each test, and the command line in this process."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketing_pipeline.cli import main
from marketing_pipeline.store.home import Home
from marketing_pipeline_tests.cli.command_line import Ran, Run
from marketing_pipeline_tests.cli.office import Office, write_brand
from marketing_pipeline_tests.execution.ad_desk import AdDesk, MemoryAds, ad_brand
from marketing_pipeline_tests.sandbox.tea_room import MONDAY


@pytest.fixture
def brands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of brands: the tea room alone."""
    folder = tmp_path / "brands"
    write_brand(folder)
    # A developer's own .env lies in the folder that tests are started from.
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MARKETING_BRANDS", str(folder))
    return folder


@pytest.fixture
def office(marketing_home: Path, brands: Path, _migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """The tea room's home at Monday 09:00 UTC of stepped time; the person at the keyboard is ana."""
    monkeypatch.setenv("LOGNAME", "ana")
    marketing_home.mkdir(parents=True)
    (marketing_home / "control_plane.sqlite").write_bytes(_migrated.read_bytes())
    Home(marketing_home).clock().start_stepped(MONDAY)
    opened = Office.open()
    with opened.work:
        yield opened


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test keeps its warehouse for the others."""
    return tmp_path_factory.mktemp("kept") / "warehouse"


@pytest.fixture
def published(office: Office, kept: Path) -> Office:
    """The office with a snapshot of one live post."""
    warehouse = office.work.home.warehouse
    if kept.exists():
        shutil.copytree(kept, warehouse, symlinks=True, dirs_exist_ok=True)
    else:
        office.published()
        office.work.refresh_warehouse()
        shutil.copytree(warehouse, kept, symlinks=True)
    return office


@pytest.fixture
def desk(office: Office, brands: Path) -> AdDesk:
    """The tea room with an ad account in memory, and the office's own control plane."""
    brand = ad_brand()
    write_brand(
        brands, channels=brand.channels.model_dump(mode="json"), policies=brand.policies.model_dump(mode="json")
    )
    opened = AdDesk(office.work.database, office.work.clock, MemoryAds(office.work.clock), brand)
    opened.plane = office.work.plane
    opened.ledger, opened.decisions = opened.plane.ad_ledger, opened.plane.ad_decisions
    return opened


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `marketing` with the given words. Nobody is there to be asked, as in a script."""
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("NO_COLOR", "1")

    def command(*words: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(words)
        said = capsys.readouterr()
        code = ended.value.code
        assert code is None or isinstance(code, int)
        return Ran(code or 0, said.out, said.err)

    return command
