"""The anchor file: heads of the audit log, each signed, on lines of a file that lives outside the database."""

import fcntl
import hmac
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from marketing_pipeline.domain.clock import aware
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.store.signature import sign
from marketing_pipeline.store.whole_file import replace_whole

_LINE_BYTES = 1_000
"""More than a line has: a number, two hashes and a time."""


class AnchorDamaged(MarketingError):
    """The anchor file is not one that this system wrote."""


class AnchoredHead(BaseModel):
    """One line of the anchor file: the chain's last row at a moment, signed."""

    model_config = ConfigDict(frozen=True)

    sequence: int
    mac: str
    at: datetime
    signature: str


class AnchorFile:
    """One file of heads, oldest first; it need not exist yet. `key` is MARKETING_AUDIT_KEY as bytes."""

    def __init__(self, key: bytes, path: Path) -> None:
        self._key = key
        self._path = path

    def heads(self) -> list[AnchoredHead]:
        """Every head. Raises AnchorDamaged, OSError."""
        if not self._path.exists():
            return []
        lines = self._path.read_text(encoding="utf-8").splitlines()
        return [self._head_in(line, f"line {number}") for number, line in enumerate(lines, start=1)]

    def last(self) -> AnchoredHead | None:
        """The newest head alone: the file grows by a line each time, and is read whole only to be checked.

        Raises AnchorDamaged, OSError.
        """
        if not self._path.exists() or self._path.stat().st_size == 0:
            return None
        with self._path.open("rb") as file:
            file.seek(max(0, self._path.stat().st_size - _LINE_BYTES))
            return self._head_in(file.read().decode(errors="replace").splitlines()[-1], "the last line")

    @contextmanager
    def alone(self) -> Generator[None]:
        """Nobody else adds a head meanwhile: workers anchor at the same time, and the newest must be the last line."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def add(self, sequence: int, mac: str, at: datetime) -> AnchoredHead:
        """Append a head and sync it; the caller is `alone`."""
        head = AnchoredHead(sequence=sequence, mac=mac, at=at, signature=self._signature(sequence, mac, at))
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{head.model_dump_json()}\n")
            file.flush()
            os.fsync(file.fileno())
        return head

    def keep_only(self, is_held: Callable[[AnchoredHead], bool], until: int) -> Path | None:
        """Take out every line that is damaged or not held; returns where the old file is kept, None if all are held.

        The copy's name tells `until` which row of the chain it was used.
        """
        if not self._path.exists():
            return None
        lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        held = [line for line in lines if self._is_held(line, is_held)]
        if held == lines:
            return None
        kept = self._path.with_name(f"{self._path.name}.until-{until}-{len(lines)}")
        kept.write_bytes(self._path.read_bytes())
        replace_whole(self._path, "".join(f"{line}\n" for line in held).encode())
        return kept

    def _is_held(self, line: str, is_held: Callable[[AnchoredHead], bool]) -> bool:
        try:
            return is_held(self._head_in(line, "a line"))
        except AnchorDamaged:
            return False

    def _head_in(self, line: str, place: str) -> AnchoredHead:
        try:
            head = AnchoredHead.model_validate_json(line)
        except ValidationError as error:
            raise self._damaged(f"{place} cannot be read") from error
        if not hmac.compare_digest(head.signature, self._signature(head.sequence, head.mac, head.at)):
            raise self._damaged(f"{place} was not written with this key")
        return head

    def _signature(self, sequence: int, mac: str, at: datetime) -> str:
        return sign(self._key, "anchor", {"sequence": sequence, "mac": mac, "at": aware(at).isoformat()})

    def _damaged(self, problem: str) -> AnchorDamaged:
        return AnchorDamaged(f"The anchor file {self._path} cannot be trusted: {problem}.", "Restore it from its copy.")
