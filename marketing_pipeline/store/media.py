"""Pictures named by their content, `<sha256>.jpg`: immutable, deduplicated, ready to be hosted."""

import hashlib
import io
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from marketing_pipeline.domain.creative import Media
from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.identifiers import Sha256

MOST_BYTES = 8 * 1024 * 1024
"""Instagram's limit for a picture (content publishing guide: 8 MB)."""
MOST_PIXELS = 40_000_000
_SHA256 = re.compile(r"[0-9a-f]{64}")


class MediaInvalid(MarketingError):
    """The bytes are no picture that may be stored."""


class MediaDamaged(MarketingError):
    """A stored picture is not what its name says."""


class MediaUnwritable(MarketingError):
    """Pictures cannot be stored where they are kept."""


@dataclass(frozen=True)
class StoredPicture:
    """A picture that is there. `stored_at` is when it was last stored, by the clock of the place that keeps it."""

    sha256: Sha256
    byte_count: int
    stored_at: datetime


class MediaStore(ABC):
    """Keeps JPEG pictures: in a folder of this machine, or in object storage. Several processes may write at once."""

    def put(self, jpeg: bytes) -> Media:
        """Store a picture for good, and say what it is. Storing it again changes nothing but its time, and mends it.

        Raises MediaInvalid for anything but a whole JPEG of at most 8 MB, and MediaUnwritable or BucketFailed.
        """
        width, height = _size(jpeg)
        sha256 = Sha256(hashlib.sha256(jpeg).hexdigest())
        self._keep(sha256, jpeg)
        return Media(sha256=sha256, width=width, height=height, byte_count=len(jpeg))

    def open(self, sha256: Sha256) -> bytes:
        """The picture's bytes, held against its name. Raises NotFound, MediaDamaged or BucketFailed."""
        content = self._content(require_sha256(sha256))
        if hashlib.sha256(content).hexdigest() != sha256:
            raise MediaDamaged(
                f"The picture {self.address(sha256)} has been changed: its content is not what was approved.",
                "Restore it from a backup, or make the creative again.",
            )
        return content

    @abstractmethod
    def address(self, sha256: Sha256) -> str:
        """Where the picture of that hash lies, in words for people. Nothing is looked up."""

    @abstractmethod
    def path(self, sha256: Sha256) -> Path:
        """A file of this machine with the picture, for programs that take no bytes.

        Raises NotFound for what is no SHA-256: no name leads elsewhere. One in object storage is fetched first, and
        raises as `open` does; in a folder the file need not be there.
        """

    @abstractmethod
    def stored(self) -> Iterator[StoredPicture]:
        """Every picture, in no order, page by page."""

    @abstractmethod
    def remove(self, pictures: Collection[Sha256], stored_before: datetime) -> Collection[Sha256]:
        """Take pictures out, but none that was stored again since; returns those that are gone."""

    @abstractmethod
    def notes(self) -> bytes:
        """What maintenance noted beside the pictures at its last look; empty: nothing."""

    @abstractmethod
    def note(self, content: bytes) -> None:
        """Keep that until the next look."""

    @abstractmethod
    def _keep(self, sha256: Sha256, jpeg: bytes) -> None: ...

    @abstractmethod
    def _content(self, sha256: Sha256) -> bytes: ...


def require_sha256(name: str) -> Sha256:
    """The name, where it is a SHA-256. Raises NotFound."""
    if not _SHA256.fullmatch(name):
        raise NotFound(f"{name!r} is no SHA-256.", "Pictures are named by 64 small hexadecimal digits.")
    return Sha256(name)


def _size(jpeg: bytes) -> tuple[int, int]:
    """Width and height of a picture that decodes to its last line. Raises MediaInvalid."""
    # Imported here: most of what loads the store never touches a picture.
    from PIL import Image, UnidentifiedImageError

    if len(jpeg) > MOST_BYTES:
        raise _invalid(f"has {len(jpeg):,} bytes", "Compress it more: Instagram takes at most 8 MB.")
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise _invalid(f"has {picture.width} x {picture.height} pixels", "Make it 1080 pixels wide.")
            picture.load()
            return picture.size
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise _invalid("is no whole JPEG", "Render or fetch it again as JPEG.") from error


def _invalid(problem: str, mend: str) -> MediaInvalid:
    return MediaInvalid(f"The picture {problem}.", mend)
