"""Who is at the keyboard, and whether they mean it."""

import getpass
import sys

import typer

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.person import Person, Role

SOURCE = "cli"
"""How decisions made here are recorded, beside the person's name."""


class WhoIsThis(MarketingError):
    """The operating system has no name for this user, and nobody acts without one."""


class NotConfirmed(MarketingError):
    """The person did not say yes. Nothing was done."""


def whoami() -> str:
    """The operating system's name of this user, as it is recorded with what they do. Raises WhoIsThis."""
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise WhoIsThis(
            "The operating system has no name for this user.", "Set LOGNAME to the name to be recorded."
        ) from error


def operator() -> Person:
    """The person at the keyboard, who may do everything: whoever can run this can read the stores. Raises WhoIsThis."""
    return Person(name=whoami(), role=Role.ADMIN, source=SOURCE)


def require_yes(yes: bool) -> None:
    """Return when the person means it: by `--yes`, or asked now. Raises NotConfirmed, and where nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise NotConfirmed("Nothing was done: nobody is here to confirm it.", "Add --yes to do what is shown above.")
    if not typer.confirm("Do it?"):
        raise NotConfirmed("Nothing was done.", "Run it again when you mean it.")
