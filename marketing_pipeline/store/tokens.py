"""The token that an account is opened with: the one of the environment, or the one that it was refreshed to.

A token lies in the environment or in a file; the database knows it by its hash alone. The file is written before the
row and read after it, so that it never is the older of the two.
"""

import random

from pydantic import SecretStr
from sqlalchemy import Connection

from marketing_pipeline.domain.channel_token import ChannelToken, TokenState, next_refresh, sha256_of
from marketing_pipeline.domain.clock import aware
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.hold import TOKEN_WATCH
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.holds import Holds
from marketing_pipeline.store.token_files import KeptToken, TokenFiles
from marketing_pipeline.store.token_rows import (
    adopt_token,
    change_token,
    lease_token,
    refuse_token,
    token_of,
    tokens_known,
)


class Tokens:
    """Reads and writes the tokens of one installation. `chance` spreads refreshes of many accounts over time."""

    def __init__(self, database: Database, holds: Holds, files: TokenFiles, chance: random.Random) -> None:
        self._database = database
        self._holds = holds
        self._files = files
        self._chance = chance
        self._clock = database.clock

    def known(self) -> tuple[ChannelToken, ...]:
        """What is known of every token."""
        with self._database.read() as connection:
            return tokens_known(connection)

    def get(self, channel: str, brand: BrandId) -> ChannelToken:
        """What is known of an account's token, once it was in use. Raises NotFound."""
        with self._database.read() as connection:
            found = token_of(connection, channel, brand)
        if found is None:
            raise NotFound(f"Nothing is known of a {channel} token of {brand}.", "`marketing tokens list` shows all.")
        return found

    def in_use(self, channel: str, brand: BrandId, seed: SecretStr) -> KeptToken:
        """The token to open the account with; `seed` is the environment's. Raises TokenFileUnusable.

        A token of the environment that was not seen before is the newest: it takes the place of the kept one and
        lifts the stop of an account whose token was refused. One seen earlier comes back only where the kept one is
        refused. What a person resumed counts as worth a try.
        """
        with self._database.read() as connection:
            row = token_of(connection, channel, brand)
        kept = self._files.read(channel, brand)
        chosen = self._choose(kept, seed, row)
        if chosen is not kept and chosen.has_history:
            self._files.write(channel, brand, chosen)
        if row is None or row.token_sha256 != chosen.sha256 or row.state is not TokenState.VALID:
            self._adopt(channel, brand, chosen)
        return chosen

    def lease(self, token: ChannelToken, owner: str, *, forced: bool = False) -> bool:
        """Take the right to refresh a token that is due (`forced`: or not); of many that try, one gets it."""
        with self._database.write() as connection:
            now = aware(self._clock.now())
            current = token_of(connection, token.channel, token.brand)
            wanted = current is not None and (forced or current.is_due(now))
            return wanted and lease_token(connection, token, owner, now)

    def renewed(self, before: KeptToken, after: KeptToken, token: ChannelToken) -> bool:
        """Keep the token that the channel gave for `before`; False where a person has set another one meanwhile.

        Raises TokenFileUnusable; the old token stays good then.
        """
        kept = self._files.read(token.channel, token.brand)
        if kept is not None and kept.sha256 != before.sha256:
            return False
        self._files.write(token.channel, token.brand, after)
        with self._database.write() as connection:
            now = aware(self._clock.now())
            current = token_of(connection, token.channel, token.brand)
            if current is None or current.token_sha256 not in (before.sha256, after.sha256):
                return False
            self._take_up(connection, token.channel, token.brand, after)
            known = token.model_copy(update={"token_sha256": after.sha256})
            return change_token(connection, known, now, refreshed_at=now, refreshes=token.refreshes + 1)

    def not_renewed(self, token: ChannelToken, problem: str) -> None:
        """The refresh failed: it is tried again while the old token lasts."""
        with self._database.write() as connection:
            now = aware(self._clock.now())
            again = next_refresh(now, token.expires_at, self._chance)
            change_token(connection, token, now, problem=problem, next_refresh_at=again)

    def refused(self, token: ChannelToken, why: str) -> bool:
        """The channel refuses the token; see `refuse_token`."""
        with self._database.write() as connection:
            return refuse_token(
                connection,
                self._holds,
                channel=token.channel,
                brand=token.brand,
                token_sha256=token.token_sha256,
                why=why,
                now=aware(self._clock.now()),
            )

    def _choose(self, kept: KeptToken | None, seed: SecretStr, row: ChannelToken | None) -> KeptToken:
        now, sha256 = aware(self._clock.now()), sha256_of(seed)
        if kept is None:
            known = row if row is not None and row.token_sha256 == sha256 else None
            first = KeptToken(token=seed, seed_sha256=sha256, issued_at=known.issued_at if known else now)
            if row is None or known is not None:
                return first
            # Another one was in use whose file is gone, or whose environment another process still has.
            place = "replaced" if row.state is TokenState.VALID else "refused"
            return first.model_copy(update={place: (row.token_sha256,)})
        refused = row is not None and row.state is not TokenState.VALID and row.token_sha256 == kept.sha256
        return kept.or_seed(seed, now, refused=refused)

    def _adopt(self, channel: str, brand: BrandId, chosen: KeptToken) -> None:
        with self._database.write() as connection:
            row = token_of(connection, channel, brand)
            if row is None or row.token_sha256 != chosen.sha256:
                self._take_up(connection, channel, brand, chosen)
            elif row.state is not TokenState.VALID and not self._holds.awaits_token(connection, brand, channel):
                change_token(connection, row, aware(self._clock.now()), state=TokenState.VALID, problem=None)

    def _take_up(self, connection: Connection, channel: str, brand: BrandId, kept: KeptToken) -> None:
        adopt_token(connection, channel, brand, kept, aware(self._clock.now()), self._chance)
        self._holds.resume(
            connection, brand=brand, channel=channel, actor=TOKEN_WATCH, note="another token", set_by=TOKEN_WATCH
        )
