"""Rows 44, 45 and 48: storage that fails, databases that are locked, and an upgrade with effects in flight."""

import random
import sqlite3
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.brand import ContentApproval
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.effect import Effect, EffectState
from marketing_pipeline.execution.steps import Step
from marketing_pipeline.store import migrations
from marketing_pipeline.store.database_errors import DatabaseBusy
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.projections import project
from marketing_pipeline.store.warehouse import Warehouse, WarehouseBusy
from marketing_pipeline_tests.faults.agency import A_LEASE, Agency, Office, open_agency
from marketing_pipeline_tests.faults.children import forkserver
from marketing_pipeline_tests.faults.row import FaultRow, Figure
from marketing_pipeline_tests.faults.storage_children import FAILURES, REFUSED, drained_without_storage, hold_lock

_BEFORE_THE_CALL = (Step.CLAIMED, Step.CHECKED, Step.CONTAINER_MADE, Step.CONTAINER_READY, Step.BASELINE_READ)
_LAST_STEPS = (Step.ATTEMPT_OPENED, Step.ANSWERED)
_MOST_ROOM = 40_000
_PATIENCE_MS = 200
"""Of a database in the test of locks; the product waits fifty times as long."""


def storage_fails(tries: int, seed: int, folder: Path) -> Figure:
    """Row 44. From a step on nothing can be stored: no call goes out whose attempt is not durable; later, one post."""
    chance, broken, refused, queued = random.Random(seed), 0, 0, list[Effect]()
    with open_agency(folder, tries, shared_time=True) as agency:
        for number, brand in enumerate(agency.fresh_brands(tries)):
            queued.append(effect := agency.queue(brand, pictures=2))
            agency.order(brand, {"name": "publishes_twice", "times": 9})
            begins = chance.choice((*_BEFORE_THE_CALL, *_LAST_STEPS))
            failure = FAILURES[number % len(FAILURES)]
            code = drained_without_storage(agency, failure, chance.randrange(_MOST_ROOM), begins)
            refused += code == REFUSED
            broken += code not in (0, REFUSED) or agency.calls(effect) > agency.effect(effect).attempts
            agency.clock.sleep(A_LEASE.total_seconds())
            agency.settle()
        note = f"{refused} drains stopped in plain words"
        return agency.figure(queued, note=note) + Figure(tries=0, broken=broken)


def databases_locked(tries: int, seed: int, folder: Path) -> Figure:
    """Row 45. A process holds SQLite for three times our patience, or DuckDB while posts go out and are analysed."""
    queued = list[Effect]()
    busy = waited = 0
    with open_agency(folder, tries, shared_time=True) as agency:
        for number, brand in enumerate(agency.fresh_brands(tries)):
            queued.append(agency.queue(brand))
            if number % 2:
                agency.home.warehouse.mkdir(exist_ok=True)
                with _held(agency.home.warehouse / "warehouse.duckdb", duckdb_file=True) as release:
                    agency.settle()
                    waited += _analysed(agency, release)
                continue
            with _impatient(agency) as office, _held(agency.home.root / "control_plane.sqlite") as release:
                for _ in range(3):
                    try:
                        office.executor().drain()
                    except DatabaseBusy:
                        busy += 1
                release()
            agency.settle()
        note = f"{busy} drains met the lock and left everything as it was; {waited} analytics steps waited for theirs"
        return agency.figure(queued, note=note) + Figure(tries=0, broken=tries // 2 - waited)


def _analysed(agency: Agency, release: Callable[[], None]) -> bool:
    """A step with little patience says that it waits and writes nothing; one that may wait goes on by itself."""
    with suppress(WarehouseBusy):
        project(agency.database, Warehouse(agency.home.warehouse, _PATIENCE_MS / 1000))
        return False
    warehouse = Warehouse(agency.home.warehouse)
    with ThreadPoolExecutor(1) as pool:
        step = pool.submit(project, agency.database, warehouse)
        SystemClock().sleep(_PATIENCE_MS / 1000)
        waits = not step.done()
        release()
        step.result()
    wanted = "SELECT count(*) FROM effects WHERE state = 'succeeded'"
    with warehouse.read() as connection, agency.database.read() as control_plane:
        [known] = connection.execute(wanted).fetchone() or (0,)
        return waits and known == control_plane.scalar(text(wanted))


@contextmanager
def _impatient(agency: Agency) -> Generator[Office]:
    office = Office(agency.home.root, agency.url, agency.brands, patience_ms=_PATIENCE_MS)
    yield office
    office.close()


@contextmanager
def _held(file: Path, *, duckdb_file: bool = False) -> Generator[Callable[[], None]]:
    ready, released = file.with_suffix(".ready"), file.with_suffix(".released")
    arguments = (file, ready, released)
    child = forkserver().Process(target=hold_lock, args=arguments, kwargs={"duckdb_file": duckdb_file})
    child.start()
    real = SystemClock()
    while not ready.exists():
        real.sleep(0.01)
    try:
        yield released.touch
    finally:
        released.touch()
        child.join(60)
        ready.unlink()
        released.unlink()
    assert child.exitcode == 0


def upgrade(tries: int, seed: int, folder: Path) -> Figure:
    """Row 48. A home of the first schema with effects in every state: today's code opens it, and all go on."""
    with open_agency(folder / "today", tries, shared_time=True) as agency:
        queued = [_left_behind(agency, number) for number in range(tries)]
        states = {agency.effect(effect).state for effect in queued}
        agency.database.close()
        as_first_schema(agency.home, folder)
        office = Office(agency.home.root, agency.url, agency.brands)
        _people_decide(office, queued)
        agency.settle(office.executor())
        office.close()
        note = f"states at the upgrade: {', '.join(sorted(states))}"
        return agency.figure(queued, note=note)


_LEFT: tuple[Step | None, ...] = (
    None,
    Step.CLAIMED,
    Step.CONTAINER_STORED,
    Step.BASELINE_READ,
    Step.ATTEMPT_OPENED,
    Step.ANSWERED,
    Step.READ_BACK_CLAIMED,
    Step.RECORDED,
)


class _Gone(BaseException):
    """Stands for the end of the process at a step."""


def _left_behind(agency: Agency, number: int) -> Effect:
    """An effect whose worker went away; or one that waits for a person, for a retry, or is parked."""
    [brand] = agency.fresh_brands(1)
    case, step = number % (len(_LEFT) + 3) - len(_LEFT), _LEFT[number % (len(_LEFT) + 3) % len(_LEFT)]
    if case == 0:
        policies = brand.policies.model_copy(update={"content_approval": ContentApproval.ALL})
        return agency.queue(brand.model_copy(update={"policies": policies}))
    effect = agency.queue(brand)
    if case == 1:
        agency.order(brand, {"name": "error", "operation": "create_container", "code": 4, "subcode": None})
        agency.executor().drain(brand=brand.brand_id)
        return effect
    if case == 2:
        agency.order(brand, {"name": "error", "operation": "publish", "code": 4, "subcode": 2207051})
        agency.settle(agency.executor())
        agency.lift_holds()
        return effect
    if step is not None and step.startswith("read_back"):
        agency.order(brand, {"name": "drop_after", "operation": "publish"})

    def on_step(taken: Step) -> None:
        if taken is step:
            raise _Gone

    if step is not None:
        with suppress(_Gone):
            agency.executor(on_step=on_step).drain(brand=brand.brand_id)
    return effect


def as_first_schema(home: Home, folder: Path) -> None:
    """Put the rows of this home into a file of the first schema, as an old installation left it."""
    file, old = home.root / "control_plane.sqlite", folder / "first.sqlite"
    config = Config()
    config.set_main_option("script_location", str(migrations.FOLDER))
    engine = create_engine(f"sqlite:///{old}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    with closing(sqlite3.connect(old)) as copy:
        copy.execute("ATTACH ? AS today", (str(file),))
        names = [name for (name,) in copy.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
        for name in names:
            if name not in {"alembic_version", "sqlite_sequence"}:
                columns = ", ".join(f'"{row[1]}"' for row in copy.execute(f"PRAGMA main.table_info({name})"))
                copy.execute(f"INSERT INTO main.{name} ({columns}) SELECT {columns} FROM today.{name}")
        copy.commit()
    for left in home.root.glob("control_plane.sqlite*"):
        left.unlink()
    old.replace(file)


def _people_decide(office: Office, queued: list[Effect]) -> None:
    """Approve what waits, and say of what is parked that it is not live: it is not."""
    for effect in map(office.effect, queued):
        if effect.state is EffectState.AWAITING_APPROVAL:
            office.plane.decisions.decide(
                effect.approval, Decision.APPROVE, actor="sam", source="cli", note="", saw=ApprovalState.PENDING
            )
        if effect.state is EffectState.PARKED:
            office.plane.decisions.resolve(effect.id, done=False, actor="sam", note="not in the app")


ROWS = (
    FaultRow("44", "Disk full, read-only, or a flush that fails", "publish", 8, 80, storage_fails),
    FaultRow("45", "SQLite locked; DuckDB locked by another process", "publish", 2, 20, databases_locked),
    FaultRow("48", "Upgrade with items in flight", "publish", 11, 55, upgrade),
)
