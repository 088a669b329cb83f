"""`marketing move`: from one machine to many, part by part: the control plane to a server, ad facts to the lake."""

from contextlib import nullcontext
from typing import Annotated

import typer

from marketing_pipeline.cli.filters import JsonOption
from marketing_pipeline.cli.home_lock import only_one_up
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.person import whoami
from marketing_pipeline.cli.screen import console, facts, say, show_json, table
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.health import counted
from marketing_pipeline.operations.move import Moved, MoveOrder, MoveRefused, file_of, move_control_plane
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.home import Home

DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Do everything, verify it and take it back; works while all runs.")
]

move_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="From one machine to many: the control plane to PostgreSQL, ad facts to the lake.",
    epilog="Example: marketing move control-plane --dry-run",
)


@move_app.callback()
def move() -> None:
    """From one machine to many: the control plane to PostgreSQL, ad facts to the lake."""


@move_app.command(
    "control-plane",
    epilog="Example: marketing move control-plane postgresql+psycopg://marketing@db.example/marketing",
)
def control_plane(
    url: Annotated[
        str | None,
        typer.Argument(
            help="The empty database; default: MARKETING_DATABASE_URL. Others on this machine can see a password that"
            " stands here: use the variable, PGPASSWORD or ~/.pgpass.",
            metavar="URL",
            show_default=False,
        ),
    ] = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Copy control_plane.sqlite to an empty PostgreSQL database, and verify counts, digests and the audit log.

    It is all there or nothing is. The home must be stopped, and its SQLite file stays as it is.
    """
    settings = Settings.from_environment()
    given = settings.database_url.get_secret_value()
    target = url or ("" if given.startswith("sqlite") else given)
    if not target:
        raise MoveRefused(
            "No database is named. Nothing was changed.",
            "Add its URL, or set MARKETING_DATABASE_URL: postgresql+psycopg://USER@HOST/NAME.",
        )
    home = Home(settings.home, given if given.startswith("sqlite") else "")
    file_of(home)  # before a key or a lock would be made where there is no home
    order = MoveOrder(
        home=home,
        target=target,
        world=settings.world,
        key=settings.audit_key(),
        actor=whoami(),
        rehearsal=dry_run,
    )
    alone = nullcontext() if dry_run else only_one_up(settings.home, "marketing move")
    with alone, console().status("beginning") as status:
        moved = move_control_plane(order, real=SystemClock(), told=status.update)
    if as_json:
        show_json({"dry_run": dry_run, **moved.model_dump(mode="json")})
        return
    _tell(moved, settings, dry_run=dry_run, is_set=given == target)


def _tell(moved: Moved, settings: Settings, *, dry_run: bool, is_set: bool) -> None:
    screen = console()
    filled = [(each.name, each.rows, each.digest[:16]) for each in moved.tables if each.rows]
    screen.print(table("", ("table", "rows", "digest"), filled))
    told = [("tables", len(moved.tables)), ("rows", moved.rows), ("audit rows", moved.audit_rows)]
    screen.print(facts(moved.place, [*told, ("audit head", moved.audit_head)]))
    typer.echo("Verified: every row is as it was, and the audit log has the same head.")
    if dry_run:
        typer.echo("It was taken back: the database is as it was before.")
        if moved.at_work:
            say(f"Before it is done in earnest these must end: {', '.join(moved.at_work)}.")
        return
    if is_set:
        typer.echo("MARKETING_DATABASE_URL names it already: set it so wherever `marketing` is started.")
    else:
        say(f"Now set MARKETING_DATABASE_URL={moved.place} wherever `marketing` is started,")
        typer.echo("with the password and with what followed a `?`, as you gave it.")
    say(f"Then run `marketing doctor`. The SQLite file in {settings.home} is as it was: keep it, and start nothing on")
    typer.echo("it. Whichever of the two acts first, the other one is kept from acting by the anchor of the audit log.")


@move_app.command("ad-facts", epilog="Example: marketing move ad-facts --dry-run")
def ad_facts(dry_run: DryRunOption = False, as_json: JsonOption = False) -> None:
    """Copy ad facts from the warehouse of this home to the lake that MARKETING_WAREHOUSE_CATALOG names.

    Only what the lake lacks: days and readings before its own, of each account. So it may be run again.
    """
    with opened_home() as workplace, console().status("copying"):
        carried = workplace.upkeep.carry_ad_facts(rehearsal=dry_run)
    if as_json:
        show_json({"dry_run": dry_run, "tables": [each.model_dump() for each in carried]})
        return
    headings = ("table", "would be copied" if dry_run else "copied", "in the lake")
    console().print(table("", headings, [(each.name, each.rows, each.in_lake) for each in carried]))
    rows = sum(each.rows for each in carried)
    if not rows:
        typer.echo("Nothing to copy: the lake has all of them.")
    elif dry_run:
        typer.echo(f"{counted(rows, 'row')} would be copied. It was taken back.")
    else:
        typer.echo(f"{counted(rows, 'row')} copied and verified. The warehouse of this home is as it was.")
