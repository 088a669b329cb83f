"""Posts whose slot passed before they were made: the brand's policy says what becomes of each."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.posting import LatePolicy
from marketing_pipeline.store.damaged_rows import set_apart
from marketing_pipeline.store.ledger import WORKER, Ledger
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.posts import get_post
from marketing_pipeline.store.tables import posts

UNMADE = (PostState.PLANNED, PostState.DRAFTED, PostState.DESIGNED)


def late_reason(brand: Brand, slot: datetime) -> str:
    """Why a post did not go out at its slot, and whose turn it is."""
    skipped = brand.posting.late_policy is LatePolicy.SKIP
    owner = (
        "skipped, as the brand's policy says" if skipped else f"whoever answers for {brand.name} moves or cancels it"
    )
    return f"its slot of {slot:%Y-%m-%d %H:%M} UTC passed: {owner}"


class LatePosts:
    """Finds them and settles them: skipped posts are cancelled, those that are asked about say so and wait."""

    def __init__(self, ledger: Ledger, brands: Mapping[BrandId, Brand]) -> None:
        self._ledger = ledger
        self._brands = brands

    def waiting(self) -> tuple[PostId, ...]:
        """Those that have not been settled yet."""
        now = self._ledger.moves.now()
        # Sorted here: a database that is to sort by key may rather read every post in its order.
        late = select(posts.c.id).where(posts.c.state.in_(UNMADE), posts.c.scheduled_at < now)
        found: list[Post] = []
        with self._ledger.database.read() as connection:
            for post in sorted(connection.scalars(late)):
                with set_apart(f"Post {post}"):
                    found.append(get_post(connection, PostId(post)))
        return tuple(post.id for post in found if self._is_unsettled(post, now))

    def settle(self) -> None:
        """Settle each in a transaction of its own."""
        for post in self.waiting():
            with set_apart(f"Post {post}"):
                self._settle(post)

    def _settle(self, post_id: PostId) -> None:
        moves = self._ledger.moves
        with self._ledger.database.write() as connection:
            post = get_post(connection, post_id)
            if not self._is_unsettled(post, moves.now()):
                return
            brand = self._brands[post.brand]
            reason = late_reason(brand, post.scheduled_at)
            if brand.posting.late_policy is LatePolicy.SKIP:
                moves.post(connection, post_id, PostState.CANCELLED, reason=reason, actor=WORKER)
                return
            moves.change_post(connection, post_id, {"state_reason": reason})
            moves.audit.append(
                connection,
                actor=WORKER,
                action="post.late",
                subject=post.id,
                brand=post.brand,
                detail={"reason": reason},
            )

    def _is_unsettled(self, post: Post, now: datetime) -> bool:
        brand = self._brands.get(post.brand)
        if brand is None or post.state not in UNMADE or not brand.posting.is_too_late(post.scheduled_at, now):
            return False
        return post.state_reason != late_reason(brand, post.scheduled_at)
