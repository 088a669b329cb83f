"""Commands that are imported when they are called, so that `marketing --help` stays quick."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group


class LazyCommand(TyperCommand):
    """Stands for `module:attribute`, a function or a Typer with commands of its own, until it is called."""

    def __init__(self, name: str, target: str, summary: str) -> None:
        super().__init__(name=name, help=summary)
        self._target = target

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Import what this stands for, and go on with it."""
        return self._loaded().make_context(info_name, args, parent, **extra)

    def _loaded(self) -> Any:
        module, _, attribute = self._target.partition(":")
        found = getattr(import_module(module), attribute)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False)
            alone.command(self.name)(found)
            return get_command(alone)
        return get_group(found) if found.registered_callback else get_command(found)


def lazy_group(commands: tuple[tuple[str, str, str], ...]) -> type[TyperGroup]:
    """A group of lazy commands, each a name, its target and one line of help, in the order of its help."""

    class LazyGroup(TyperGroup):
        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes)
            for name, target, summary in commands:
                self.add_command(LazyCommand(name, target, summary))

    return LazyGroup
