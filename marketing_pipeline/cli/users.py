"""`marketing users`: who works here, and what each may do."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from marketing_pipeline.cli.filters import JsonOption
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.person import operator
from marketing_pipeline.cli.screen import console, say, show_json, table
from marketing_pipeline.domain.health import counted
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.domain.person import Role
from marketing_pipeline.domain.user import User, UserRefused
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace

users_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Users of the console and the API, with their roles. Passwords are asked for or read from standard input.",
    epilog="Example: marketing users add ben --role approver --brand upscale_print --password",
)
NameArgument = Annotated[str, typer.Argument(help="Name of the user.")]
RoleOption = Annotated[Role, typer.Option(help="Each role may do all that the ones before it may.")]
BrandsOption = Annotated[
    list[str] | None, typer.Option("--brand", help="A brand that they may see; again for another.", show_default=False)
]


@users_app.command("list", epilog="Example: marketing users list --json")
def list_users(as_json: JsonOption = False) -> None:
    """List every user."""
    with opened_home() as workplace:
        found = workplace.people.list(operator())
    if as_json:
        show_json([{**user.model_dump(mode="json"), "brands": _brands(user)} for user in found])
    elif found:
        headings = ("name", "role", "brands", "password", "added", "by", "disabled")
        console().print(table(counted(len(found), "user"), headings, [_row(user) for user in found]))
    else:
        typer.echo(
            "There is no user yet: you are the single operator. `marketing login-link` lets you into the console."
        )


@users_app.command(epilog="Example: marketing users add ben --role editor --brand upscale_print --password")
def add(
    name: NameArgument,
    role: RoleOption = Role.VIEWER,
    brand: BrandsOption = None,
    password: Annotated[
        bool, typer.Option("--password", help="Set a password now; without one they come in by link or proxy.")
    ] = False,
) -> None:
    """Add a user; without --brand they may see all brands."""
    with Workplace.open(Settings.from_environment()) as workplace:
        word = _asked_password() if password else None
        made = workplace.people.add(operator(), name, role, brands=_ids(brand), password=word)
    how = "They sign in with their password." if made.has_password else f"Let them in: `marketing login-link {name}`."
    say(f"Added {made.name}, {made.role}. {how}")


@users_app.command(epilog="Example: marketing users change ben --role approver")
def change(
    name: NameArgument,
    role: Annotated[Role | None, typer.Option(help="Another role; their sessions end.")] = None,
    brand: BrandsOption = None,
    all_brands: Annotated[bool, typer.Option("--all-brands", help="They may see all brands.")] = False,
) -> None:
    """Change a user's role, or the brands that they may see."""
    with opened_home() as workplace:
        made = workplace.people.change(operator(), name, role=role, brands=_ids(brand), all_brands=all_brands)
    say(f"{made.name} is {made.role} and sees {', '.join(_brands(made) or ['all brands'])}.")


@users_app.command(epilog="Example: marketing users password ben")
def password(name: NameArgument) -> None:
    """Set a user's password; their sessions end. It is asked for, or read from standard input."""
    with opened_home() as workplace:
        made = workplace.people.change(operator(), name, password=_asked_password())
    say(f"{made.name} has a new password. Their sessions have ended; their API tokens go on.")


@users_app.command(epilog="Example: marketing users disable ben")
def disable(name: NameArgument) -> None:
    """Let a user in no more: their sessions end, their links and API tokens are void."""
    with opened_home() as workplace:
        workplace.people.disable(operator(), name)
    say(f"{name} is disabled.")


@users_app.command(epilog="Example: marketing users enable ben")
def enable(name: NameArgument) -> None:
    """Let a disabled user in again; their API tokens stay void."""
    with opened_home() as workplace:
        workplace.people.enable(operator(), name)
    say(f"{name} may sign in again.")


def _asked_password() -> str:
    """Asked for twice without being shown, or the first line of standard input."""
    if sys.stdin.isatty():
        word: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return word
    word = sys.stdin.readline().rstrip("\r\n")
    if not word:
        raise UserRefused("No password was given.", "Type it when asked, or send it as one line of standard input.")
    return word


def _ids(brands: Sequence[str] | None) -> tuple[BrandId, ...] | None:
    return tuple(map(BrandId, brands)) if brands else None


def _brands(user: User) -> list[BrandId] | None:
    return None if user.brands is None else sorted(user.brands)


def _row(user: User) -> tuple[object, ...]:
    return (
        user.name,
        user.role,
        ", ".join(_brands(user) or ["all"]),
        "yes" if user.has_password else "no",
        moment(user.created_at, None),
        user.created_by,
        "" if user.disabled_at is None else moment(user.disabled_at, None),
    )
