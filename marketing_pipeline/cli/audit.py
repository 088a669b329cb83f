"""`marketing audit`: the log of decisions, effects and changes: read, exported, and checked to be as it was written."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from marketing_pipeline.cli.filters import BrandOption, JsonOption, known_brand
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.screen import console, show_json, table
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.health import counted
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from marketing_pipeline.store.audit import AuditVerdict
    from marketing_pipeline.store.audit_rows import AuditRow

audit_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="The log of every decision, effect and change.",
    epilog="Example: marketing audit verify",
)
FromOption = Annotated[int, typer.Option("--from", min=1, help="Begin at this row.")]


class ChainBroken(MarketingError):
    """A row of the audit log was changed, removed or put in."""


class NoSuchFile(MarketingError):
    """The file to be checked cannot be read."""


@audit_app.callback()
def audit() -> None:
    """The log of every decision, effect and change."""


@audit_app.command("list", epilog="Example: marketing audit list --action hold --limit 20")
def list_rows(
    subject: Annotated[str | None, typer.Option(help="Only about this: a post, effect, request, brand:ID.")] = None,
    brand: BrandOption = None,
    action: Annotated[str | None, typer.Option(help="Only this action, or all of a noun: post, effect.sent.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List what was done, by whom and why, the newest last."""
    from marketing_pipeline.store.audit_rows import AuditQuery, newest_rows

    with opened_home() as workplace:
        query = AuditQuery(subject=subject, brand=known_brand(workplace, brand), action=action)
        with workplace.database.read() as connection:
            rows = newest_rows(connection, query, limit)
    if as_json:
        show_json([row.model_dump(mode="json") for row in rows])
    elif rows:
        headings = ("row", "when", "who", "what", "of", "why or what changed")
        console().print(table(counted(len(rows), "row"), headings, [_cells(row) for row in rows]))
    else:
        typer.echo("Nothing of that kind was done. Leave out an option to see more: marketing audit list")


@audit_app.command(epilog="Example: marketing audit export --from 1200 > audit.jsonl")
def export(first: FromOption = 1, brand: BrandOption = None) -> None:
    """Write the log to standard output as JSON lines, with what proves each row's place in the chain."""
    from marketing_pipeline.store.audit_rows import AuditQuery, as_line, stream_rows

    with opened_home() as workplace:
        query = AuditQuery(first=first, brand=known_brand(workplace, brand))
        with workplace.database.read() as connection:
            for row in stream_rows(connection, query):
                typer.echo(as_line(row))


@audit_app.command(epilog="Example: marketing audit verify --file audit.jsonl")
def verify(
    file: Annotated[Path | None, typer.Option(help="Check this export instead of the database.")] = None,
    gaps: Annotated[
        bool, typer.Option("--gaps", help="The export leaves rows out (--brand): each row is checked alone.")
    ] = False,
) -> None:
    """Check the whole chain, row by row and against the anchored heads, and name the first bad row.

    An export is checked with MARKETING_AUDIT_KEY (or the home's own key) and needs no database.
    """
    if file is not None:
        _verify_file(file, gaps=gaps)
        return
    with (
        opened_home() as workplace,
        workplace.database.read() as connection,
        _progress() as tell,
    ):
        verdict = workplace.audit.verify(connection, workplace.home.audit_anchor, tell)
    _require_intact(
        verdict,
        "The audit log",
        "Pause with `marketing pause`, keep the database as it is, and compare it with the last backup.",
    )
    typer.echo(f"The audit log is whole: {counted(verdict.rows, 'row')}, each as it was written.")


def _verify_file(file: Path, *, gaps: bool) -> None:
    from marketing_pipeline.store.audit import AuditLog, ChainPart
    from marketing_pipeline.store.audit_rows import rows_in
    from marketing_pipeline.store.home import Home

    settings = Settings.from_environment()
    home = Home(settings.home)
    part = ChainPart.SELECTED if gaps else ChainPart.FROM_A_ROW
    try:
        with file.open(encoding="utf-8") as lines, _progress() as tell:
            log = AuditLog(settings.audit_key(), home.clock())
            verdict = log.verify_rows(rows_in(lines), home.audit_anchor, part, tell)
    except (OSError, UnicodeDecodeError) as error:
        raise NoSuchFile(f"{file} cannot be read: {error}.", "Make it with `marketing audit export`.") from error
    _require_intact(verdict, str(file), "Export it anew; and see that the key is the one that signed these rows.")
    unproved = "; rows between them are not looked at" if gaps else "; rows before and after them are not in it"
    typer.echo(f"{file}: {counted(verdict.rows, 'row')}, each as it was written{unproved}.")


def _require_intact(verdict: "AuditVerdict", what: str, mend: str) -> None:
    if not verdict.intact:
        raise ChainBroken(
            f"{what} is broken. {verdict.problem} Rows before it that are as they were written: {verdict.rows}.", mend
        )


@contextmanager
def _progress() -> "Generator[Callable[[int], None]]":
    """Rows counted on the screen while a long log is walked; nothing where nobody looks."""
    from rich.console import Console

    screen = Console(stderr=True)
    with screen.status("checking the audit log") as status:
        yield lambda rows: status.update(f"checking the audit log: {rows:,} rows are as they were written")


def _cells(row: "AuditRow") -> tuple[object, ...]:
    told = row.detail.get("reason") or row.detail.get("note") or ""
    changed: dict[str, list[object]] = row.detail.get("changed") or {}
    moves = "; ".join(f"{name}: {old} → {new}" for name, (old, new) in changed.items())
    return (row.sequence, moment(row.at, None), row.actor, row.action, row.subject, moves or told)
