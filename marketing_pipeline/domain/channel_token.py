"""Access tokens of channels: what is known of each, without the token itself, and when it is to be refreshed."""

import hashlib
import random
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, SecretStr

from marketing_pipeline.domain.identifiers import BrandId, Sha256

LEAST_AGE = timedelta(hours=24)
"""Meta's documentation: a younger token cannot be refreshed."""
REFRESH_AHEAD = timedelta(days=15)
"""A token lives 60 days: so many are left for trying again, more than half of them before anybody is alerted."""
_SHORTEST_PAUSE, _LONGEST_PAUSE, _MOST_JITTER = timedelta(hours=1), timedelta(days=1), 1.25


class TokenState(StrEnum):
    """Valid as far as is known; refused by the channel (it needs a new login); or past its end."""

    VALID = "valid"
    REFUSED = "refused"
    EXPIRED = "expired"


class ChannelToken(BaseModel):
    """One account's token. `token_sha256` tells one token from the next; `expires_at` None: the channel never said."""

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

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be refreshed.

        Also where the planned moment lies further off than any plan made at `now` could: it was planned by a clock
        that was wrong.
        """
        if self.state is not TokenState.VALID or self.next_refresh_at is None:
            return False
        latest = now + _LONGEST_PAUSE * _MOST_JITTER
        if self.expires_at is not None:
            latest = max(latest, self.expires_at - REFRESH_AHEAD)
        return not now < self.next_refresh_at <= latest

    def is_too_young(self, now: datetime) -> bool:
        """Whether the channel is known to refuse a refresh still; of a token not made here the age is not known."""
        return self.expires_at is not None and timedelta(0) <= now - self.issued_at < LEAST_AGE


def sha256_of(token: SecretStr) -> Sha256:
    """What a token is known by."""
    return Sha256(hashlib.sha256(token.get_secret_value().encode()).hexdigest())


def first_refresh(issued_at: datetime, expires_at: datetime | None, chance: random.Random) -> datetime:
    """When a token is to be refreshed: 15 to 16 days before its end, or, where that is not known, once it may be."""
    soonest = issued_at + LEAST_AGE
    if expires_at is None:
        return soonest
    return max(soonest, expires_at - REFRESH_AHEAD - timedelta(days=chance.random()))


def next_refresh(now: datetime, expires_at: datetime | None, chance: random.Random) -> datetime:
    """When to try again after a failure: after a tenth of what is left, an hour to a day, give or take a quarter."""
    left = _LONGEST_PAUSE if expires_at is None else (expires_at - now) / 10
    pause = max(_SHORTEST_PAUSE, min(left, _LONGEST_PAUSE))
    return now + pause * chance.uniform(2 - _MOST_JITTER, _MOST_JITTER)
