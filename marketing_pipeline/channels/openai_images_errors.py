"""What an error of the OpenAI Images protocol means, by its status and code."""

import json
import math
from typing import Any, cast

from pydantic import SecretStr

from marketing_pipeline.channels.image_generation import (
    CredentialRefused,
    ImageFailed,
    InvalidRequest,
    ModerationBlocked,
    OutOfCredit,
    RateLimited,
    Transient,
)

_BLOCKED = frozenset({"moderation_blocked", "content_policy_violation"})
_NO_CREDIT = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})


def failure_of(status: int, retry_after: str | None, content: dict[str, Any] | None, key: SecretStr) -> ImageFailed:
    """The failure that a reply other than 200 stands for. The key is kept out of its text."""
    code, told = _told(content)
    message = f"The image service answered {status}{f' ({code})' if code else ''}: {told}"
    # An error may repeat what was sent.
    message = message.replace(key.get_secret_value(), "[key]")
    if code in _BLOCKED:
        return ModerationBlocked("prompt", message)
    if status == 402 or code in _NO_CREDIT:
        return OutOfCredit(message, "Top up the account that IMAGE_API_KEY belongs to.")
    if status in (401, 403):
        return CredentialRefused(message, "Check IMAGE_API_KEY with `marketing doctor`.")
    if status == 429:
        return RateLimited(message, _seconds(retry_after))
    if status >= 500:
        return Transient(message)
    return InvalidRequest(message, "Check IMAGE_API_BASE_URL, the model and its sizes with `marketing doctor`.")


def json_object(body: bytes) -> dict[str, Any] | None:
    """The body as a JSON object, or None for anything else."""
    try:
        content: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", content) if isinstance(content, dict) else None


def _told(content: dict[str, Any] | None) -> tuple[str, str]:
    error: Any = (content or {}).get("error")
    if not isinstance(error, dict):
        return "", "no reason that could be read."
    fields = cast("dict[str, Any]", error)
    return str(fields.get("code") or "")[:60], str(fields.get("message") or "no reason given.")[:300]


def _seconds(value: str | None) -> float | None:
    try:
        seconds = float(value) if value else None
    except ValueError:
        return None
    return seconds if seconds is not None and math.isfinite(seconds) and seconds >= 0 else None
