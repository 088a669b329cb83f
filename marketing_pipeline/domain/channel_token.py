"""Access tokens of channels: what is known of each, without the token itself."""

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from marketing_pipeline.domain.identifiers import BrandId, Sha256


class TokenState(StrEnum):
    """Valid as far as is known; refused by the channel (it needs a new login); or past its end."""

    VALID = "valid"
    REFUSED = "refused"
    EXPIRED = "expired"


class ChannelToken(BaseModel):
    """One account's token. `token_sha256` tells one token from the next."""

    model_config = ConfigDict(frozen=True)

    channel: str
    brand: BrandId
    state: TokenState
    token_sha256: Sha256
    issued_at: AwareDatetime
    expires_at: AwareDatetime | None
    next_refresh_at: AwareDatetime | None
    refreshed_at: AwareDatetime | None
    refreshes: int
    problem: str | None
