"""The strategy of record: what the brand wants and may say, versioned by its content."""

import hashlib
import json
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.week import Week

_STRATEGIC = (
    "id", "name", "tagline", "about", "website", "currency", "time_zone", "voice", "audiences", "goals", "occasions",
    "pillars", "products", "offers", "constraints", "hashtags", "policies",
)  # fmt: skip


class Strategy(BaseModel):
    """One version of a brand's strategy. `content` is what planning and writing are given."""

    model_config = ConfigDict(frozen=True)

    brand: BrandId
    version: str
    content: dict[str, Any]


def strategy_of(brand: Brand) -> Strategy:
    """The strategy that brand.yaml and the accepted rules state.

    The version is the first 12 digits of SHA-256 over its canonical JSON.
    """
    content = brand.model_dump(mode="json", include=set(_STRATEGIC))
    content["rules"] = [rule.told() for rule in sorted(brand.rules, key=lambda rule: rule.id)]
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    version = hashlib.sha256(canonical.encode()).hexdigest()[:12]
    return Strategy(brand=brand.brand_id, version=version, content=content)


def calendar_for(brand: Brand, week: Week) -> tuple[dict[str, str], ...]:
    """Occasions and offers that may be spoken of in a week, as rows for a prompt: id, name, start, end, note."""
    days = week.days()
    occasions = tuple(
        {"id": item.id, "name": item.name, "start": str(item.start), "end": str(item.end), "note": item.note}
        for item in brand.occasions_between(days[0], days[-1])
    )
    offers = tuple(
        {
            "id": item.id,
            "name": item.statement,
            "start": str(item.start),
            "end": str(item.end),
            "note": item.code or "",
        }
        for item in brand.offers
        if item.start <= days[-1] and item.end >= days[0]
    )
    return occasions + offers


def days_left(due: date, today: date) -> int:
    """Whole days until a goal is due; negative when it has passed."""
    return (due - today).days
