"""The kill switch: who or what may not act right now."""

from pydantic import AwareDatetime, BaseModel, ConfigDict

from marketing_pipeline.domain.identifiers import BrandId

TOKEN_WATCH = "token watch"
"""Who holds an account whose token the channel refuses; another token lifts such a hold, and no other one."""


class Hold(BaseModel):
    """Effects stopped for a brand, a channel, both, or (both None) everything."""

    model_config = ConfigDict(frozen=True)

    brand: BrandId | None
    channel: str | None
    actor: str
    note: str
    since: AwareDatetime

    def covers(self, brand: BrandId, channel: str) -> bool:
        """Whether an effect of this brand and channel is stopped."""
        return self.brand in (None, brand) and self.channel in (None, channel)

    @property
    def awaits_token(self) -> bool:
        """Whether another token lifts it."""
        return self.actor == TOKEN_WATCH

    def reason(self) -> str:
        """In words."""
        scope = " on ".join(part for part in (self.brand, self.channel) if part) or "everything"
        return f"{scope} paused by {self.actor}" + (f" ({self.note})" if self.note else "")
