"""Posts: read them, and do with them what an editor may."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from marketing_pipeline.console.api.caller import BrandQuery, Caller, Command, Id, Limit, Moment, Note, brands_for
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.post_pages import page_of_posts
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.trace_entry import TraceEntry
from marketing_pipeline.store.trace_of_post import trace_of_post

router = APIRouter(prefix="/posts", tags=["posts"])

Revision = Annotated[
    int | None, Field(ge=1, le=2**31, description="The post's revision as you saw it; refused if it has changed since")
]
Words = Annotated[str | None, Field(max_length=10_000)]


class Act(Command):
    """An act on a post."""

    note: Note = ""
    revision: Revision = None


class Move(Act):
    """When it shall go out."""

    to: Moment


class Edit(Act):
    """Words in place of the post's own; what is left out stays."""

    caption: Annotated[Words, Field(description="The whole caption, without hashtags")] = None
    hashtags: Annotated[tuple[str, ...] | None, Field(max_length=60, description="Replaces the old ones")] = None
    alt_text: Annotated[Words, Field(description="What the picture shows")] = None


class Choice(Act):
    """Another of its wordings."""

    variation: Annotated[str, Field(min_length=1, max_length=96)]


@router.get("")
def list_posts(
    desk: Caller,
    brand: BrandQuery = None,
    week: Annotated[str | None, Query(max_length=10, description="Monday of the week, as YYYY-MM-DD")] = None,
    state: Annotated[list[PostState] | None, Query(description="Only these states")] = None,
    after: Annotated[str, Query(max_length=96, description="Id of the last post of the page before")] = "",
    limit: Limit = 50,
) -> tuple[Post, ...]:
    """Posts by id: brand, week, position. Ask again with `after` until fewer than `limit` come."""
    with desk.place.database.read() as connection:
        return page_of_posts(
            connection, brands_for(desk, brand), week=week, states=state or (), after=after, limit=limit
        )


@router.get("/{post}")
def show_post(desk: Caller, post: Id) -> dict[str, Any]:
    """Everything known of a post: plan, words, pictures with their verdicts, effects, approvals, insights."""
    return desk.place.post_desk.file(desk.person, post).as_json()


@router.get("/{post}/trace")
def trace(desk: Caller, post: Id) -> tuple[TraceEntry, ...]:
    """Its whole story: runs, model calls, words, pictures, approvals, attempts, audit rows, insights."""
    found = desk.place.post_desk.file(desk.person, post).post
    with desk.place.database.read() as connection:
        return tuple(trace_of_post(connection, found))


@router.post("/{post}/hold")
def hold(desk: Caller, post: Id, act: Act) -> Post:
    """Keep it from going out until it is released."""
    return desk.place.post_desk.hold(desk.person, post, act.note, revision=act.revision)


@router.post("/{post}/release")
def release(desk: Caller, post: Id, act: Act) -> Post:
    """Let it go out again."""
    return desk.place.post_desk.release(desk.person, post, act.note, revision=act.revision)


@router.post("/{post}/reschedule")
def reschedule(desk: Caller, post: Id, act: Move) -> Post:
    """Move it to another time."""
    return desk.place.post_desk.reschedule(desk.person, post, act.to, note=act.note, revision=act.revision)


@router.post("/{post}/edit")
def edit(desk: Caller, post: Id, act: Edit) -> Post:
    """Put other words in place of its own; they are held against the brand's rules and decided about anew."""
    return desk.place.post_desk.edit(
        desk.person,
        post,
        note=act.note,
        caption=act.caption,
        hashtags=act.hashtags,
        alt_text=act.alt_text,
        revision=act.revision,
    )


@router.post("/{post}/choose")
def choose(desk: Caller, post: Id, act: Choice) -> Post:
    """Let another of its wordings go out."""
    return desk.place.post_desk.choose_variation(desk.person, post, act.variation, note=act.note, revision=act.revision)


@router.post("/{post}/redesign")
def redesign(desk: Caller, post: Id, act: Act) -> Post:
    """Send it back to have its picture made anew; the note says what is wanted."""
    return desk.place.post_desk.ask_for_new_creative(desk.person, post, act.note, revision=act.revision)


@router.post("/{post}/retry")
def retry(desk: Caller, post: Id, act: Act) -> Post:
    """Queue a post that has failed or was missed again, for now."""
    return desk.place.post_desk.retry(desk.person, post, revision=act.revision)


@router.post("/{post}/cancel")
def cancel(desk: Caller, post: Id, act: Act) -> Post:
    """Drop it for good. What is live stays live."""
    return desk.place.post_desk.cancel(desk.person, post, act.note, revision=act.revision)
