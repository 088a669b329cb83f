"""The `marketing` command: every command says what went wrong in one line, and how to mend it."""

from marketing_pipeline.cli.command import main

__all__ = ["main"]
