"""The installation, opened for a command that decides something: what is decided is anchored when the command ends."""

from collections.abc import Generator
from contextlib import contextmanager

import typer

from marketing_pipeline.settings import Settings
from marketing_pipeline.store.audit_anchor import AnchorDamaged
from marketing_pipeline.workplace import Workplace


@contextmanager
def deciding() -> Generator[Workplace]:
    """The workplace; at the end, also of a refused command, the head of the audit log is anchored.

    A head that cannot be anchored is said and undoes nothing: whoever stops the posts shall find them stopped.
    """
    with Workplace.open(Settings.from_environment()) as workplace:
        try:
            yield workplace
        finally:
            _anchor(workplace)


def _anchor(workplace: Workplace) -> None:
    try:
        workplace.anchor_audit()
    except AnchorDamaged as damaged:
        typer.echo(f"warning: what was decided counts, but its audit row was not anchored. {damaged}", err=True)
    except OSError as error:
        typer.echo(
            f"warning: what was decided counts, but {workplace.home.audit_anchor} cannot be written: {error.strerror}.",
            err=True,
        )
