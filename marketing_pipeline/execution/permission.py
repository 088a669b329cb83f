"""Permission to act, read anew in the very transaction that says the call goes out."""

from collections.abc import Mapping

from sqlalchemy import Connection

from marketing_pipeline.domain.approval import Unauthorized, authorize
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import Effect
from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.store.approvals import Approvals
from marketing_pipeline.store.effect_moves import Moves
from marketing_pipeline.store.effect_rows import get_effect
from marketing_pipeline.store.holds import Holds
from marketing_pipeline.store.latest_time import latest_time
from marketing_pipeline.store.posts import get_post


class Held(Unauthorized):
    """A hold stops it for now; when it is lifted the effect goes on."""


class Permission:
    """Asks `authorize` with what the database and the brands say now."""

    def __init__(self, approvals: Approvals, holds: Holds, moves: Moves, brands: Mapping[BrandId, Brand]) -> None:
        self._approvals = approvals
        self._holds = holds
        self._moves = moves
        self._brands = brands

    def require(self, connection: Connection, effect: Effect) -> None:
        """Return when the effect may act; raise Held, or Unauthorized for every other reason.

        `effect` is what the worker holds and has made its containers from: the row must still say the same.
        """
        current = get_effect(connection, effect.id)
        if current.payload != effect.payload:
            raise Unauthorized("The effect's content was changed under the worker.", "Run `marketing audit verify`.")
        brand = self._brands.get(current.brand)
        if brand is None:
            raise Unauthorized(f"There is no brand {current.brand}.", "Put its folder back, or cancel the post.")
        rows = self._approvals.rows_of(connection, current.approval)
        held = self._held(connection, current)
        try:
            authorize(
                payload=current.payload,
                brand=brand,
                fingerprint=current.fingerprint,
                approvals=rows,
                signatures_hold=self._approvals.signatures_hold(rows)
                and self._approvals.nothing_is_cut(connection, rows),
                held=held,
                # What has lapsed does not come back when a machine's clock is set back.
                now=latest_time(connection, self._moves.now()),
            )
        except Unauthorized as refusal:
            if held:
                raise Held(refusal.message, refusal.mend) from None
            raise

    def _held(self, connection: Connection, effect: Effect) -> str | None:
        if effect.held:
            post = get_post(connection, PostId(effect.subject))
            return f"post {post.id} is held" + (f" ({post.held_reason})" if post.held_reason else "")
        return self._holds.reason_for(connection, effect.brand, effect.channel)
