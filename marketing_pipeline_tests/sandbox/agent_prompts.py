"""Prompts as the agents send them: the data blocks of each, made from domain objects."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from marketing_pipeline.domain.allocation import allocate
from marketing_pipeline.domain.brand import Brand, Product
from marketing_pipeline.domain.creative import CreativeBrief, PostFormat, Template
from marketing_pipeline.domain.evaluation import CreativeEvaluation, Criterion
from marketing_pipeline.domain.identifiers import post_id
from marketing_pipeline.domain.learning import Learnings
from marketing_pipeline.domain.learning_engine import learn
from marketing_pipeline.domain.plan import Assignment, PlannedPost, PostIdea, WeeklyPlanDraft
from marketing_pipeline.domain.season import speakable_on
from marketing_pipeline.domain.strategy import calendar_for, strategy_of
from marketing_pipeline.domain.variation import CopyVariation, VariationSet
from marketing_pipeline.domain.week import Week
from marketing_pipeline.sandbox.answers.answer import Agent, answer
from marketing_pipeline_tests.fixtures import NOW

Row = dict[str, Any]
SEED = 7


def block(name: str, content: object, *, trusted: bool = True) -> str:
    """One data block; nothing inside can close it."""
    body = json.dumps(content, ensure_ascii=False)
    for sign in "<>&":
        body = body.replace(sign, f"\\u{ord(sign):04x}")
    return f'<data name="{name}">\n{body}\n</data>' if trusted else f'<untrusted source="{name}">\n{body}\n</untrusted>'


def prompt_of(blocks: Row, **untrusted: object) -> str:
    """The text of a user turn."""
    parts = [block(name, content) for name, content in blocks.items()]
    return "\n".join([*parts, *(block(name, content, trusted=False) for name, content in untrusted.items()), "Do it."])


def effect(factor: str, level: str, multiple: float, *, known: bool = True, posts: int = 9) -> Row:
    """One computed effect with a believable interval."""
    low, high = (multiple * 0.9, multiple * 1.1) if known else (multiple * 0.7, multiple * 1.4)
    return {
        "factor": factor, "level": level, "multiple": multiple, "low": low, "high": high, "known": known,
        "posts": posts,
    }  # fmt: skip


def learnings_row(effects: Sequence[Row] = (), posts: int = 0, mix: Row | None = None) -> Row:
    """The learnings block."""
    return {"posts": posts, "effects": list(effects), "mix": mix or {}}


def product_row(product: Product, brand: Brand) -> Row:
    """A product as writers are shown it."""
    framed = product.framed_price
    return {
        "id": product.id,
        "name": product.name,
        "description": product.description,
        "price_label": brand.money(product.price).label(),
        "framed_price_label": None if framed is None else brand.money(framed).label(),
        "link": str(product.link),
        "details": list(product.details),
    }


@dataclass
class Desk:
    """The five agents of one brand, asked directly; it remembers what was made, as the product does."""

    brand: Brand
    seed: int = SEED
    recent_posts: list[Row] = field(default_factory=list[Row])
    recent_hooks: list[str] = field(default_factory=list[str])
    recent_looks: list[Row] = field(default_factory=list[Row])

    def assignments(self, week: Week) -> tuple[Assignment, ...]:
        """What code chose for the week, before anything was learnt."""
        return allocate(self.brand, week, self.nothing_learnt(week), self.seed)

    def nothing_learnt(self, week: Week) -> Learnings:
        """Learnings of a brand that has not posted."""
        return learn(self.brand, week.key, [], NOW)

    def plan_prompt(self, week: Week, learnings: Row | None = None, performance: Sequence[Row] = ()) -> str:
        """The strategist's prompt."""
        blocks: Row = {
            "strategy": strategy_of(self.brand).content,
            "week": {"key": week.key, "days": [day.isoformat() for day in week.days()]},
            "assignments": [
                {**item.model_dump(mode="json"), "may_name": self.may_name(item)} for item in self.assignments(week)
            ],
            "learnings": learnings or learnings_row(),
            "calendar": list(calendar_for(self.brand, week)),
            "recent_posts": self.recent_posts,
        }
        return prompt_of(blocks, recent_performance=list(performance))

    def may_name(self, assignment: Assignment) -> tuple[str, ...]:
        """Occasions and offers of the assignment's own day."""
        return speakable_on(self.brand, self.brand.day_of(assignment.scheduled_at))

    def plan(self, week: Week, learnings: Row | None = None, performance: Sequence[Row] = ()) -> WeeklyPlanDraft:
        """A planned week."""
        text = answer(Agent.PLAN, [self.plan_prompt(week, learnings, performance)], [], self.seed)
        return WeeklyPlanDraft.model_validate_json(text)

    def posts(self, week: Week) -> list[PlannedPost]:
        """The week's posts; they count as recent afterwards."""
        ideas = {idea.position: idea for idea in self.plan(week).posts}
        made = [self.planned(week, item, ideas[item.position]) for item in self.assignments(week)]
        self.recent_posts += [
            {"topic": post.idea.topic, "pillar": post.assignment.pillar, "product": post.idea.product, "week": week.key}
            for post in made
        ]
        return made

    def planned(self, week: Week, assignment: Assignment, idea: PostIdea) -> PlannedPost:
        """One post of a plan."""
        number = post_id(self.brand.brand_id, week.key, assignment.position)
        return PlannedPost(id=number, assignment=assignment, idea=idea)

    def post_row(self, post: PlannedPost) -> Row:
        """The post block."""
        week = Week.containing(post.assignment.scheduled_at, self.brand.zone)
        rows = {row["id"]: row for row in calendar_for(self.brand, week)}
        return {
            "id": post.id,
            "assignment": post.assignment.model_dump(mode="json"),
            "idea": post.idea.model_dump(mode="json"),
            "weekday": self.brand.slot(post.assignment.slot).weekday,
            "occasion": rows.get(post.idea.occasion) if post.idea.occasion in self.may_name(post.assignment) else None,
        }

    def copy_blocks(self, post: PlannedPost) -> Row:
        """The copywriter's blocks."""
        brand = self.brand
        audience = next(item for item in brand.audiences if item.id == post.idea.audience)
        return {
            "brand": {
                "name": brand.name,
                "voice": brand.voice.model_dump(mode="json"),
                "website": str(brand.website),
                "currency": brand.currency,
                "hashtags": brand.hashtags.model_dump(mode="json"),
                "handle": brand.channels.instagram.handle,
                "products": [product_row(product, brand) for product in brand.products],
            },
            "post": {
                **self.post_row(post),
                "pillar": brand.pillar(post.assignment.pillar).model_dump(mode="json"),
                "audience": audience.model_dump(mode="json"),
                "offers": [offer.model_dump(mode="json") for offer in brand.offers],
            },
            "learnings": learnings_row(),
            "recent_hooks": self.recent_hooks,
            "rules": {
                "caption_limit": 2200,
                "hashtags_at_most": brand.hashtags.most,
                "always": list(brand.hashtags.always),
                "banned_words": list(brand.voice.banned_words),
            },
        }

    def write(self, post: PlannedPost, *turns: str, **changes: object) -> VariationSet:
        """Variations of a post; `changes` replace or add blocks, `turns` are later user turns."""
        prompt = prompt_of({**self.copy_blocks(post), **changes})
        return VariationSet.model_validate_json(answer(Agent.COPY, [prompt, *turns], [], self.seed))

    def compose_blocks(self, post: PlannedPost, copy: CopyVariation) -> Row:
        """The composer's blocks."""
        brand, look = self.brand, self.brand.look
        carousel = post.assignment.format is PostFormat.CAROUSEL
        return {
            "brand": {
                "name": brand.name,
                "tagline": brand.tagline,
                "website": str(brand.website),
                "palettes": {name: palette.model_dump(mode="json") for name, palette in look.palettes.items()},
                "artwork": list(look.artwork),
                "picture_source": look.picture_source,
                "picture_style": look.picture_style,
                "products": [product_row(product, brand) for product in brand.products],
            },
            "post": self.post_row(post),
            "copy": copy.model_dump(mode="json", include={"hook_line", "caption", "alt_text"}),
            "studio": {
                "templates": [item for item in Template if (item is Template.CAROUSEL) is carousel],
                "format": post.assignment.format,
                "text_limits": {"headline": 90, "kicker": 32, "slides[].title": 60},
            },
            "recent_looks": self.recent_looks,
        }

    def compose(self, post: PlannedPost, copy: CopyVariation, **changes: object) -> CreativeBrief:
        """A brief; `changes` replace or add blocks."""
        reasons = changes.pop("reasons", [])
        prompt = prompt_of({**self.compose_blocks(post, copy), **changes}, reasons=reasons)
        return CreativeBrief.model_validate_json(answer(Agent.BRIEF, [prompt], [], self.seed))

    def revise(self, post: PlannedPost, copy: CopyVariation, brief: CreativeBrief, *reasons: str) -> CreativeBrief:
        """The brief mended."""
        revision = {"attempt": 2, "brief": brief.model_dump(mode="json")}
        return self.compose(post, copy, revision=revision, reasons=reasons)

    def judge(
        self, post: PlannedPost, brief: CreativeBrief, pictures: Sequence[Any], checks: Sequence[Row] = ()
    ) -> CreativeEvaluation:
        """A verdict on pictures."""
        blocks: Row = {
            "brand": {
                "name": self.brand.name,
                "voice_summary": self.brand.voice.summary,
                "palettes": {name: item.model_dump(mode="json") for name, item in self.brand.look.palettes.items()},
            },
            "post": self.post_row(post),
            "brief": brief.model_dump(mode="json"),
            "checks": list(checks),
            "criteria": [
                {"criterion": item, "question": "?", "good": "", "acceptable": "", "poor": ""} for item in Criterion
            ],
        }
        return CreativeEvaluation.model_validate_json(
            answer(Agent.EVALUATION, [prompt_of(blocks)], pictures, self.seed)
        )
