"""Copies of pictures on this machine, for programs that want a file: no more than a bound, the longest unused go."""

import hashlib
import os
from pathlib import Path

from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.store.whole_file import replace_whole

MOST_BYTES = 256_000_000
"""About 2,000 pictures of 130 kB."""


class KeptPictures:
    """A folder of copies. Several processes may use it at once, and anybody may empty it."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most = most_bytes

    def path(self, sha256: Sha256) -> Path | None:
        """The copy, where there is one and it is whole; a damaged one is removed."""
        file = self._file(sha256)
        try:
            if hashlib.sha256(file.read_bytes()).hexdigest() == sha256:
                os.utime(file)
                return file
            file.unlink()
        except FileNotFoundError:
            pass
        return None

    def keep(self, sha256: Sha256, content: bytes) -> Path:
        """Put a copy there, and take out what is too much. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        replace_whole(self._file(sha256), content)
        self._trim(sha256)
        return self._file(sha256)

    def _trim(self, newest: Sha256) -> None:
        found = [(path.stat(), path) for path in self._folder.glob("*.jpg") if path.stem != newest]
        size = self._file(newest).stat().st_size + sum(file.st_size for file, _ in found)
        for file, path in sorted(found, key=lambda each: each[0].st_mtime):
            if size <= self._most:
                return
            path.unlink(missing_ok=True)
            size -= file.st_size

    def _file(self, sha256: Sha256) -> Path:
        return self._folder / f"{sha256}.jpg"
