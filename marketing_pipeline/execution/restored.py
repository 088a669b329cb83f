"""What a comparison with the channels finds after a restore, by effect and by account."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.identifiers import BrandId

WAYS_TO_A_CLAIM: dict[EffectState, tuple[EffectState, ...]] = {
    EffectState.QUEUED: (EffectState.CLAIMED,),
    EffectState.RETRY_WAIT: (EffectState.CLAIMED,),
    EffectState.CLAIMED: (),
}
"""How an effect that waited, or was only claimed, gets to where its outcome can be written."""


class Settlement(BaseModel):
    """What became of one effect or post. `now` is its state, or "held"."""

    model_config = ConfigDict(frozen=True)

    brand: BrandId
    account: str
    subject: str
    before: str
    now: str
    reason: str


class AccountCompared(BaseModel):
    """One account, compared. `unknown` is what it holds and this database does not know; `waits_until`: look again."""

    model_config = ConfigDict(frozen=True)

    brand: BrandId
    channel: str
    account: str
    settled: tuple[Settlement, ...] = ()
    unknown: tuple[dict[str, Any], ...] = ()
    waits_until: datetime | None = None
    problem: str = ""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to look at."""
        return self.waits_until is None and not self.problem

    def as_found(self) -> dict[str, Any]:
        """As the reconciliation's row keeps it."""
        return {"brand": self.brand, "channel": self.channel, "done": self.is_done, "unknown": list(self.unknown)}
