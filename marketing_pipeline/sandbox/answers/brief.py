"""The composer: a brief for the studio, and after a weak attempt the same brief with what was named put right."""

from typing import TypeVar

from pydantic import Field

from marketing_pipeline.domain.creative import ArtworkStyle, CreativeBrief, PostFormat, Template, TextTone
from marketing_pipeline.domain.identifiers import short_hash
from marketing_pipeline.domain.look import Palette
from marketing_pipeline.sandbox.answers.brief_revision import avoid_words, revised
from marketing_pipeline.sandbox.answers.brief_words import BriefWords, words_of
from marketing_pipeline.sandbox.answers.colour import luminance, rgb
from marketing_pipeline.sandbox.answers.house_rules import house_rules
from marketing_pipeline.sandbox.answers.prompt import Problem, Prompt, Seen, SeenBrand, SeenPost, SeenProduct, Text
from marketing_pipeline.sandbox.answers.wording import Subject, rotated, shortened, stems, turn_of

_ROOMS = stems(
    "room", "wall", "hang", "hanging", "hallway", "home", "frame", "framing", "interior", "sofa", "bedroom", "gallery"
)
_CHANGES = stems(
    "before", "after", "restore", "repair", "mend", "transform", "renew", "makeover", "service", "swap", "upgrade"
)
_DARK_GROUND = 0.4
_SEEDS = 1_000_001
T = TypeVar("T", bound=str)


class ComposerBrand(SeenBrand):
    """What the composer is shown of the brand beside names and products."""

    palettes: dict[str, Palette]
    artwork: tuple[ArtworkStyle, ...]
    picture_source: str = "procedural"
    picture_style: Text = ""


class SeenCopy(Seen):
    """The chosen wording."""

    hook_line: str
    caption: str = ""
    alt_text: str = ""


class Studio(Seen):
    """What the studio offers for the format."""

    templates: tuple[Template, ...]
    format: PostFormat
    text_limits: dict[str, int] = Field(default={})


class RecentLook(Seen):
    """What an earlier post looked like."""

    template: str = ""
    palette: str = ""
    artwork: str = ""
    artwork_seed: int = 0


class Revision(Seen):
    """An attempt that was sent back."""

    attempt: int
    brief: CreativeBrief


def compose(prompt: Prompt, seed: int) -> CreativeBrief:
    """A first brief, or the last one mended where the reasons point."""
    brand = prompt.needed("brand", ComposerBrand)
    post = prompt.needed("post", SeenPost)
    house = house_rules(prompt)
    first = house.brief(_first(prompt, brand, post, seed))
    if not prompt.has("revision"):
        return first
    revision = prompt.needed("revision", Revision)
    reasons = prompt.untrusted("reasons", tuple[str, ...], ())
    mended = revised(revision.brief, first, reasons, revision.attempt, tuple(brand.palettes), brand.artwork)
    return house.brief(mended)


def _first(prompt: Prompt, brand: ComposerBrand, post: SeenPost, seed: int) -> CreativeBrief:
    studio = prompt.needed("studio", Studio)
    copy = prompt.needed("copy", SeenCopy)
    looks = prompt.optional("recent_looks", tuple[RecentLook, ...], ())
    problems = prompt.optional("problems", tuple[Problem, ...], ())
    turn = turn_of(post.id)
    product = brand.product(post.idea.product)
    template = _template(studio, post, product, looks, turn)
    palette = _in_turn(tuple(brand.palettes), [look.palette for look in looks[:1]], turn, f"{seed}/palette")
    artwork = _artwork(brand, product, looks, turn, f"{seed}/artwork")
    words = words_of(template, brand, post, copy.hook_line, copy.caption, product, studio.text_limits)
    words = avoid_words(words, problems)
    return CreativeBrief(
        format=studio.format,
        template=template,
        **words.model_dump(),
        artwork=artwork,
        artwork_seed=int(short_hash(str(seed), post.id, length=8), 16) % _SEEDS,
        palette=palette,
        text_tone=_tone(template, brand.palettes[palette]),
        picture_prompt=_picture_prompt(brand, post, product, artwork)
        if brand.picture_source == "image_service"
        else "",
        intent=_intent(template, post, words),
    )


def _template(
    studio: Studio, post: SeenPost, product: SeenProduct | None, looks: tuple[RecentLook, ...], turn: int
) -> Template:
    """The layout that suits the idea, a little less each time it was used lately."""
    if studio.format is PostFormat.CAROUSEL:
        return Template.CAROUSEL
    words = stems(post.idea.topic, post.idea.angle, post.idea.key_message, post.assignment.pillar.replace("_", " "))
    liking = {
        Template.SEASONAL: 3.0 if post.occasion else 0.2,
        Template.PRODUCT_CARD: 2.2 if product and product.price_label else -5.0,
        Template.FRAMED_WALL: 1.0 + 0.6 * min(3, len(words & _ROOMS)),
        Template.BEFORE_AFTER: 2.6 if len(words & _CHANGES) > 1 else 0.4,
        Template.STATEMENT: 1.4 if product is None else 0.9,
    }
    recent = [look.template for look in looks[:4]]
    choices = rotated([item for item in studio.templates if item is not Template.CAROUSEL], turn, "template")
    return max(choices, key=lambda item: liking.get(item, 0.0) - 0.7 * recent.count(item))


def _artwork(
    brand: ComposerBrand, product: SeenProduct | None, looks: tuple[RecentLook, ...], turn: int, salt: str
) -> ArtworkStyle:
    """The artwork that the product is named after; else the next in the rotation."""
    named = product.name.casefold() if product else ""
    for style in brand.artwork:
        if style.value[:5] in named:
            return style
    return _in_turn(brand.artwork, [look.artwork for look in looks[:1]], turn, salt)


def _in_turn(options: tuple[T, ...], last: list[str], turn: int, salt: str) -> T:
    """The option whose turn it is, or the one after it where that was used last.

    Posts of one week are designed at the same time and see the same recent looks: the turn tells them apart.
    """
    choices = rotated(options, turn, salt)
    return next((option for option in choices if option not in last), choices[0])


def _tone(template: Template, palette: Palette) -> TextTone:
    """The ink that the colours alone suggest. Nobody has seen the picture yet, so on artwork it may turn out wrong.

    An occasion on a warm deep colour asks for glowing light ink; elsewhere the ground decides.
    """
    red, _, blue = rgb(palette.deep)
    warm = template is Template.SEASONAL and int(red) > int(blue)
    return TextTone.LIGHT if warm or luminance(palette.ground) < _DARK_GROUND else TextTone.DARK


def _picture_prompt(brand: ComposerBrand, post: SeenPost, product: SeenProduct | None, artwork: ArtworkStyle) -> str:
    subject = f"{product.name}, {product.description}" if product else Subject(post.idea.topic).title
    style = brand.picture_style or f"calm, with {artwork} shapes and natural light"
    return shortened(f"{subject}. {style}. A quiet area for a headline. No lettering, no logo.", 600)


def _intent(template: Template, post: SeenPost, words: BriefWords) -> str:
    reasons = {
        Template.CAROUSEL: "One point a slide keeps people swiping, and the last slide says what to do",
        Template.PRODUCT_CARD: "The product and its price answer the first two questions at a glance",
        Template.SEASONAL: "The occasion is what people have in mind, so it leads",
        Template.STATEMENT: "The line itself is the picture; nothing competes with it",
        Template.BEFORE_AFTER: "The change is the argument, so both states are shown",
        Template.FRAMED_WALL: "People judge it best where it belongs, so it is shown in place",
    }
    return shortened(f"{reasons[template]}. “{words.headline}” serves the message: {post.idea.key_message}", 400)
