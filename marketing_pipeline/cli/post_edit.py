"""`marketing posts edit`, `choose` and `redesign`: what a post says and shows, changed by a person."""

from typing import Annotated

import typer

from marketing_pipeline.cli.filters import YesOption
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.person import operator, require_yes
from marketing_pipeline.cli.post_acts import NoteOption, PostArgument, announce
from marketing_pipeline.cli.screen import say
from marketing_pipeline.workplace.post_words import hashtags_in

WhyOption = Annotated[str, typer.Option("--note", help="Why it is changed.")]
WishOption = Annotated[str, typer.Option("--note", help="What shall be other about the picture; the composer is told.")]


def edit(
    post: PostArgument,
    note: WhyOption,
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
    tags = None if hashtags is None else hashtags_in(hashtags)
    with opened_home() as workplace:
        person = operator()
        before = workplace.post_desk.file(person, post).post
        after = workplace.post_desk.edit(
            person, post, note=note, caption=caption, hashtags=tags, alt_text=alt_text, revision=before.revision
        )
    if after.chosen_variation == before.chosen_variation:
        typer.echo(f"{after.id} says that already.")
        return
    say(f"{after.id} has your words ({after.chosen_variation}); it is {after.state}: {after.state_reason}")


def choose(
    post: PostArgument,
    variation: Annotated[str, typer.Argument(help="Id of the wording, from `posts show`.", metavar="VARIATION")],
    note: NoteOption = "",
) -> None:
    """Let another of the post's wordings go out, with the picture that was made for it.

    What waits in the queue is replaced, and policy or a person decides about the new content.
    """
    with opened_home() as workplace:
        after = workplace.post_desk.choose_variation(operator(), post, variation, note=note)
    say(f"{after.id} says {after.chosen_variation}; it is {after.state}: {after.state_reason}")


def redesign(post: PostArgument, note: WishOption, yes: YesOption = False) -> None:
    """Have the picture of a post made anew, with your note; its words stay.

    It leaves the queue until the next run of its week, within the hour under `marketing up`, and is decided about anew.
    """
    with opened_home() as workplace:
        person = operator()
        before = workplace.post_desk.file(person, post).post
        announce(workplace, before, None, "This takes it out of the queue and has its picture made anew:")
        require_yes(yes)
        after = workplace.post_desk.ask_for_new_creative(person, post, note, revision=before.revision)
    say(f"{after.id} is {after.state}: {after.state_reason}")
