"""The timeline of a post or an ad change on the screen, or as JSON."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from marketing_pipeline.cli.screen import console, facts, show_json, table
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.health import counted
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.store.trace_entry import TraceEntry, TraceKind
from marketing_pipeline.workplace.dagster_address import dagster_address

TraceOption = Annotated[
    bool, typer.Option("--trace", help="Show the timeline instead: calls, attempts, runs, audit rows.")
]


def show_trace(subject: str, entries: Sequence[TraceEntry], brand: Brand | None, home: Path, *, as_json: bool) -> None:
    """Print a timeline, with the addresses of its Dagster runs where `marketing up` serves them."""
    address = dagster_address(home)
    if as_json:
        show_json([_as_json(entry, address) for entry in entries])
        return
    screen = console()
    rows = [(moment(entry.at, brand), entry.kind, entry.id, entry.what, _short(entry)) for entry in entries]
    screen.print(table(f"{subject}: {counted(len(entries), 'entry')}", ("when", "what", "id", "in words", "run"), rows))
    runs = [entry.id for entry in entries if entry.kind is TraceKind.RUN]
    spent = sum(entry.facts.get("cost_micros") or 0 for entry in entries)
    screen.print(
        facts(
            "",
            [
                ("spent", f"{spent / MICROS:.4f} USD on models and pictures, where the price is known"),
                *(("run", _address(address, run) or run) for run in runs),
            ],
        )
    )
    if runs and not address:
        typer.echo("Runs have addresses while `marketing up` serves them.")


def _as_json(entry: TraceEntry, address: str | None) -> dict[str, Any]:
    return {**entry.model_dump(mode="json"), "address": _address(address, entry.run)}


def _address(dagster: str | None, run: str | None) -> str | None:
    return f"{dagster}/runs/{run}" if dagster and run else None


def _short(entry: TraceEntry) -> str:
    """The first letters of a run's id, by which Dagster's pages show it."""
    return "" if entry.run is None else entry.run.split("-")[0]
