"""What agents are told, block by block: domain objects as JSON rows, cut to what the task needs."""

from collections.abc import Sequence
from typing import Any

from marketing_pipeline.agents.prompt import Block
from marketing_pipeline.domain.brand import Brand, Product
from marketing_pipeline.domain.brand_rule import AppliesTo
from marketing_pipeline.domain.learning import FactorEffect, LearningNote, Learnings
from marketing_pipeline.domain.metrics import PostPerformance
from marketing_pipeline.domain.plan import Assignment, PlannedPost, WeeklyPlan
from marketing_pipeline.domain.season import speakable_on
from marketing_pipeline.domain.strategy import calendar_for
from marketing_pipeline.domain.week import Week

Row = dict[str, Any]
LONGEST_COMMENT = 300
"""Characters of one comment that a model is shown: enough to learn from, too few to smuggle in a long text."""


def learnings_block(learnings: Learnings) -> Block:
    """Computed effects as multiples of the average post, and the recommended mix."""
    return Block(
        "learnings",
        {
            "posts": learnings.posts,
            "effects": [_effect_row(effect) for effect in learnings.effects],
            "mix": {
                factor.value: {level: round(share, 3) for level, share in shares.items()}
                for factor, shares in learnings.mix.items()
            },
        },
    )


def notes_block(notes: Sequence[LearningNote]) -> Block:
    """The analyst's last notes: a model's words, written after it read what outsiders may have influenced."""
    told = {"statement", "why", "recommendation"}
    return Block("notes", [note.model_dump(mode="json", include=told) for note in notes], trusted=False)


def assignments_block(assignments: Sequence[Assignment], brand: Brand) -> Block:
    """What code chose for each post, with its day in the brand's zone and the ids that a post of that day may name."""
    return Block(
        "assignments",
        [
            {
                **assignment.model_dump(mode="json"),
                "day": brand.day_of(assignment.scheduled_at).isoformat(),
                "may_name": speakable_on(brand, brand.day_of(assignment.scheduled_at)),
            }
            for assignment in assignments
        ],
    )


def post_block(post: PlannedPost, brand: Brand) -> Block:
    """One planned post, with its weekday and the occasion that it uses."""
    return Block(
        "post",
        {
            "id": post.id,
            "assignment": post.assignment.model_dump(mode="json"),
            "idea": post.idea.model_dump(mode="json"),
            "weekday": brand.slot(post.assignment.slot).weekday,
            "occasion": _occasion_row(post, brand),
        },
    )


def product_rows(brand: Brand) -> list[Row]:
    """The product list, with prices as a customer reads them."""
    return [
        {
            "id": product.id,
            "name": product.name,
            "description": product.description,
            "price_label": price_label(product, brand),
            "framed_price_label": framed_price_label(product, brand),
            "link": str(product.link),
            "details": list(product.details),
        }
        for product in brand.products
    ]


def price_label(product: Product, brand: Brand) -> str:
    """The price as it may be written, such as £48."""
    return brand.money(product.price).label()


def framed_price_label(product: Product, brand: Brand) -> str | None:
    """The price with its frame, where there is one."""
    return None if product.framed_price is None else brand.money(product.framed_price).label()


def written_post_block(post: PlannedPost, brand: Brand) -> Block:
    """The same for a writer: with the post's pillar and audience, and the offers in force on its day."""
    day = brand.day_of(post.assignment.scheduled_at)
    audience = next((item for item in brand.audiences if item.id == post.idea.audience), brand.audiences[0])
    return Block(
        "post",
        {
            **post_block(post, brand).content,
            "pillar": brand.pillar(post.assignment.pillar).model_dump(mode="json"),
            "audience": audience.model_dump(mode="json"),
            "offers": [offer.model_dump(mode="json") for offer in brand.offers if offer.start <= day <= offer.end],
        },
    )


def copy_brand_block(brand: Brand) -> Block:
    """What a writer needs to know of the brand for any post: voice, products, addresses, hashtags."""
    return Block(
        "brand",
        {
            "name": brand.name,
            "voice": brand.voice.model_dump(mode="json"),
            "website": str(brand.website),
            "currency": brand.currency,
            "hashtags": brand.hashtags.model_dump(mode="json"),
            "handle": brand.channels.instagram.handle,
            "products": product_rows(brand),
        },
    )


def look_brand_block(brand: Brand) -> Block:
    """What a designer needs to know of the brand: palettes, artwork, pictures, products."""
    look = brand.look
    return Block(
        "brand",
        {
            "name": brand.name,
            "tagline": brand.tagline,
            "website": str(brand.website),
            "palettes": _palettes(brand),
            "artwork": [style.value for style in look.artwork],
            "picture_source": look.picture_source,
            "picture_style": look.picture_style,
            "products": product_rows(brand),
        },
    )


def judged_brand_block(brand: Brand) -> Block:
    """What a judge of pictures needs to know of the brand."""
    return Block("brand", {"name": brand.name, "voice_summary": brand.voice.summary, "palettes": _palettes(brand)})


def brand_rules_blocks(brand: Brand, *about: AppliesTo) -> tuple[Block, ...]:
    """The rules that people of the brand have accepted, about copy, creatives or both; else no block."""
    rules = [rule.told() for rule in brand.rules if rule.applies_to in about]
    return (Block("brand_rules", rules),) if rules else ()


def recent_posts_block(plans: Sequence[WeeklyPlan]) -> Block:
    """What the last plans spoke about, so that a week does not repeat them."""
    rows = [
        {
            "topic": post.idea.topic,
            "pillar": post.assignment.pillar,
            "product": post.idea.product,
            "week": plan.week,
        }
        for plan in plans
        for post in plan.posts
    ]
    return Block("recent_posts", rows)


def performance_block(name: str, rows: Sequence[PostPerformance]) -> Block:
    """Published posts and what came of them, as data from outside; absent numbers stay null."""
    fields = {"post", "topic", "hook_line", "pillar", "format", "hook", "slot", "age"}
    numbers = {"reach", "views", "likes", "comments", "saved", "shares"}
    content = [{**row.model_dump(mode="json", include=fields | numbers), "engagement": row.engagement} for row in rows]
    return Block(name, content, trusted=False)


def comments_block(comments: Sequence[str]) -> Block:
    """What people wrote under earlier posts, each cut to LONGEST_COMMENT characters."""
    return Block("comments", [comment[:LONGEST_COMMENT] for comment in comments], trusted=False)


def _effect_row(effect: FactorEffect) -> Row:
    return {
        "factor": effect.factor.value,
        "level": effect.level,
        "multiple": round(effect.multiple, 3),
        "low": round(effect.low, 3),
        "high": round(effect.high, 3),
        "known": effect.known,
        "posts": effect.posts,
    }


def _occasion_row(post: PlannedPost, brand: Brand) -> Row | None:
    """The occasion of the idea, where the post's own day is one on which it may be named."""
    if post.idea.occasion not in speakable_on(brand, brand.day_of(post.assignment.scheduled_at)):
        return None
    week = Week.containing(post.assignment.scheduled_at, brand.zone)
    rows: dict[str, Row] = {row["id"]: dict(row) for row in calendar_for(brand, week)}
    return rows.get(post.idea.occasion)


def _palettes(brand: Brand) -> Row:
    return {name: palette.model_dump(mode="json") for name, palette in brand.look.palettes.items()}
