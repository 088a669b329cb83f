"""Taking credentials out of text: those that this process knows, and whatever an address or a header carries."""

import re
from collections.abc import Iterable

HIDDEN = "[hidden]"
LEAST = 6
"""Shorter ones are no secrets, and would be found in every other word."""
_known: set[str] = set()

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # A name and a value, in the query of an address, a form or a header: access_token=..., "api_key": "..."
    (
        re.compile(
            r"""(?ix) ((?:access|refresh|developer|fb_exchange|id|bearer)?_?-?token | (?:app|client)?_?secret(?:_proof)?
            | api_?-?key | x-api-key | password | passwd | signature | sig )
            (["']? \s* [=:] \s* ["']?) (?!\[hidden\]) [^\s"'&;,<>)}\]]{4,}"""
        ),
        rf"\1\2{HIDDEN}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+(?!\[hidden\])[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    # A user's password before the host of an address.
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^\s/:@]*):[^\s/@]+@"), rf"\1:{HIDDEN}@"),
    # Keys that are known by their first letters: Anthropic, OpenAI, Meta, Google.
    (re.compile(r"\b(?:sk-[A-Za-z0-9_-]{16,}|(?:IG|EA)A[A-Za-z0-9]{30,}|ya29\.[\w-]{20,})"), HIDDEN),
)


def hide(secrets: Iterable[str]) -> None:
    """From now on take these out of every text that is redacted in this process."""
    _known.update(secret for secret in secrets if len(secret) >= LEAST)


def redacted(text: str) -> str:
    """`text` without credentials; a text without any comes back as it is."""
    # The longest first: one may be a part of another.
    for secret in sorted(_known, key=len, reverse=True):
        if secret in text:
            text = text.replace(secret, HIDDEN)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text
