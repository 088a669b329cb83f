"""Pictures as files of one folder: what one machine needs."""

import hashlib
import os
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.store.media import MediaStore, MediaUnwritable, StoredPicture, require_sha256
from marketing_pipeline.store.whole_file import replace_whole

NOTES = ".orphans.json"


class MediaFolder(MediaStore):
    """Keeps each picture synced to the disk. The folder is made with the first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def address(self, sha256: Sha256) -> str:
        """The file."""
        return str(self._folder / f"{sha256}.jpg")

    def path(self, sha256: Sha256) -> Path:
        """The file, there or not."""
        return self._folder / f"{require_sha256(sha256)}.jpg"

    def stored(self) -> Iterator[StoredPicture]:
        """Every `*.jpg`."""
        for path in self._folder.glob("*.jpg"):
            file = path.stat()
            yield StoredPicture(Sha256(path.stem), file.st_size, datetime.fromtimestamp(file.st_mtime, UTC))

    def remove(self, pictures: Collection[Sha256], stored_before: datetime) -> Collection[Sha256]:
        """Look at each file's time right before it is unlinked."""
        gone = [name for name in pictures if self._file(name).stat().st_mtime <= stored_before.timestamp()]
        for name in gone:
            self._file(name).unlink(missing_ok=True)
        return gone

    def notes(self) -> bytes:
        """The file `.orphans.json`."""
        file = self._folder / NOTES
        return file.read_bytes() if file.exists() else b""

    def note(self, content: bytes) -> None:
        """Replace that file; where there is no folder there is nothing to note."""
        if self._folder.is_dir():
            replace_whole(self._folder / NOTES, content)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.jpg"

    def _keep(self, sha256: Sha256, jpeg: bytes) -> None:
        try:
            if self._holds(sha256):
                # Pruning leaves alone what was stored lately: it may be about to be named.
                os.utime(self.path(sha256))
            else:
                self._folder.mkdir(parents=True, exist_ok=True)
                replace_whole(self.path(sha256), jpeg)
        except OSError as error:
            raise MediaUnwritable(
                f"The media folder {self._folder} cannot be written: {error.strerror}.",
                "Check that this user may write there and that the disk has room.",
            ) from error

    def _content(self, sha256: Sha256) -> bytes:
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise NotFound(
                f"There is no picture {sha256} in {self._folder}.", "Restore the media folder from a backup."
            ) from None

    def _holds(self, sha256: Sha256) -> bool:
        try:
            return hashlib.sha256(self._content(sha256)).hexdigest() == sha256
        except NotFound:
            return False
