"""`marketing completion`: what makes a shell complete commands, options, brands and ids."""

from enum import StrEnum
from typing import Annotated

import typer
from typer.completion import get_completion_inspect_parameters, shell_complete

COMPLETE_VARIABLE = "_MARKETING_COMPLETE"
"""Set by the shell's function when it asks this program what may follow."""


class Shell(StrEnum):
    """Shells that can be told how."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


completion_app = typer.Typer(add_completion=False)


@completion_app.command(epilog="Example: marketing completion bash >> ~/.bashrc")
def completion(
    context: typer.Context, shell: Annotated[Shell, typer.Argument(help="The shell that you work in.")]
) -> None:
    """Print what makes your shell complete commands, options, brands and ids, for the file that it reads at its start.

    bash reads ~/.bashrc, zsh ~/.zshrc (after compinit), fish ~/.config/fish/completions/marketing.fish.
    """
    answer_shells()
    shell_complete(context.find_root().command, {}, "marketing", COMPLETE_VARIABLE, f"source_{shell}")


def answer_shells() -> None:
    """Let this process speak with shells in Typer's way, which it does by itself only where Typer adds its options."""
    get_completion_inspect_parameters()
