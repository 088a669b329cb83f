"""What appeared on an account since a publish call whose outcome is not known, and is not another post of ours."""

from sqlalchemy import select

from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.channels.instagram_answers import Media
from marketing_pipeline.domain.effect import Effect
from marketing_pipeline.execution.progress import PublishProgress
from marketing_pipeline.execution.rules import ExecutionRules
from marketing_pipeline.store.ledger import Ledger
from marketing_pipeline.store.tables import posts


def new_media(
    ledger: Ledger, client: InstagramClient, effect: Effect, progress: PublishProgress, rules: ExecutionRules
) -> tuple[Media, ...]:
    """The account's posts since the effect's first call that are neither in its baseline nor another post of the brand.

    The look before a second sending and every read-back judge by the same list: two lists that differ would send an
    effect from one to the other for ever. Raises InstagramFailure.
    """
    sent_at = progress.first_sent_at or ledger.moves.now()
    listed = client.recent_media(effect.payload.account_id, sent_at - rules.clock_skew)
    known = set(progress.baseline) | _media_of_other_posts(ledger, effect)
    return tuple(medium for medium in listed if medium.id not in known)


def _media_of_other_posts(ledger: Ledger, effect: Effect) -> set[str]:
    others = select(posts.c.media_id).where(
        posts.c.brand == effect.brand, posts.c.media_id.is_not(None), posts.c.id != effect.subject
    )
    with ledger.database.read() as connection:
        return {found for found in connection.scalars(others) if found is not None}
