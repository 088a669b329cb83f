"""Pictures as content-addressed files, `<sha256>.jpg`: immutable, deduplicated, ready to be hosted."""

import hashlib
import io
import os
import re
from pathlib import Path

from marketing_pipeline.domain.creative import Media
from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.store.whole_file import replace_whole

MOST_BYTES = 8 * 1024 * 1024
"""Instagram's limit for a picture (content publishing guide: 8 MB)."""
MOST_PIXELS = 40_000_000
_SHA256 = re.compile(r"[0-9a-f]{64}")


class MediaInvalid(MarketingError):
    """The bytes are no picture that may be stored."""


class MediaDamaged(MarketingError):
    """A stored picture is not what its name says."""


class MediaUnwritable(MarketingError):
    """The media folder cannot be written."""


class MediaStore:
    """Keeps JPEG pictures in one folder. Several processes may write at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, jpeg: bytes) -> Media:
        """Store a picture, synced to the disk, and say what it is. Storing it again changes nothing.

        Raises MediaInvalid for anything but a whole JPEG of at most 8 MB, and MediaUnwritable.
        """
        width, height = _size(jpeg)
        sha256 = Sha256(hashlib.sha256(jpeg).hexdigest())
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
        return Media(sha256=sha256, width=width, height=height, byte_count=len(jpeg))

    def open(self, sha256: Sha256) -> bytes:
        """The picture's bytes, held against its name. Raises NotFound or MediaDamaged."""
        try:
            content = self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise NotFound(
                f"There is no picture {sha256} in {self._folder}.", "Restore the media folder from a backup."
            ) from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise MediaDamaged(
                f"The picture {self.path(sha256)} has been changed: its content is not what was approved.",
                "Restore it from a backup, or make the creative again.",
            )
        return content

    def path(self, sha256: Sha256) -> Path:
        """Where the picture of that hash lies. Raises NotFound for what is no SHA-256: no name leads elsewhere."""
        if not _SHA256.fullmatch(sha256):
            raise NotFound(f"{sha256!r} is no SHA-256.", "Pictures are named by 64 small hexadecimal digits.")
        return self._folder / f"{sha256}.jpg"

    def _holds(self, sha256: Sha256) -> bool:
        try:
            self.open(sha256)
        except (NotFound, MediaDamaged):
            return False
        return True


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
