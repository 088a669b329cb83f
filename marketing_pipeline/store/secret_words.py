"""Tokens that only their owner has, and passwords that nobody has: what is kept of each is a hash."""

import hashlib
import secrets
import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_TOKEN_BYTES = 32
_AT_ONCE = threading.BoundedSemaphore(2)
"""A hash takes 46 MiB for a moment: so many are made at once, however many people knock."""
_MEMORY_KIB, _PASSES, _LANES = 47_104, 1, 1
"""OWASP's Password Storage Cheat Sheet, the first of its choices for Argon2id."""


def new_token() -> str:
    """256 random bits as 43 characters that may stand in an address."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_sha256(token: str) -> str:
    """What is kept of a token. It is random and long, so that a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def password_hash(password: str) -> str:
    """The Argon2id hash of a password, with its parameters and salt."""
    with _AT_ONCE:
        return _hasher().hash(_normal(password))


def password_matches(kept: str | None, password: str) -> bool:
    """Whether this is the password. Without a hash to hold it against, the same work is done and the answer is no."""
    from argon2.exceptions import InvalidHashError, VerificationError

    with _AT_ONCE:
        try:
            fits = _hasher().verify(kept or _nobodys(), _normal(password))
        except (VerificationError, InvalidHashError):
            return False
    return fits and kept is not None


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than are used now."""
    return _hasher().check_needs_rehash(kept)


def _normal(password: str) -> bytes:
    """The same letters are the same bytes on every keyboard: RFC 8265, section 4.2.1, asks for NFC."""
    return unicodedata.normalize("NFC", password).encode(errors="surrogatepass")


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES)


@cache
def _nobodys() -> str:
    return _hasher().hash(new_token())
