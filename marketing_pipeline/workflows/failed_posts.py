"""Work on many posts at once, in which one failure never stops the others and none is lost."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.model_batch import WaitsForBatch
from marketing_pipeline.store.post_row import Post

FailedPosts = Mapping[PostId, MarketingError]
"""Posts that could not be worked on, each with the reason and the way to mend it."""


class PostsFailed(MarketingError):
    """Some posts of a week could not be worked on; the others are stored."""


async def gather_posts(posts: Sequence[Post], work: Callable[[Post], Awaitable[None]]) -> FailedPosts:
    """Work on all posts at once and return those that failed as expected. A programming error is raised.

    Raises WaitsForBatch, once all else is done, where a post waits for its answer: it has not failed.
    """
    failed: dict[PostId, MarketingError] = {}
    waiting: list[WaitsForBatch] = []

    async def attempt(post: Post) -> None:
        try:
            await work(post)
        except WaitsForBatch as waits:
            waiting.append(waits)
        except MarketingError as error:
            failed[post.id] = error

    async with asyncio.TaskGroup() as group:
        for post in posts:
            group.create_task(attempt(post))
    if waiting:
        raise waiting[0]
    return failed


def raise_for(failed: FailedPosts, act: str) -> None:
    """Raise PostsFailed when any post failed, naming each with its reason."""
    if failed:
        reasons = "; ".join(f"{post}: {error.message}" for post, error in sorted(failed.items()))
        mends = " ".join(dict.fromkeys(error.mend for error in failed.values()))
        raise PostsFailed(
            f"{len(failed)} posts could not be {act}: {reasons}.",
            f"{mends} Then materialize the asset again: finished posts are left as they are.",
        )
