"""What the control plane knows of each account's token, and the stop of an account whose token is refused."""

import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, select, update

from marketing_pipeline.domain.channel_token import ChannelToken, TokenState, first_refresh
from marketing_pipeline.domain.hold import TOKEN_WATCH
from marketing_pipeline.domain.identifiers import BrandId, Sha256
from marketing_pipeline.store.holds import Holds
from marketing_pipeline.store.tables import channel_tokens
from marketing_pipeline.store.token_files import KeptToken
from marketing_pipeline.store.upsert import upsert

LEASE = timedelta(minutes=5)
"""How long one process has for a refresh: a call and a file."""
_KEY = ("channel", "brand")
NO_LEASE: dict[str, Any] = {"lease_owner": None, "lease_until": None}


def token_of(connection: Connection, channel: str, brand: BrandId) -> ChannelToken | None:
    """What is known of an account's token."""
    row = connection.execute(select(channel_tokens).where(_is(channel, brand))).first()
    return None if row is None else _token(row)


def tokens_known(connection: Connection) -> tuple[ChannelToken, ...]:
    """What is known of every account's token."""
    wanted = select(channel_tokens).order_by(channel_tokens.c.channel, channel_tokens.c.brand)
    return tuple(_token(row) for row in connection.execute(wanted))


def adopt_token(
    connection: Connection, channel: str, brand: BrandId, kept: KeptToken, now: datetime, chance: random.Random
) -> None:
    """From now on `kept` is what is in use, and is worth a try, whatever became of the one before."""
    row: dict[str, Any] = {
        "channel": channel,
        "brand": brand,
        "state": TokenState.VALID,
        "token_sha256": kept.sha256,
        "issued_at": kept.issued_at,
        "expires_at": kept.expires_at,
        "next_refresh_at": first_refresh(kept.issued_at, kept.expires_at, chance),
        "refreshes": 0,
        "problem": None,
        "updated_at": now,
        **NO_LEASE,
    }
    upsert(connection, channel_tokens, row, changing=row.keys() - {*_KEY, "refreshes"})


def lease_token(connection: Connection, token: ChannelToken, owner: str, now: datetime) -> bool:
    """Take the right to refresh a token, provided that it still is the one in use and nobody else has it."""
    wanted = and_(_is(token.channel, token.brand), channel_tokens.c.token_sha256 == token.token_sha256)
    until = connection.scalar(select(channel_tokens.c.lease_until).where(wanted))
    # A lease from a clock that was ahead binds nobody.
    if until is not None and now < until <= now + LEASE:
        return False
    lease = {"lease_owner": owner, "lease_until": now + LEASE, "updated_at": now}
    return connection.execute(update(channel_tokens).where(wanted).values(**lease)).rowcount == 1


def change_token(connection: Connection, token: ChannelToken, now: datetime, **values: Any) -> bool:
    """Write what was learnt of exactly this token, and give back the lease; False where another is in use by now."""
    wanted = and_(_is(token.channel, token.brand), channel_tokens.c.token_sha256 == token.token_sha256)
    changes = {**values, **NO_LEASE, "updated_at": now}
    return connection.execute(update(channel_tokens).where(wanted).values(**changes)).rowcount == 1


def refuse_token(
    connection: Connection, holds: Holds, *, channel: str, brand: BrandId, token_sha256: Sha256, why: str, now: datetime
) -> bool:
    """The channel refuses a token: stop the account's effects until another is in use, or a person resumes.

    False, and nothing is stopped, where another token is in use already.
    """
    known = token_of(connection, channel, brand)
    if known is None:
        row = {"channel": channel, "brand": brand, "token_sha256": token_sha256, "issued_at": now, "refreshes": 0}
        changes = {"state": TokenState.REFUSED, "problem": why, "updated_at": now}
        upsert(connection, channel_tokens, row | changes, changing=changes)
    elif known.token_sha256 != token_sha256:
        return False
    else:
        ended = known.expires_at is not None and known.expires_at <= now
        change_token(connection, known, now, state=TokenState.EXPIRED if ended else TokenState.REFUSED, problem=why)
    holds.pause(connection, brand=brand, channel=channel, actor=TOKEN_WATCH, note=why)
    return True


def _is(channel: str, brand: BrandId) -> Any:
    return and_(channel_tokens.c.channel == channel, channel_tokens.c.brand == brand)


def _token(row: Row[Any]) -> ChannelToken:
    return ChannelToken(**{name: getattr(row, name) for name in ChannelToken.model_fields})
