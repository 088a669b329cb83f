"""The access tokens of one installation."""

from collections.abc import Collection
from functools import cached_property, partial
from typing import TYPE_CHECKING

from pydantic import SecretStr

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.settings import Service

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.domain.channel_token import ChannelToken
    from marketing_pipeline.operations.token_refresh import Account, Refresh, TokenRefresher
    from marketing_pipeline.store.tokens import Tokens
    from marketing_pipeline.workplace.workplace import Workplace


class TokenDesk:
    """Tokens of a `Workplace`; reached as `workplace.tokens`."""

    def __init__(self, place: "Workplace") -> None:
        self._place = place

    def in_use(self, brand: "Brand") -> SecretStr:
        """The token to open a brand's account with. Raises ServiceOff, CredentialMissing or TokenFileUnusable."""
        from marketing_pipeline.operations.token_refresh import CHANNEL

        return self._tokens.in_use(CHANNEL, brand.brand_id, self._place.settings.instagram_token(brand)).token

    def known(self) -> "tuple[ChannelToken, ...]":
        """What is known of the tokens of every brand that is here."""
        return tuple(token for token in self._tokens.known() if token.brand in self._place.brands)

    def notice(self) -> tuple[BrandId, ...]:
        """Take up what is new in the environment; returns the brands whose token is due to be refreshed."""
        return self._refresher.notice(self._accounts())

    def refresh(self, brands: Collection[BrandId] = (), *, forced: bool = False) -> "tuple[Refresh, ...]":
        """Refresh what is due (`forced`: what may be), of these brands or all; each brand on its own."""
        return self._refresher.refresh(self._accounts(brands), forced=forced)

    @cached_property
    def _tokens(self) -> "Tokens":
        import random

        from marketing_pipeline.store.token_files import TokenFiles
        from marketing_pipeline.store.tokens import Tokens

        place = self._place
        return Tokens(place.database, place.holds, TokenFiles(place.home.secrets), random.Random())

    @property
    def _refresher(self) -> "TokenRefresher":
        import os
        import socket

        from marketing_pipeline.operations.token_refresh import TokenRefresher

        owner = f"{socket.gethostname()}:{os.getpid()}"
        return TokenRefresher(self._place.database, self._tokens, self._place.providers.instagram_with, owner)

    def _accounts(self, brands: Collection[BrandId] = ()) -> "list[Account]":
        from marketing_pipeline.operations.token_refresh import Account

        settings = self._place.settings
        if settings.is_off(Service.INSTAGRAM):
            return []
        wanted = [brand for name, brand in self._place.brands.items() if not brands or name in brands]
        return [Account(brand.brand_id, partial(settings.instagram_token, brand)) for brand in wanted]
