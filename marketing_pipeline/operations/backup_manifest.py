"""What a backup says of itself: which files, with which hashes, of which world, schema and audit head."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from marketing_pipeline.domain.errors import MarketingError

NAME = "manifest.json"
_CHUNK = 1 << 20


class BackupDamaged(MarketingError):
    """The backup is not what its manifest says, or has no manifest that can be read."""


class BackedUpFile(BaseModel):
    """One file of the backup, by its path in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    byte_count: Annotated[int, Field(ge=0)]


class Manifest(BaseModel):
    """`digest` is over everything else: a manifest that was changed shows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: Literal[1] = 1
    created_at: AwareDatetime
    program: Annotated[str, Field(description="Version of the program that made it")]
    world: str
    schema_version: str
    audit_rows: Annotated[int, Field(ge=0)]
    audit_head: Annotated[str, Field(description="MAC of the last audit row; empty: there is none")]
    holds_key: Annotated[bool, Field(description="Whether the key of the audit log is in it")]
    missing_media: tuple[str, ...] = ()
    media: Annotated[str, Field(description="Object storage that keeps the pictures; empty: they are in it")] = ""
    files: tuple[BackedUpFile, ...]
    digest: str = ""

    @property
    def byte_count(self) -> int:
        """All files together."""
        return sum(file.byte_count for file in self.files)

    def sealed(self) -> Self:
        """The same with its digest."""
        return self.model_copy(update={"digest": self._digest()})

    def require_sealed(self, place: Path) -> None:
        """Raise BackupDamaged unless the digest is that of the rest."""
        if self.digest != self._digest():
            raise damaged(place, "the manifest was changed")

    def _digest(self) -> str:
        # Backups of earlier versions have no such line, and their digests stand.
        content = self.model_dump(mode="json", exclude={"digest"} if self.media else {"digest", "media"})
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def damaged(place: Path, problem: str) -> BackupDamaged:
    """The refusal of a backup."""
    return BackupDamaged(f"The backup {place} cannot be trusted: {problem}.", "Take another backup.")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup. Raises BackupDamaged, also for a folder that is no whole backup."""
    try:
        manifest = Manifest.model_validate_json((folder / NAME).read_bytes())
    except OSError as error:
        raise damaged(folder, f"it has no {NAME} ({error.strerror}), so it is no whole backup") from error
    except ValidationError as error:
        raise damaged(folder, f"its {NAME} cannot be read") from error
    manifest.require_sealed(folder)
    return manifest


def verify_backup(folder: Path) -> Manifest:
    """Read every byte of a backup and hold it against its manifest. Raises BackupDamaged, naming the first bad file."""
    manifest = read_manifest(folder)
    named = {file.path for file in manifest.files}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != NAME}
    for strange in sorted(named ^ there):
        raise damaged(folder, f"{strange} is {'missing' if strange in named else 'no part of it'}")
    for file in manifest.files:
        found = file_of(folder, folder / file.path)
        if found != file:
            raise damaged(folder, f"{file.path} is not as it was written")
    return manifest


def file_of(folder: Path, path: Path) -> BackedUpFile:
    """A file's line in the manifest."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return BackedUpFile(path=str(path.relative_to(folder)), sha256=digest.hexdigest(), byte_count=size)
