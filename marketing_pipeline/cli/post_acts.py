"""What people do with a post while it waits: hold, release, move, retry and cancel it."""

from typing import Annotated

import typer

from marketing_pipeline.cli.deciding import deciding
from marketing_pipeline.cli.filters import YesOption
from marketing_pipeline.cli.moments import typed_moment
from marketing_pipeline.cli.person import require_yes, whoami
from marketing_pipeline.cli.requeue import requeue
from marketing_pipeline.cli.screen import both_times, console, facts, say
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.effect_rows import newest_effect_of
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.publish_queue import NotInQueue
from marketing_pipeline.workplace import Workplace

PostArgument = Annotated[str, typer.Argument(help="Post id.", metavar="ID")]
NoteOption = Annotated[str, typer.Option(help="Why, for those who read it later.")]


_TRIED_AGAIN = (PostState.FAILED, PostState.MISSED)


class InThePast(MarketingError):
    """A post was to go out at a moment that has passed."""


def hold(post: PostArgument, note: NoteOption = "") -> None:
    """Keep a post from going out until it is released; at once, without asking."""
    with deciding() as workplace:
        held = workplace.posts.hold(PostId(post), actor=whoami(), reason=note)
    typer.echo(f"{held.id} is held. `marketing posts release {held.id}` lets it go out again.")


def release(post: PostArgument, note: NoteOption = "") -> None:
    """Let a held post go out again."""
    with deciding() as workplace:
        before = workplace.posts.get(PostId(post))
        after = workplace.posts.release(before.id, actor=whoami(), reason=note or "released")
    typer.echo(f"{after.id} is {after.state}{' and no longer held' if before.held else '; it was not held'}.")


def reschedule(
    post: PostArgument,
    at: Annotated[
        str,
        typer.Option(
            help="When, as 2026-11-25T18:30 in the brand's own time zone, or with an offset such as +00:00; "
            "a day alone keeps the time of day.",
        ),
    ],
) -> None:
    """Move a post to another time, also one that was missed, has failed, or that nobody decided about in time.

    A time without an offset is meant in the time zone of the brand (brand.yaml). What was approved stays approved as
    long as its approval lives until then; otherwise it is asked for again.
    """
    with deciding() as workplace:
        before = workplace.posts.get(PostId(post))
        brand = workplace.brand(before.brand)
        due_at = typed_moment(at, brand.zone, "--at", before.scheduled_at.astimezone(brand.zone).time())
        if due_at <= workplace.clock.now():
            raise InThePast(
                f"{both_times(due_at, brand)} has passed; it is {both_times(workplace.clock.now(), brand)}.",
                f"Name a moment to come{_or_now(before)}.",
            )
        after = requeue(workplace, brand, before, due_at, whoami())
    typer.echo(f"{after.id} goes out {both_times(after.scheduled_at, brand)}.")
    _tell_what_it_waits_for(after)


def retry(post: PostArgument, yes: YesOption = False) -> None:
    """Queue a post that has failed or was missed again, for now."""
    with deciding() as workplace:
        before = workplace.posts.get(PostId(post))
        if before.state not in _TRIED_AGAIN:
            raise NotInQueue(
                f"Post {before.id} is {before.state}: there is nothing to try again.",
                f"`marketing posts show {before.id}` tells what can be done.",
            )
        brand, now = workplace.brand(before.brand), workplace.clock.now()
        _announce(workplace, before, brand, "This publishes now:")
        require_yes(yes)
        after = requeue(workplace, brand, before, now, whoami())
    typer.echo(f"{after.id} is {after.state}, due {both_times(after.scheduled_at, brand)}.")
    _tell_what_it_waits_for(after)


def cancel(post: PostArgument, note: NoteOption = "", yes: YesOption = False) -> None:
    """Drop a post for good, with everything that waits for it. What is live stays live."""
    with deciding() as workplace:
        before, person = workplace.posts.get(PostId(post)), whoami()
        _announce(workplace, before, None, "This drops for good:")
        require_yes(yes)
        workplace.queue.cancel(before.id, actor=person, note=note or f"cancelled by {person}")
    typer.echo(f"{before.id} is cancelled.")


def _or_now(post: Post) -> str:
    """Only what has failed or was missed can be sent at once."""
    return f", or send it now with `marketing posts retry {post.id}`" if post.state in _TRIED_AGAIN else ""


def _announce(workplace: Workplace, post: Post, brand: Brand | None, title: str) -> None:
    """Say on the screen what is about to be done to which post."""
    with workplace.database.read() as connection:
        effect = newest_effect_of(connection, post.id)
    pairs: list[tuple[str, object]] = [
        ("post", post.id),
        ("topic", post.topic),
        ("state", f"{post.state}: {post.state_reason}"),
        ("account", brand.channels.instagram.handle if brand else None),
        ("effect", f"{effect.id} ({effect.state})" if effect else None),
    ]
    console().print(facts(title, pairs))


def _tell_what_it_waits_for(post: Post) -> None:
    if post.state is PostState.NEEDS_HUMAN:
        say(f"A person is asked first: {post.state_reason}. See `marketing approvals list --state pending`.")
    elif post.held:
        typer.echo(f"It is held: `marketing posts release {post.id}` lets it go out.")
