"""Comparing an Instagram account with a restored database: which effects ran after the copy was made.

Proved live: the effect's container says PUBLISHED, or exactly one post that the database does not know has word for
word the caption of exactly one effect. Proved not sent: a settle window after effects were blocked the account has no
post that the database does not know. Whatever was due and is neither is for a person.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection, select

from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.channels.instagram_answers import ContainerStatus
from marketing_pipeline.channels.instagram_errors import InstagramFailure
from marketing_pipeline.channels.instagram_listing import ListedPost
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import AttemptOutcome, Effect, EffectState
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.execution.progress import PublishProgress
from marketing_pipeline.execution.restored import WAYS_TO_A_CLAIM, AccountCompared, Settlement
from marketing_pipeline.execution.rules import ExecutionRules
from marketing_pipeline.store.effect_rows import ACTIVE, list_effects
from marketing_pipeline.store.ledger import Ledger
from marketing_pipeline.store.posts import BEFORE_THE_CLAIM, Posts
from marketing_pipeline.store.reconciliations import OpenReconciliation
from marketing_pipeline.store.tables import posts

_E = EffectState
_MOST = 100_000
_CAPTION_SHOWN = 80
# Their own read-backs prove or park them once effects run again.
_READ_BACK = frozenset({_E.SENDING, _E.UNKNOWN, _E.PARKED})


class RestoredPosts:
    """Settles the publish effects of one brand after another."""

    def __init__(self, ledger: Ledger, post_rows: Posts, rules: ExecutionRules, opened: OpenReconciliation) -> None:
        self._ledger = ledger
        self._posts = post_rows
        self._rules = rules
        self._opened = opened

    def compare(self, brand: Brand, client: InstagramClient, *, actor: str) -> AccountCompared:
        """Read the account and settle what can be settled. What cannot be read is a problem, and changes nothing."""
        compared = account_of(brand)
        try:
            unknown = self._unknown(brand, client)
        except InstagramFailure as failure:
            return compared.model_copy(update={"problem": str(failure)})
        with self._ledger.database.read() as connection:
            effects = list_effects(connection, brand=brand.brand_id, states=ACTIVE, limit=_MOST)
        live = _pairs(effects, unknown)
        by_container = [effect for effect in effects if effect.id not in live and _is_published(client, effect)]
        left = [post for post in unknown if post not in live.values()]
        if len(by_container) == len(left) == 1:
            live[by_container[0].id] = left.pop()
        settled = [self._live(effect, live[effect.id], actor) for effect in effects if effect.id in live]
        settled += [self._live(effect, live.get(effect.id), actor) for effect in by_container if effect.id not in live]
        rest = [effect for effect in effects if effect.id not in {*live, *(each.id for each in by_container)}]
        waits = self._waits_until(rest)
        if waits is None:
            settled += [each for effect in rest if (each := self._rest(effect, left, actor)) is not None]
            settled += self._hold_unqueued(brand, left, actor)
        return compared.model_copy(
            update={"settled": tuple(settled), "unknown": tuple(map(_told, left)), "waits_until": waits}
        )

    def _unknown(self, brand: Brand, client: InstagramClient) -> list[ListedPost]:
        """What the account has and the database does not know, neither by its id nor as a live post without one."""
        with self._ledger.database.read() as connection:
            known = set(connection.scalars(select(posts.c.media_id).where(posts.c.brand == brand.brand_id)))
            done = list_effects(connection, brand=brand.brand_id, states=(_E.SUCCEEDED,), limit=_MOST)
        nameless = {_caption(effect) for effect in done if not (effect.result or {}).get("media_id")}
        listed = client.posts_since(account_of(brand).account, self._opened.since - self._rules.clock_skew)
        read = [client.post_with_caption(post.id) for post in listed if post.id not in known]
        return [post for post in read if _words(post.caption) not in nameless]

    def without_channel(self, brand: Brand, why: str) -> AccountCompared:
        """Where the channel is switched off: compared, when the database has nothing that could have gone out."""
        with self._ledger.database.read() as connection:
            waiting = list_effects(connection, brand=brand.brand_id, states=ACTIVE, limit=1)
        return account_of(brand).model_copy(update={"problem": why if waiting else ""})

    def _waits_until(self, rest: Sequence[Effect]) -> datetime | None:
        """A call of the old installation may appear late: only after the window is its absence a proof."""
        until, now = self._opened.started_at + self._rules.settle_window, self._ledger.moves.now()
        asked = any(effect.state not in _READ_BACK and effect.due_at <= now for effect in rest)
        return until if asked and now < until else None

    def _live(self, effect: Effect, post: ListedPost | None, actor: str) -> Settlement:
        reason = "it went out after the copy was made: " + (
            f"the account has it as {post.id}" if post else "its container says PUBLISHED"
        )
        with self._ledger.database.write() as connection:
            current = self._to_a_claim(connection, effect, reason, actor)
            attempt = (AttemptOutcome.SUCCEEDED, reason) if current.state is _E.SENDING else None
            self._ledger.succeed_within(
                connection,
                current,
                media_id=post.id if post else None,
                published_at=post.timestamp if post else self._opened.since,
                reason=reason,
                actor=actor,
                attempt=attempt,
            )
        return self._told(effect, _E.SUCCEEDED, reason)

    def _to_a_claim(self, connection: Connection, effect: Effect, reason: str, actor: str) -> Effect:
        if effect.state is _E.AWAITING_APPROVAL:
            self._ledger.approvals.withdraw(connection, effect.approval, reason=reason, actor=actor)
            effect = self._ledger.moves.effect(connection, effect, _E.QUEUED, reason=reason, actor=actor)
            path = (PostState.READY, PostState.SCHEDULED)
            self._ledger.moves.post(connection, PostId(effect.subject), *path, reason=reason, actor=actor)
        for state in WAYS_TO_A_CLAIM.get(effect.state, ()):
            effect = self._ledger.move_within(connection, effect, state, reason=reason, actor=actor)
        return effect

    def _rest(self, effect: Effect, left: Sequence[ListedPost], actor: str) -> Settlement | None:
        """What neither was found nor could be matched; None where it stays as it is."""
        if effect.state in _READ_BACK:
            return None
        if left and effect.due_at <= self._ledger.moves.now():
            return self._for_a_person(effect, actor)
        if effect.state is not _E.CLAIMED:
            return None
        reason = "not sent: the account has no post that this database does not know"
        with self._ledger.database.write() as connection:
            self._ledger.move_within(connection, effect, _E.QUEUED, reason=reason, actor=actor)
        return self._told(effect, _E.QUEUED, reason)

    def _for_a_person(self, effect: Effect, actor: str) -> Settlement:
        reason = "it may be live: the account has posts since the copy was made that match nothing here"
        if effect.state is _E.AWAITING_APPROVAL:
            self._posts.hold(PostId(effect.subject), actor=actor, reason=reason)
            return self._told(effect, "held", reason)
        with self._ledger.database.write() as connection:
            current = self._to_a_claim(connection, effect, reason, actor)
            for state in (_E.UNKNOWN, _E.PARKED):
                current = self._ledger.move_within(connection, current, state, reason=reason, actor=actor)
        return self._told(effect, _E.PARKED, reason)

    def _hold_unqueued(self, brand: Brand, left: Sequence[ListedPost], actor: str) -> list[Settlement]:
        """Posts that were not queued when the copy was made, and whose slot has passed since."""
        if not left:
            return []
        reason = "it may be live already: the account has posts since the copy was made that match nothing here"
        active = select(posts.c.id, posts.c.state).where(
            posts.c.brand == brand.brand_id,
            posts.c.state.in_(BEFORE_THE_CLAIM - {PostState.SCHEDULED, PostState.NEEDS_HUMAN}),
            posts.c.scheduled_at <= self._ledger.moves.now(),
            posts.c.held.is_(False),
        )
        with self._ledger.database.read() as connection:
            found = [(PostId(row.id), str(row.state)) for row in connection.execute(active)]
        for post, _ in found:
            self._posts.hold(post, actor=actor, reason=reason)
        account = brand.channels.instagram.account_id
        return [
            Settlement(brand=brand.brand_id, account=account, subject=post, before=state, now="held", reason=reason)
            for post, state in found
        ]

    def _told(self, effect: Effect, now: str, reason: str) -> Settlement:
        return Settlement(
            brand=effect.brand,
            account=effect.payload.account_id,
            subject=effect.id,
            before=effect.state,
            now=now,
            reason=reason,
        )


def account_of(brand: Brand) -> AccountCompared:
    """A brand's account, not compared yet."""
    account = brand.channels.instagram.account_id
    return AccountCompared(brand=brand.brand_id, channel="instagram", account=account)


def _pairs(effects: Sequence[Effect], unknown: Sequence[ListedPost]) -> dict[str, ListedPost]:
    """Posts that are surely an effect's: its caption, word for word, once on either side."""
    theirs, ours = Counter(_words(post.caption) for post in unknown), Counter(map(_caption, effects))
    by_words = {_words(post.caption): post for post in unknown if theirs[_words(post.caption)] == 1}
    return {
        effect.id: by_words[_caption(effect)]
        for effect in effects
        if _caption(effect) in by_words and ours[_caption(effect)] == 1
    }


def _is_published(client: InstagramClient, effect: Effect) -> bool:
    container = PublishProgress.of(effect).container
    if container is None:
        return False
    with suppress(InstagramFailure):
        return client.container_status(container).status_code is ContainerStatus.PUBLISHED
    return False


def _caption(effect: Effect) -> str:
    return _words(effect.payload.caption)


def _words(caption: str) -> str:
    """Instagram may trim a caption's white space."""
    return " ".join(caption.split())


def _told(post: ListedPost) -> dict[str, str | None]:
    return {
        "media_id": post.id,
        "at": post.timestamp.isoformat(),
        "permalink": post.permalink,
        "caption": post.caption[:_CAPTION_SHOWN],
    }
