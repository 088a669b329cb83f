"""`marketing posts`: the queue, as a list and post by post."""

from typing import Annotated

import typer

from marketing_pipeline.cli.filters import BrandOption, JsonOption, known_brand
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.person import operator
from marketing_pipeline.cli.post_acts import PostArgument, cancel, hold, release, reschedule, retry
from marketing_pipeline.cli.post_edit import choose, edit, redesign
from marketing_pipeline.cli.post_page import show_post
from marketing_pipeline.cli.screen import console, show_json, table
from marketing_pipeline.cli.trace_page import TraceOption, show_trace
from marketing_pipeline.cli.weeks import week_option
from marketing_pipeline.domain.health import counted
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.trace_of_post import trace_of_post
from marketing_pipeline.workplace import Workplace
from marketing_pipeline.workplace.brands import readable_brand

LISTED = (
    "id", "brand", "week", "topic", "state", "state_reason", "held", "scheduled_at", "published_at", "media_id",
    "permalink",
)  # fmt: skip

posts_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="The queue: look at posts, edit, choose, redesign, hold, move, retry and cancel them.",
    epilog="Example: marketing posts list --state needs_human",
)


@posts_app.command("list", epilog="Example: marketing posts list --brand upscale_print --week 2026-11-23")
def list_posts(
    brand: BrandOption = None,
    week: Annotated[str | None, typer.Option(help="Monday of the week, as YYYY-MM-DD.")] = None,
    state: Annotated[list[PostState] | None, typer.Option(help="Only posts in this state; may be repeated.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List posts in the order in which they go out, with where each stands."""
    wanted = week_option(week).key if week else None
    with opened_home() as workplace:
        found = workplace.posts.find(brand=known_brand(workplace, brand), week=wanted, states=state or None)
        if as_json:
            show_json([post.model_dump(mode="json", include=set(LISTED)) for post in found])
        elif found:
            _print(workplace, found)
        elif brand or week or state:
            typer.echo("No post is like that. Leave out an option to see more: marketing posts list")
        else:
            typer.echo("There are no posts yet. Plan a week: marketing run week --brand BRAND --week MONDAY")


@posts_app.command(epilog="Example: marketing posts show upscale_print-2026-11-23-01 --trace")
def show(post: PostArgument, trace: TraceOption = False, as_json: JsonOption = False) -> None:
    """Show everything known of a post: plan, words, pictures with their verdicts, effects, insights."""
    with opened_home() as workplace:
        if trace:
            _trace(workplace, PostId(post), as_json=as_json)
            return
        known = workplace.post_desk.file(operator(), post)
        if as_json:
            show_json(known.as_json())
        else:
            show_post(known, readable_brand(workplace, known.post.brand))


def _trace(workplace: Workplace, post_id: PostId, *, as_json: bool) -> None:
    post = workplace.posts.get(post_id)
    with workplace.database.read() as connection:
        entries = trace_of_post(connection, post)
    show_trace(post.id, entries, readable_brand(workplace, post.brand), workplace.home.root, as_json=as_json)


def _print(workplace: Workplace, found: tuple[Post, ...]) -> None:
    brands = {name: readable_brand(workplace, name) for name in {post.brand for post in found}}
    rows = [
        (
            post.id,
            moment(post.published_at or post.scheduled_at, brands[post.brand]),
            post.state,
            "held" if post.held else "",
            post.topic,
            post.permalink,
        )
        for post in found
    ]
    console().print(table(counted(len(found), "post"), ("id", "when", "state", "held", "topic", "address"), rows))


posts_app.command(epilog='Example: marketing posts edit ID --caption "Paper you can feel. ..." --note "calmer"')(edit)
posts_app.command(
    epilog="Example: marketing posts choose upscale_print-2026-11-23-01 upscale_print-2026-11-23-01-r1-v2"
)(choose)
posts_app.command(epilog='Example: marketing posts redesign ID --note "show the frame on a darker wall"')(redesign)
posts_app.command(epilog='Example: marketing posts hold upscale_print-2026-11-23-01 --note "ask the framer first"')(
    hold
)
posts_app.command(epilog="Example: marketing posts release upscale_print-2026-11-23-01")(release)
posts_app.command(epilog="Example: marketing posts reschedule ID --at 2026-11-25T18:30")(reschedule)
posts_app.command(epilog="Example: marketing posts retry upscale_print-2026-11-23-01 --yes")(retry)
posts_app.command(epilog='Example: marketing posts cancel ID --note "the offer has ended" --yes')(cancel)
