"""Typed ids. Each is a readable string, so that a log line or a table can be searched by it."""

import hashlib
from typing import NewType

BrandId = NewType("BrandId", str)
PlanId = NewType("PlanId", str)
PostId = NewType("PostId", str)
VariationId = NewType("VariationId", str)
CreativeId = NewType("CreativeId", str)
EffectId = NewType("EffectId", str)
ApprovalId = NewType("ApprovalId", str)
ModelCallId = NewType("ModelCallId", str)
AlertId = NewType("AlertId", str)
Sha256 = NewType("Sha256", str)


def post_id(brand: BrandId, week: str, position: int) -> PostId:
    """The id of one planned post: brand, Monday of the week, position from 1. Planning twice names the same post."""
    return PostId(f"{brand}-{week}-{position:02d}")


def short_hash(*parts: str, length: int = 12) -> str:
    """A stable short name for content: the first `length` hex digits of SHA-256 over the parts."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:length]
