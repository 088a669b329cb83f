"""The composer: turns a post and its words into a creative brief, and mends a brief that was found wanting."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from marketing_pipeline.agents.briefing import (
    brand_rules_blocks,
    framed_price_label,
    look_brand_block,
    post_block,
    price_label,
)
from marketing_pipeline.agents.language_model import Answered, LanguageModel
from marketing_pipeline.agents.prompt import Block, load_prompt
from marketing_pipeline.agents.question import Question
from marketing_pipeline.agents.revision import Revision, unmended
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.brand_rule import AppliesTo
from marketing_pipeline.domain.caption import Violation, brief_texts, check_brief, check_season
from marketing_pipeline.domain.creative import CreativeBrief, PostFormat, Slide, Template
from marketing_pipeline.domain.model_call import CallSubject
from marketing_pipeline.domain.plan import PlannedPost
from marketing_pipeline.domain.variation import CopyVariation

AGENT = "composer"
COMPOSE = "Write the creative brief for this post."
REVISE = "Revise the brief in `revision`: mend every one of `reasons`, and keep what was right."


async def compose(
    model: LanguageModel,
    *,
    brand: Brand,
    post: PlannedPost,
    copy: CopyVariation,
    recent_looks: Sequence[CreativeBrief],
    subject: CallSubject,
) -> Answered[CreativeBrief]:
    """Ask for the first brief of a post. Raises ModelCallFailed and SpendCapReached, as LanguageModel.ask does."""
    question = replace(
        opening(brand, recent_looks), blocks=_blocks(brand, post, copy), task=COMPOSE, check=rules(brand, post)
    )
    return await model.ask(question, subject=subject, brand=brand)


async def revise(
    model: LanguageModel,
    *,
    brand: Brand,
    post: PlannedPost,
    copy: CopyVariation,
    recent_looks: Sequence[CreativeBrief],
    revision: Revision,
    subject: CallSubject,
) -> Answered[CreativeBrief]:
    """Ask for a better brief; it changes something that can mend each named reason.

    Raises ModelCallFailed and SpendCapReached, as LanguageModel.ask does.
    """
    blocks = (
        *_blocks(brand, post, copy),
        Block("revision", revision.model_dump(mode="json", exclude={"reasons"})),
        # An evaluator that looked at a picture may repeat what was written in it.
        Block("reasons", list(revision.reasons), trusted=False),
    )
    base = rules(brand, post)

    def check(brief: CreativeBrief) -> tuple[Violation, ...]:
        return (*base(brief), *unmended(revision, brief))

    question = replace(opening(brand, recent_looks), blocks=blocks, task=REVISE, check=check)
    return await model.ask(question, subject=subject, brand=brand)


def opening(brand: Brand, recent_looks: Sequence[CreativeBrief]) -> Question[CreativeBrief]:
    """What every question about a picture of this week begins with."""
    look = {"template", "palette", "artwork", "artwork_seed"}
    return Question(
        agent=AGENT,
        prompt=load_prompt(AGENT),
        lasting=(look_brand_block(brand), *brand_rules_blocks(brand, AppliesTo.COPY, AppliesTo.CREATIVE)),
        weekly=(Block("recent_looks", [brief.model_dump(mode="json", include=look) for brief in recent_looks]),),
        blocks=(),
        task="",
        answer=CreativeBrief,
        check=lambda _: (),
    )


def allowed_templates(post: PlannedPost) -> tuple[Template, ...]:
    """Layouts that can show a post: a carousel has its own; a product card needs a product."""
    if post.assignment.format is PostFormat.CAROUSEL:
        return (Template.CAROUSEL,)
    without = {Template.CAROUSEL} if post.idea.product else {Template.CAROUSEL, Template.PRODUCT_CARD}
    return tuple(template for template in Template if template not in without)


def rules(brand: Brand, post: PlannedPost) -> Callable[[CreativeBrief], tuple[Violation, ...]]:
    """What a brief for this post must obey."""

    def check(brief: CreativeBrief) -> tuple[Violation, ...]:
        day = brand.day_of(post.assignment.scheduled_at)
        season = (broken for where, text in brief_texts(brief) for broken in check_season(text, where, brand, day))
        return (*check_brief(brief, brand), *_layout(brief, post), *_price(brief, post, brand), *season)

    return check


def _layout(brief: CreativeBrief, post: PlannedPost) -> Iterable[Violation]:
    if brief.format is not post.assignment.format:
        problem = f"{brief.format} is not the planned format {post.assignment.format}"
        yield Violation(rule="planned_format", where="format", problem=problem)
    templates = allowed_templates(post)
    if brief.template not in templates:
        problem = f"{brief.template} is none of: {', '.join(templates)}"
        yield Violation(rule="allowed_template", where="template", problem=problem)


def _price(brief: CreativeBrief, post: PlannedPost, brand: Brand) -> Iterable[Violation]:
    product = brand.product(post.idea.product) if post.idea.product else None
    labels = (price_label(product, brand), framed_price_label(product, brand)) if product else ()
    if brief.price_label and brief.price_label not in labels:
        wanted = " or ".join(label for label in labels if label) or "empty, since the post shows no product"
        yield Violation(rule="price_label", where="price_label", problem=f"{brief.price_label!r} must be {wanted}")
    if brief.template is Template.PRODUCT_CARD and not brief.price_label:
        yield Violation(rule="price_label", where="price_label", problem="a product card shows the product's price")


def _blocks(brand: Brand, post: PlannedPost, copy: CopyVariation) -> tuple[Block, ...]:
    studio = {
        "templates": [template.value for template in allowed_templates(post)],
        "format": post.assignment.format.value,
        "text_limits": text_limits(),
    }
    return (
        post_block(post, brand),
        Block("copy", copy.model_dump(mode="json", include={"hook_line", "caption", "alt_text"})),
        Block("studio", studio),
    )


def text_limits() -> dict[str, int]:
    """Most characters of each text that the studio typesets, as the brief itself states them."""
    limits: dict[str, int] = {}
    for prefix, shape in (("", CreativeBrief), ("slides[].", Slide)):
        for name, field in shape.model_json_schema()["properties"].items():
            if "maxLength" in field and name not in ("palette", "picture_prompt", "intent"):
                limits[prefix + name] = field["maxLength"]
    return limits
