"""Every fault row in full, and one table: `python -m marketing_pipeline_tests.faults.campaign`, or `make faults`."""

import argparse
import importlib
import json
import logging
import multiprocessing
import sys
import tempfile
from collections.abc import Collection, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline_tests.faults.control_planes import use_server
from marketing_pipeline_tests.faults.outcome import Kept, Outcome
from marketing_pipeline_tests.faults.row import FaultRow, Figure

MODULES = (
    "publish_crashes",
    "publish_answers",
    "publish_workers",
    "publish_dagster",
    "publish_time",
    "publish_services",
    "token_rows",
    "publish_storage",
    "restore_rows",
    "post_life",
    "publish_campaign",
    "ad_crashes",
    "ad_replies",
    "ad_races",
    "ad_gate",
    "ad_dagster",
    "ad_forgeries",
    "ad_money",
    "ad_day_cap",
    "ad_campaign",
    "model_rows",
    "hostile_rows",
    "leak_rows",
    "obeyed_rows",
    "network_rows",
    "console_rows",
    "secret_rows",
    "audit_rows",
    "year_rows",
    "growth_rows",
)
"""Every module of this package that has rows; one that is missing ends the campaign at once."""
ON_A_SERVER = (
    "publish_crashes",
    "publish_answers",
    "publish_workers",
    "publish_time",
    "publish_services",
    "publish_campaign",
    "ad_crashes",
    "ad_replies",
    "ad_races",
    "ad_gate",
    "ad_money",
    "ad_day_cap",
    "ad_campaign",
)
"""Those whose control plane may be on a server: the others break files, or keep worlds of their own."""
KEPT = Path(__file__).parents[2] / "build" / "faults.json"
KEPT_OF_A_SERVER = KEPT.with_name("faults-postgresql.json")
PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
_WIDTH = 150
Outcomes = list[Outcome]
COLUMNS = ("row", "fault", "kind", "tries", "effects", "lost", "double", "parked", "unprovable", "broken", "seconds")
_PROLOGUE = """# Faults

What was injected, how often, and what happened, by the append-only journal of the sandbox. The command that made this
page: `{command}` (seed {seed}{share}). A run with the same seed injects the same orders; process ends and SIGKILLs
come when they come. A row that a campaign ran with more tries before is shown with those: each line says how many.

* **kind**: what a try is: a publish, an ad change, or what else the row tries.
* **tries**: approved items that went through a fault; where a row makes no effects, forbidden things that were tried.
* **effects**: how many are in the journal. **lost**: should be there and are not, nor wait in a state with a reason.
  **double**: there more than once.
* **parked**: wait for a person. **unprovable**: injected outcomes that no read-back can prove. Parked must not be more.
* **broken**: any other promise of the row that was not kept.

The sandbox repeats our beliefs about the platforms; `marketing_pipeline/sandbox/faults.py` says how each is known.
"""


def all_rows(names: Sequence[str] = MODULES) -> tuple[FaultRow, ...]:
    """The rows of these modules, in order. Raises ModuleNotFoundError or AttributeError for one that is missing."""
    modules = [importlib.import_module(f"marketing_pipeline_tests.faults.{name}") for name in names]
    return tuple(row for module in modules for row in module.ROWS)


def wanted_rows(
    numbers: Collection[str], kinds: Collection[str], names: Sequence[str] = MODULES
) -> tuple[FaultRow, ...]:
    """The rows of these numbers and kinds; none given means every one. 40 stands for `40 inner` and the like, too."""
    return tuple(
        row
        for row in all_rows(names)
        if (not numbers or {row.number, row.number.partition(" ")[0]} & set(numbers))
        and (not kinds or row.kind in kinds)
    )


def run_rows(
    rows: Sequence[FaultRow], seed: int, share: float, console: Console, jobs: int, kept: Kept, server: str = ""
) -> Outcomes:
    """Run the share of each row in `jobs` processes, telling how far it is; what is kept is not run again.

    `server` is the address of a PostgreSQL server for the control planes; empty: SQLite files.
    """
    outcomes: dict[FaultRow, Outcome] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    spawn = multiprocessing.get_context("spawn")
    with (
        Progress(*columns, console=console) as progress,
        ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_prepare, initargs=(server,)) as pool,
    ):
        task = progress.add_task("faults", total=len(rows))
        runs: dict[Future[tuple[Figure, timedelta]], FaultRow] = {}
        for row in sorted(rows, key=lambda row: -row.full):  # the longest first, so that none is left alone at the end
            found = kept.get(row, seed, _tries(row, share))
            if found is None:
                runs[pool.submit(_run, row.number, row.fault, row.kind, seed, share)] = row
            else:
                outcomes[row] = found
                progress.advance(task)
        for run in as_completed(runs):
            row = runs[run]
            outcomes[row] = outcome = Outcome(row, *run.result())
            kept.put(outcome, seed, _tries(row, share))
            progress.advance(task)
            progress.update(task, description=f"{row.number}: {row.fault[:60]}")
            if not outcome.figure.holds:
                progress.console.print(f"[red]{row.number} does not hold:[/] {outcome.figure}")
    return [outcomes[row] for row in rows]


@contextmanager
def _server() -> Generator[str]:
    from marketing_pipeline_tests.postgres_server import postgres_server

    with postgres_server() as server:
        yield server.url("postgres")


def _prepare(server: str) -> None:
    # Executors log each error that is injected: that is what the table counts.
    logging.disable(logging.CRITICAL)
    use_server(server)


def _tries(row: FaultRow, share: float) -> int:
    return max(row.fast, round(row.full * share))


def _run(number: str, fault: str, kind: str, seed: int, share: float) -> tuple[Figure, timedelta]:
    [row] = (row for row in all_rows() if (row.number, row.fault, row.kind) == (number, fault, kind))
    real = SystemClock()
    begun = real.now()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        figure = row.run(_tries(row, share), seed, Path(folder))
    return figure, real.now() - begun


def totals(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """All tries of each kind together."""
    kinds = dict.fromkeys(outcome.row.kind for outcome in outcomes)
    return {
        kind: sum((outcome.figure for outcome in outcomes if outcome.row.kind == kind), Figure(tries=0))
        for kind in kinds
    }


def page(outcomes: Sequence[Outcome], seed: int, share: float) -> str:
    """docs/faults.md: machine-independent facts, so without the seconds."""
    names = COLUMNS[:-1]
    lines = [f"| {' | '.join(names)} |", f"| {' | '.join(['---', '---', '---', *['---:'] * (len(names) - 3)])} |"]
    lines += [f"| {' | '.join(outcome.cells()[:-1])} |" for outcome in outcomes]
    sums = [
        f"* {kind}: {figure.tries:,} tries, {figure.effects:,} effects, {figure.lost} lost, {figure.double} double,"
        f" {figure.parked} parked of {figure.unprovable} unprovable."
        for kind, figure in totals(outcomes).items()
    ]
    notes = [f"* {outcome.row.number}: {outcome.figure.note}." for outcome in outcomes if outcome.figure.note]
    told = _PROLOGUE.format(command="make faults", seed=seed, share="" if share == 1 else f", share {share:g}")
    parts = (told, "## Table\n", *lines, "\n## Together\n", *sums, "\n## Notes\n", *notes)
    return "\n".join(parts) + "\n"


def _in_short(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """The last line, for programs: `unresolved` are parked items whose outcome a read-back could have proved."""
    found = totals(outcomes)
    both = [found.get(kind, Figure(tries=0)) for kind in ("publish", "ad change")]
    return {
        "publishes": both[0].tries,
        "ad_changes": both[1].tries,
        "doubles": sum(figure.double for figure in both),
        "lost": sum(figure.lost for figure in both),
        "unresolved": sum(max(0, figure.parked - figure.unprovable) for figure in both),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print the table, and write docs/faults.md when every row was run. 1 when a row does not hold."""
    parser = argparse.ArgumentParser(prog="python -m marketing_pipeline_tests.faults.campaign", description=__doc__)
    parser.add_argument("--row", action="append", help="only this row, such as 1 or campaign; may be repeated")
    parser.add_argument("--kind", action="append", help="only rows of this kind, such as publish; may be repeated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=1.0, help="of the full tries, such as 0.1")
    parser.add_argument("--jobs", type=int, default=2, help="rows at a time")
    parser.add_argument("--postgres", action="store_true", help="control planes on a PostgreSQL that is started for it")
    parser.add_argument("--anew", action="store_true", help="forget what an earlier campaign kept")
    asked = parser.parse_args(arguments)
    kept = Kept(KEPT_OF_A_SERVER if asked.postgres else KEPT)
    if asked.anew:
        kept.forget()
    rows = wanted_rows(asked.row or (), asked.kind or (), ON_A_SERVER if asked.postgres else MODULES)
    if not rows:
        parser.error(f"there is no such row; kinds are {', '.join(dict.fromkeys(row.kind for row in all_rows()))}")
    console = Console()
    console.width = max(console.width, _WIDTH)
    with _server() if asked.postgres else nullcontext("") as server:
        outcomes = run_rows(rows, asked.seed, asked.share, console, asked.jobs, kept, server)
    table = Table(*COLUMNS[:3])
    for name in COLUMNS[3:]:
        table.add_column(name, justify="right")
    for outcome in outcomes:
        table.add_row(*outcome.cells())
    console.print(table)
    if len(rows) == len(all_rows()):
        PAGE.write_text(page(outcomes, asked.seed, asked.share), encoding="utf-8")
        console.print(f"Written to {PAGE}")
    console.out(json.dumps({"faults": _in_short(outcomes)}), highlight=False)
    return int(not all(outcome.figure.holds for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
