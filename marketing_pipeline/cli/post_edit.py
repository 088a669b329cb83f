"""`marketing posts edit`: a person's own words, held against the brand's rules and decided about anew."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from marketing_pipeline.cli.deciding import deciding
from marketing_pipeline.cli.person import whoami
from marketing_pipeline.cli.post_acts import PostArgument
from marketing_pipeline.cli.requeue import content_of, put_in_queue
from marketing_pipeline.cli.screen import say
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.caption import check_variation
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import PostId, VariationId
from marketing_pipeline.domain.variation import CopyVariation
from marketing_pipeline.store.effect_rows import active_effect_of
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.posts import BEFORE_THE_CLAIM
from marketing_pipeline.store.variations import get_variation, record_edit
from marketing_pipeline.workplace import Workplace

LONGEST_HOOK_LINE = 125
LONGEST_DIFFERENCE = 300


class OffTheRules(MarketingError):
    """The words break the brand's rules or Instagram's limits. Nothing was changed."""


class NothingToEdit(MarketingError):
    """The post has no words yet, or they can no longer be changed."""


def edit(
    post: PostArgument,
    note: Annotated[str, typer.Option(help="Why it is changed.")],
    caption: Annotated[str | None, typer.Option(help="The whole caption, without hashtags.")] = None,
    hashtags: Annotated[str | None, typer.Option(help="All hashtags, as '#one #two'; replaces the old ones.")] = None,
    alt_text: Annotated[str | None, typer.Option(help="What the picture shows.")] = None,
) -> None:
    """Put your own words in place of a post's, before it goes out.

    They are held against the brand's rules first. What waits in the queue is replaced, and policy or a person decides
    about the new content.
    """
    if caption is None and hashtags is None and alt_text is None:
        raise typer.BadParameter("Name what to change.", param_hint="--caption, --hashtags or --alt-text")
    with deciding() as workplace:
        before = workplace.posts.get(PostId(post))
        brand, person = workplace.brand(before.brand), whoami()
        _require_editable(before)
        old = get_variation(workplace.database, _required_variation(before)).wording
        tags = None if hashtags is None else tuple(hashtags.replace(",", " ").split())
        given = {"caption": caption, "hashtags": tags, "alt_text": alt_text}
        changed = {name: value for name, value in given.items() if value is not None and value != getattr(old, name)}
        if not changed:
            typer.echo(f"{before.id} says that already.")
            return
        wording = _wording(old, changed, f"Edited by {person}: {note}", brand)
        after = _put(workplace, brand, before, wording, person, note)
    say(f"{after.id} has your words ({after.chosen_variation}); it is {after.state}: {after.state_reason}")


def _require_editable(post: Post) -> None:
    if post.state not in BEFORE_THE_CLAIM:
        raise NothingToEdit(
            f"The post {post.id} is {post.state} and can no longer be changed.",
            f"`marketing posts show {post.id}` tells where it stands.",
        )


def _required_variation(post: Post) -> VariationId:
    if post.chosen_variation is None:
        raise NothingToEdit(
            f"The post {post.id} has no words yet.",
            f"`marketing run week --brand {post.brand} --week {post.week}` writes them.",
        )
    return post.chosen_variation


def _wording(old: CopyVariation, changed: dict[str, Any], difference: str, brand: Brand) -> CopyVariation:
    """The edited wording, valid in every respect. Raises OffTheRules with all that is wrong."""
    content = {**old.model_dump(), **changed, "difference": difference[:LONGEST_DIFFERENCE]}
    content["hook_line"] = _hook_line(content["caption"], old.hook_line)
    try:
        wording = CopyVariation.model_validate(content)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors()]
    else:
        problems = [f"{broken.where}: {broken.problem}" for broken in check_variation(wording, brand)]
        if not problems:
            return wording
    raise OffTheRules(f"These words cannot go out: {'; '.join(problems)}.", "Mend what is named; nothing was changed.")


def _hook_line(caption: str, before: str) -> str:
    """The line that the caption begins with: the old one where it still does, else its first line."""
    if caption.startswith(before):
        return before
    first = caption.strip().partition("\n")[0]
    return first if len(first) <= LONGEST_HOOK_LINE else first[:LONGEST_HOOK_LINE].rpartition(" ")[0]


def _put(workplace: Workplace, brand: Brand, before: Post, wording: CopyVariation, person: str, note: str) -> Post:
    with _kept_from_going_out(workplace, before, person) as kept:
        variation = record_edit(workplace.database, before.id, wording, person, note)
        changed = workplace.posts.change(
            before.id, revision=kept.revision, actor=person, reason=note, chosen_variation=variation.id
        )
        with workplace.database.read() as connection:
            waiting = active_effect_of(connection, before.id)
        payload = content_of(workplace, brand, changed)
        if waiting is not None and payload is not None:
            put_in_queue(workplace, brand, changed, payload, waiting.due_at, person)
    return workplace.posts.get(before.id)


@contextmanager
def _kept_from_going_out(workplace: Workplace, post: Post, person: str) -> Generator[Post]:
    """Hold the post meanwhile, so that no worker sends the old words between the steps of an edit.

    A post that a person holds already stays held. An edit that is killed leaves the hold: it fails closed.
    """
    if post.held:
        yield post
        return
    reason = f"{person} is editing it"
    kept = workplace.posts.hold(post.id, actor=person, reason=reason)
    try:
        yield kept
    finally:
        if workplace.posts.get(post.id).held_reason == reason:
            workplace.posts.release(post.id, actor=person, reason="edited")
