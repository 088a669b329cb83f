"""The copywriter: words for one planned post, in at least three variations, one chosen with a reason."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from marketing_pipeline.agents.briefing import (
    brand_rules_blocks,
    comments_block,
    copy_brand_block,
    learnings_block,
    notes_block,
    written_post_block,
)
from marketing_pipeline.agents.language_model import Answered, LanguageModel
from marketing_pipeline.agents.prompt import Block, load_prompt
from marketing_pipeline.agents.question import Question
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.brand_rule import AppliesTo
from marketing_pipeline.domain.caption import CAPTION_LIMIT, HASHTAG_LIMIT, Violation, check_season, check_variation
from marketing_pipeline.domain.learning import LearningNote, Learnings
from marketing_pipeline.domain.model_call import CallSubject
from marketing_pipeline.domain.money import prices_in
from marketing_pipeline.domain.plan import PlannedPost
from marketing_pipeline.domain.said_captions import SaidCaptions
from marketing_pipeline.domain.variation import CopyVariation, VariationSet

AGENT = "copywriter"
TASK = "Write the variations for this post, then choose one and say why."


async def write(
    model: LanguageModel,
    *,
    brand: Brand,
    post: PlannedPost,
    learnings: Learnings,
    notes: Sequence[LearningNote],
    recent_hooks: Sequence[str],
    said: SaidCaptions,
    subject: CallSubject,
    note: str | None = None,
    comments: Sequence[str] = (),
) -> Answered[VariationSet]:
    """Ask for the words of one post. Every variation obeys the brand's rules; the chosen one uses the planned hook.

    `said` are the captions of the brand's other posts, of which none may come back; `note` is what a person said when
    sending the post back; `comments` are words of the public. Raises ModelCallFailed and SpendCapReached, as
    LanguageModel.ask does.
    """
    optional = [Block("note", note)] if note else []
    if comments:
        optional.append(comments_block(comments))
    question = replace(
        opening(brand, learnings, recent_hooks),
        blocks=(written_post_block(post, brand), *optional, notes_block(notes)),
        task=TASK,
        check=rules(brand, post, recent_hooks, said),
    )
    return await model.ask(question, subject=subject, brand=brand)


def opening(brand: Brand, learnings: Learnings, recent_hooks: Sequence[str]) -> Question[VariationSet]:
    """What every question about a post of this week begins with."""
    return Question(
        agent=AGENT,
        prompt=load_prompt(AGENT),
        lasting=(copy_brand_block(brand), _rules_block(brand), *brand_rules_blocks(brand, AppliesTo.COPY)),
        weekly=(learnings_block(learnings), Block("recent_hooks", list(recent_hooks))),
        blocks=(),
        task="",
        answer=VariationSet,
        check=lambda _: (),
        max_tokens=12_000,
    )


def rules(
    brand: Brand, post: PlannedPost, recent_hooks: Sequence[str], said: SaidCaptions
) -> Callable[[VariationSet], tuple[Violation, ...]]:
    """What the variations of this post must obey."""
    used = {_plain(line) for line in recent_hooks}
    day = brand.day_of(post.assignment.scheduled_at)

    def check(answer: VariationSet) -> tuple[Violation, ...]:
        found: list[Violation] = [*_chosen(answer, post), *_hook_lines(answer, used)]
        for number, variation in enumerate(answer.variations, start=1):
            season = check_season(variation.caption, "caption", brand, day)
            again = said.taken(variation.caption, post.id)
            for broken in (*check_variation(variation, brand), *_prices(variation, post, brand), *season, *again):
                found.append(broken.model_copy(update={"where": f"variations[{number}].{broken.where}"}))
        return tuple(found)

    return check


def _rules_block(brand: Brand) -> Block:
    return Block(
        "rules",
        {
            "caption_limit": CAPTION_LIMIT,
            "hashtags_at_most": min(brand.hashtags.most, HASHTAG_LIMIT),
            "always": list(brand.hashtags.always),
            "banned_words": list(brand.voice.banned_words),
        },
    )


def _chosen(answer: VariationSet, post: PlannedPost) -> Iterable[Violation]:
    hook = answer.variations[answer.chosen - 1].hook
    if hook is not post.assignment.hook:
        problem = f"the chosen variation has the hook {hook}; the plan asks for {post.assignment.hook}"
        yield Violation(rule="planned_hook", where="chosen", problem=problem)


def _hook_lines(answer: VariationSet, used: set[str]) -> Iterable[Violation]:
    seen = set(used)
    for number, variation in enumerate(answer.variations, start=1):
        line = _plain(variation.hook_line)
        if line in seen:
            why = "was used in a recent post" if line in used else "stands in another variation too"
            yield Violation(
                rule="new_hook_line",
                where=f"variations[{number}].hook_line",
                problem=f"{variation.hook_line!r} {why}; write another",
            )
        seen.add(line)


def _prices(variation: CopyVariation, post: PlannedPost, brand: Brand) -> Iterable[Violation]:
    """A post about one product names only its prices, or those of an offer."""
    if post.idea.product is None:
        return
    product = brand.product(post.idea.product)
    allowed: set[Decimal] = {
        brand.money(price).amount for price in (product.price, product.framed_price) if price is not None
    }
    for offer in brand.offers:
        allowed |= prices_in(offer.statement)
    for price in sorted(prices_in(variation.caption) - allowed):
        yield Violation(rule="price_of_product", where="caption", problem=f"{price} is no price of {product.name}")


def _plain(line: str) -> str:
    """A hook line without case, punctuation and spacing: what makes two of them the same."""
    return " ".join(re.findall(r"\w+", line.casefold()))
