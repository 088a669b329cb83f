"""Tokens are refreshed ahead of their end, each account on its own: what happens to one never stops another."""

import logging
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum

from pydantic import SecretStr

from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.channels.instagram_errors import InstagramFailure
from marketing_pipeline.domain.channel_token import ChannelToken, TokenState
from marketing_pipeline.domain.clock import aware
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.token_files import KeptToken
from marketing_pipeline.store.tokens import Tokens

log = logging.getLogger(__name__)
CHANNEL = "instagram"


class Outcome(StrEnum):
    """What became of one account's token."""

    REFRESHED = "refreshed"
    NOT_DUE = "not due"
    ELSEWHERE = "another process refreshes it, or has"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True)
class Account:
    """One brand's account and how to find the token that the environment has for it."""

    brand: BrandId
    seed: Callable[[], SecretStr]


@dataclass(frozen=True)
class Refresh:
    """One account's outcome, in words that hold no token."""

    brand: BrandId
    outcome: Outcome
    detail: str = ""


class TokenRefresher:
    """Refreshes tokens through `client_for`; `owner` names this process among those that may try at once."""

    def __init__(
        self, database: Database, tokens: Tokens, client_for: Callable[[SecretStr], InstagramClient], owner: str
    ) -> None:
        self._clock = database.clock
        self._tokens = tokens
        self._client_for = client_for
        self._owner = owner

    def notice(self, accounts: Iterable[Account]) -> tuple[BrandId, ...]:
        """Take up what is new in the environment; returns the brands whose token is due to be refreshed."""
        now, due = aware(self._clock.now()), list[BrandId]()
        for account in accounts:
            try:
                token, _ = self._in_use(account)
            except MarketingError as error:
                log.error("The token of %s cannot be looked at: %s", account.brand, error)
                continue
            if token.is_due(now):
                due.append(account.brand)
        return tuple(due)

    def refresh(self, accounts: Iterable[Account], *, forced: bool = False) -> tuple[Refresh, ...]:
        """Refresh every token that is due, or, `forced`, every one that its channel may refresh."""
        return tuple(self._each(account, forced=forced) for account in accounts)

    def _each(self, account: Account, *, forced: bool) -> Refresh:
        try:
            return self._refresh(account, forced=forced)
        except MarketingError as error:
            log.error("The token of %s was not refreshed: %s", account.brand, error)
            return Refresh(account.brand, Outcome.FAILED, str(error))
        except Exception as error:  # one broken account must not stop the others
            log.error("The token of %s met an unexpected error", account.brand, exc_info=error)
            return Refresh(account.brand, Outcome.FAILED, f"unexpected {type(error).__name__}")

    def _refresh(self, account: Account, *, forced: bool) -> Refresh:
        now = aware(self._clock.now())
        token, kept = self._in_use(account)
        if forced and token.is_too_young(now):
            return Refresh(account.brand, Outcome.NOT_DUE, "Meta refreshes no token in its first 24 hours.")
        if not forced and not token.is_due(now):
            refused = token.state is not TokenState.VALID
            return Refresh(account.brand, Outcome.REFUSED if refused else Outcome.NOT_DUE, token.problem or "")
        if not self._tokens.lease(token, self._owner, forced=forced):
            return Refresh(account.brand, Outcome.ELSEWHERE)
        return self._exchange(token, kept)

    def _exchange(self, token: ChannelToken, kept: KeptToken) -> Refresh:
        """One call with the lease in hand; whatever comes of it is written down."""
        try:
            with closing(self._client_for(kept.token)) as client:
                fresh = client.refresh_token()
            after = kept.refreshed(fresh.token, fresh.issued_at, fresh.expires_at)
            if self._tokens.renewed(kept, after, token):
                return Refresh(token.brand, Outcome.REFRESHED, f"good until {fresh.expires_at:%Y-%m-%d %H:%M} UTC")
            return Refresh(token.brand, Outcome.ELSEWHERE)
        except InstagramFailure as failure:
            if failure.token_refused:
                self._tokens.refused(token, str(failure))
                return Refresh(token.brand, Outcome.REFUSED, str(failure))
            return self._failed(token, failure)
        except MarketingError as error:
            return self._failed(token, error)

    def _failed(self, token: ChannelToken, error: MarketingError) -> Refresh:
        self._tokens.not_renewed(token, f"The last refresh failed: {error}")
        log.error("The token of %s was not refreshed: %s", token.brand, error)
        return Refresh(token.brand, Outcome.FAILED, str(error))

    def _in_use(self, account: Account) -> tuple[ChannelToken, KeptToken]:
        kept = self._tokens.in_use(CHANNEL, account.brand, account.seed())
        return self._tokens.get(CHANNEL, account.brand), kept
