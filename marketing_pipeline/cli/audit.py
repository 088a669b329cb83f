"""`marketing audit`: whether the log of decisions, effects and changes is as it was written."""

import typer

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace

audit_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="The log of every decision, effect and change.",
    epilog="Example: marketing audit verify",
)


class ChainBroken(MarketingError):
    """A row of the audit log was changed, removed or put in."""


@audit_app.callback()
def audit() -> None:
    """The log of every decision, effect and change."""


@audit_app.command(epilog="Example: marketing audit verify")
def verify() -> None:
    """Check the whole chain, row by row and against the anchored heads, and name the first bad row."""
    with Workplace.open(Settings.from_environment()) as workplace, workplace.database.read() as connection:
        verdict = workplace.audit.verify(connection, workplace.home.audit_anchor)
    if not verdict.intact:
        raise ChainBroken(
            f"The audit log is broken. {verdict.problem} {verdict.rows} rows before it are as they were written.",
            "Pause with `marketing pause`, keep the database as it is, and compare it with the last backup.",
        )
    typer.echo(f"The audit log is whole: {verdict.rows} rows, each as it was written.")
