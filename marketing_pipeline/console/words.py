"""Values as people read them: moments in the brand's time zone, money, shares, states."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from markupsafe import Markup, escape

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.hidden_text import shown
from marketing_pipeline.domain.money import MICROS

TONES: dict[str, str] = {
    "published": "good", "succeeded": "good", "approved": "good", "applied": "good", "improved": "good", "used": "good",
    "good": "good", "ok": "good", "done": "good", "accepted": "good", "decided": "good",
    "needs_human": "warn", "awaiting_approval": "warn", "pending": "warn", "unknown": "warn", "warn": "warn",
    "warning": "warn", "retry_wait": "warn", "inconclusive": "warn", "proposed": "warn", "drifted": "warn",
    "acceptable": "warn",
    "missed": "bad", "failed": "bad", "parked": "bad", "rejected": "bad", "revoked": "bad", "expired": "bad",
    "worse": "bad", "bad": "bad", "critical": "bad", "poor": "bad", "refused": "bad",
}  # fmt: skip
"""Colour of a state; a state that is not named here is neutral. Its word is always shown beside the colour."""


def tone(state: object) -> str:
    """good, warn, bad or plain."""
    return TONES.get(str(state), "plain")


def in_words(value: object) -> str:
    """A name of the code as words: needs_human -> needs human."""
    return str(value).replace("_", " ")


def moment(at: datetime | None, brand: Brand | None = None) -> str:
    """A moment with its zone: `Mon 23 Nov, 18:30 GMT`; in UTC where no brand is given."""
    if at is None:
        return "–"
    local = at.astimezone(brand.zone if brand else UTC)
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M} {local:%Z}"


def day(value: date | datetime | None) -> str:
    """A day: `23 Nov 2026`."""
    return "–" if value is None else f"{value.day} {value:%b %Y}"


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago, or how long until: `3 h ago`, `in 2 days`."""
    if at is None:
        return "never"
    past = now >= at
    left = abs(now - at)
    for size, unit in ((timedelta(days=1), "day"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min")):
        if left >= size:
            count = left // size
            plural = "s" if unit == "day" and count != 1 else ""
            said = f"{count} {unit}{plural}"
            return f"{said} ago" if past else f"in {said}"
    return "just now" if past else "in a moment"


def money(micros: int | None, currency: str | None) -> str:
    """Micros of a currency: `GBP 12.50`, `USD 0.0042`."""
    if micros is None:
        return "–"
    value = micros / MICROS
    digits = 2 if abs(value) >= 1 or value == 0 else 4
    return f"{currency or ''} {value:,.{digits}f}".strip()


def percent(share: float | None, digits: int = 0) -> str:
    """A share from 0 to 1."""
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def number(value: float | None, digits: int = 0) -> str:
    """A number with thousands."""
    return "–" if value is None else f"{value:,.{digits}f}"


def figure(value: float | None) -> str:
    """A measure of any size, without needless digits: `31,000`, `0.28`, `52.4`."""
    if value is None:
        return "–"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    shown = f"{value:,.{digits}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def signed(value: float | None) -> str:
    """A difference, with its sign."""
    return "–" if value is None else f"{'+' if value > 0 else '−' if value < 0 else ''}{figure(abs(value))}"


def signed_percent(share: float | None) -> str:
    """A change: `+12 %`."""
    return "–" if share is None else f"{share:+.0%}".replace("%", " %").replace("-", "−")


def multiple(value: float | None) -> str:
    """How many times: `1.24×`."""
    return "–" if value is None else f"{value:.2f}×"


def cell(value: object) -> str:
    """Any value of a table."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, float):
        return number(value, 0 if abs(value) >= 100 else 2)
    return number(value) if isinstance(value, int) else str(value)


def commands(text: str) -> Markup:
    """Words in which what stands between backticks is to be typed, as HTML."""
    parts = (escape(shown(part)) for part in text.split("`"))
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


FILTERS: dict[str, Callable[..., Any]] = {
    "tone": tone,
    "commands": commands,
    "in_words": in_words,
    "moment": moment,
    "day": day,
    "ago": ago,
    "money": money,
    "percent": percent,
    "number": number,
    "figure": figure,
    "signed": signed,
    "signed_percent": signed_percent,
    "multiple": multiple,
    "cell": cell,
}
