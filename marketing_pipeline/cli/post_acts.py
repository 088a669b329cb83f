"""What people do with a post while it waits: hold, release, move, retry and cancel it."""

from typing import Annotated

import typer

from marketing_pipeline.cli import completing
from marketing_pipeline.cli.filters import YesOption
from marketing_pipeline.cli.moments import typed_moment
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.person import operator, require_yes
from marketing_pipeline.cli.screen import console, facts, say
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.local_time import both_times
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.effect_rows import newest_effect_of
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.workplace import Workplace
from marketing_pipeline.workplace.posts import require_tried

PostArgument = Annotated[str, typer.Argument(help="Post id.", metavar="ID", autocompletion=completing.posts)]
NoteOption = Annotated[str, typer.Option(help="Why, for those who read it later.")]


def hold(post: PostArgument, note: NoteOption = "") -> None:
    """Keep a post from going out until it is released; at once, without asking."""
    with opened_home() as workplace:
        held = workplace.post_desk.hold(operator(), post, note)
    typer.echo(f"{held.id} is held. `marketing posts release {held.id}` lets it go out again.")


def release(post: PostArgument, note: NoteOption = "") -> None:
    """Let a held post go out again."""
    with opened_home() as workplace:
        person = operator()
        before = workplace.post_desk.allowed(person, Permission.EDIT, post)
        after = workplace.post_desk.release(person, post, note)
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
    note: NoteOption = "",
) -> None:
    """Move a post to another time, also one that was missed, has failed, or that nobody decided about in time.

    A time without an offset is meant in the time zone of the brand (brand.yaml). What was approved stays approved as
    long as its approval lives until then; otherwise it is asked for again.
    """
    with opened_home() as workplace:
        person = operator()
        before = workplace.post_desk.allowed(person, Permission.EDIT, post)
        brand = workplace.brand(before.brand)
        due_at = typed_moment(at, brand.zone, "--at", before.scheduled_at.astimezone(brand.zone).time())
        after = workplace.post_desk.reschedule(person, post, due_at, note=note)
    typer.echo(f"{after.id} goes out {both_times(after.scheduled_at, brand)}.")
    _tell_what_it_waits_for(after)


def retry(post: PostArgument, yes: YesOption = False) -> None:
    """Queue a post that has failed or was missed again, for now."""
    with opened_home() as workplace:
        person = operator()
        before = workplace.post_desk.allowed(person, Permission.EDIT, post)
        require_tried(before)
        brand = workplace.brand(before.brand)
        announce(workplace, before, brand, "This publishes now:")
        require_yes(yes)
        after = workplace.post_desk.retry(person, post, revision=before.revision)
    typer.echo(f"{after.id} is {after.state}, due {both_times(after.scheduled_at, brand)}.")
    _tell_what_it_waits_for(after)


def cancel(post: PostArgument, note: NoteOption = "", yes: YesOption = False) -> None:
    """Drop a post for good, with everything that waits for it. What is live stays live."""
    with opened_home() as workplace:
        person = operator()
        before = workplace.post_desk.allowed(person, Permission.EDIT, post)
        announce(workplace, before, None, "This drops for good:")
        require_yes(yes)
        workplace.post_desk.cancel(person, post, note, revision=before.revision)
    typer.echo(f"{before.id} is cancelled.")


def announce(workplace: Workplace, post: Post, brand: Brand | None, title: str) -> None:
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
        say(f"A person is asked first: {post.state_reason}. See `marketing approvals list`.")
    elif post.held:
        typer.echo(f"It is held: `marketing posts release {post.id}` lets it go out.")
