"""A person's own words for a post, held against the brand's rules."""

from typing import TYPE_CHECKING, Any

from marketing_pipeline.domain.errors import MarketingError

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.domain.variation import CopyVariation
    from marketing_pipeline.store.post_row import Post
    from marketing_pipeline.workplace.workplace import Workplace

LONGEST_HOOK_LINE = 125
LONGEST_DIFFERENCE = 300


class OffTheRules(MarketingError):
    """The words break the brand's rules or Instagram's limits. Nothing was changed."""


class NothingToEdit(MarketingError):
    """The post has no words yet, or they can no longer be changed."""


def hashtags_in(text: str) -> tuple[str, ...]:
    """Hashtags as people type them, between spaces, commas or line feeds."""
    return tuple(text.replace(",", " ").split())


def require_editable(post: "Post") -> None:
    """Return while the post's content may change. Raises NothingToEdit."""
    from marketing_pipeline.store.posts import BEFORE_THE_CLAIM

    if post.state not in BEFORE_THE_CLAIM:
        raise NothingToEdit(
            f"The post {post.id} is {post.state} and can no longer be changed.",
            f"`marketing posts show {post.id}` tells where it stands.",
        )
    if post.chosen_variation is None:
        raise NothingToEdit(
            f"The post {post.id} has no words yet.",
            f"`marketing run week --brand {post.brand} --week {post.week}` writes them.",
        )


def changes_in(
    old: "CopyVariation", caption: str | None, hashtags: tuple[str, ...] | None, alt_text: str | None
) -> dict[str, Any]:
    """What of the given words differs from the old ones. Raises NotWritten for what is no text."""
    from marketing_pipeline.domain.written import written

    given = {
        "caption": None if caption is None else written(caption, "caption"),
        "hashtags": None if hashtags is None else tuple(written(tag, "hashtag") for tag in hashtags),
        "alt_text": None if alt_text is None else written(alt_text, "alt text"),
    }
    return {name: value for name, value in given.items() if value is not None and value != getattr(old, name)}


def edited(old: "CopyVariation", changed: dict[str, Any], difference: str, brand: "Brand") -> "CopyVariation":
    """The edited wording, valid in every respect. Raises OffTheRules with all that is wrong."""
    from pydantic import ValidationError

    from marketing_pipeline.domain.variation import CopyVariation

    content = {**old.model_dump(), **changed, "difference": difference[:LONGEST_DIFFERENCE]}
    content["hook_line"] = _hook_line(content["caption"], old.hook_line)
    try:
        wording = CopyVariation.model_validate(content)
    except ValidationError as error:
        raise _off([f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors()]) from error
    require_within_rules(wording, brand)
    return wording


def require_within_rules(wording: "CopyVariation", brand: "Brand") -> None:
    """Return when the brand's rules allow these words today. Raises OffTheRules."""
    from marketing_pipeline.domain.caption import check_variation

    if problems := [f"{broken.where}: {broken.problem}" for broken in check_variation(wording, brand)]:
        raise _off(problems)


def require_new_caption(place: "Workplace", post: "Post", caption: str) -> None:
    """Return when no other post of the brand says the same lately or soon. Raises OffTheRules with that post's id."""
    from marketing_pipeline.store.variations import said_captions

    said = said_captions(place.database, post.brand, besides=post.id)
    if problems := [f"{broken.where}: {broken.problem}" for broken in said.taken(caption, post.id)]:
        raise _off(problems)


def _off(problems: list[str]) -> OffTheRules:
    return OffTheRules(f"These words cannot go out: {'; '.join(problems)}.", "Mend what is named; nothing was changed.")


def _hook_line(caption: str, before: str) -> str:
    """The line that the caption begins with: the old one where it still does, else its first line."""
    if caption.startswith(before):
        return before
    first = caption.strip().partition("\n")[0]
    return first if len(first) <= LONGEST_HOOK_LINE else first[:LONGEST_HOOK_LINE].rpartition(" ")[0]
