"""Secrets that live services need, and the key that a home makes for itself."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from marketing_pipeline.settings.service import CredentialMissing, SettingsInvalid

TOKEN = "INSTAGRAM_TOKEN_"
LEAST_AUDIT_KEY = 32
TOKEN_LENGTH = 16
"""A part of a notification address that is at least so long is a token rather than a name."""
_HOW_TO_GET = {
    "ANTHROPIC_API_KEY": "make a key in the Anthropic Console",
    "IMAGE_API_KEY": "make a key at the image service",
    "MARKETING_MEDIA_BASE_URL": "write the public https address under which the home's media folder is served",
    "MARKETING_AUDIT_KEY": "make one with `openssl rand -hex 32` and keep it outside the home",
    TOKEN: "make a long-lived token for the account in the Meta App Dashboard",
}


def present(value: str, name: str) -> str:
    """The value of a variable. Raises CredentialMissing, naming it and how to get it, when it is empty."""
    if value:
        return value
    how = _HOW_TO_GET[TOKEN if name.startswith(TOKEN) else name]
    raise CredentialMissing(f"{name} is not set, and live mode needs it.", f"For {name}, {how}.")


def long_enough(key: str) -> bytes:
    """An audit key as bytes. Raises SettingsInvalid when it is too short to sign with."""
    if len(key) < LEAST_AUDIT_KEY:
        raise SettingsInvalid(
            f"The audit key has fewer than {LEAST_AUDIT_KEY} characters.",
            f"To mend it, {_HOW_TO_GET['MARKETING_AUDIT_KEY']}.",
        )
    return key.encode()


def kept_key(path: Path) -> str:
    """The key in the home, made once: of two processes that make it at once, the first one's stands."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(LEAST_AUDIT_KEY))
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(part, path)
            part.unlink()
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsInvalid(
            f"The key file {path} cannot be made or read: {error.strerror}.",
            "Check that this user may write to the home, or set MARKETING_AUDIT_KEY.",
        ) from error


def secrets_in(settings: object) -> Iterator[str]:
    """Every secret that settings hold, as plain text; of an address the password and the tokens that stand in it."""
    if isinstance(settings, SecretStr):
        yield from _secret_parts(settings.get_secret_value())
    elif isinstance(settings, BaseModel):
        for name in type(settings).model_fields:
            yield from secrets_in(getattr(settings, name))
    elif isinstance(settings, Mapping):
        for value in cast("Mapping[str, object]", settings).values():
            yield from secrets_in(value)
    elif isinstance(settings, tuple):
        for value in cast("tuple[object, ...]", settings):
            yield from secrets_in(value)


def _secret_parts(value: str) -> Iterator[str]:
    if "://" not in value:
        yield value
        return
    try:
        place = urlsplit(value)
        password = place.password
    except ValueError:
        yield value
        return
    if password:
        yield password
    if not place.scheme.startswith(("postgresql", "sqlite")):
        yield value
        yield from (part for part in (*place.netloc.split("@"), *place.path.split("/")) if len(part) >= TOKEN_LENGTH)
