"""What every warehouse can do: the file of one machine, and the lake of several."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Found = TypeVar("Found")


class WarehousePort(Protocol):
    """A warehouse. Whatever it does raises WarehouseBusy, WarehouseUnreadable or WarehouseUnwritable."""

    @property
    def folder(self) -> Path:
        """Folder of this machine: snapshots are published in it, and rows on their way in are staged there."""
        ...

    def read(self) -> "AbstractContextManager[DuckDBPyConnection]":
        """One consistent view, which cannot write. Makes an empty warehouse where there is none."""
        ...

    def write(self) -> "AbstractContextManager[DuckDBPyConnection]":
        """One transaction, tried once: commits on success, rolls back on any error."""
        ...

    def change(self, work: "Callable[[DuckDBPyConnection], Found]", turn: str = "") -> Found:
        """What `work` returns, in a transaction that is begun anew when another writer came before it.

        So `work` may run more than once and must do the same again: it replaces or merges, and acts on nothing outside.
        Writers that name the same `turn` wait for each other instead of undoing each other's work.
        """
        ...

    def alone(self, turn: str) -> AbstractContextManager[None]:
        """Hold a turn over several transactions. It comes free when its process dies. Never nest two of one name."""
        ...

    def schema(self) -> str:
        """SQL that makes every projected table (empty) and view anew."""
        ...
