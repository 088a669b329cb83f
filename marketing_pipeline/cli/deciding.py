"""The installation, opened for a command that decides something: what is decided is anchored when the command ends."""

from collections.abc import Generator
from contextlib import contextmanager

import typer

from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.workplace import Workplace
from marketing_pipeline.workplace.anchoring import anchor_problem


@contextmanager
def deciding() -> Generator[Workplace]:
    """The workplace; at the end, also of a refused command, the head of the audit log is anchored.

    A head that cannot be anchored is said and undoes nothing: whoever stops the posts shall find them stopped.
    """
    with opened_home() as workplace:
        try:
            yield workplace
        finally:
            if problem := anchor_problem(workplace):
                typer.echo(f"warning: {problem}", err=True)
