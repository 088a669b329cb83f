"""The strategist: a theme, a rationale that cites what is known, and an idea for every assignment."""

from collections import Counter
from collections.abc import Sequence

from marketing_pipeline.domain.brand import Audience, Pillar
from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.plan import Hook, PostIdea, WeeklyPlanDraft
from marketing_pipeline.sandbox.answers.phrases import filled, phrases
from marketing_pipeline.sandbox.answers.plan_prompt import RecentPost, SeenAssignment, SeenStrategy, SeenVoice, SeenWeek
from marketing_pipeline.sandbox.answers.plan_rationale import rationale, theme
from marketing_pipeline.sandbox.answers.prompt import Problem, Prompt, SeenLearnings, SeenOccasion, SeenProduct
from marketing_pipeline.sandbox.answers.wording import (
    Form,
    Subject,
    bare,
    host,
    inside,
    rotated,
    sentence,
    short_name,
    shortened,
    stems,
    turn_of,
    unpriced,
)

_FOR_SALE = stems("product", "shop", "range", "collection", "menu", "offer", "gift", "gifting", "sale", "catalogue")
_FESTIVE = stems("seasonal", "gift", "gifting", "occasion", "celebration", "holiday", "offer")
_LEAST_IN_COMMON = 2
_MOST_WITH_A_DATE = 2
_TOPIC_LIMIT = 120


class _Week:
    """What the ideas of one week share: they must not take the same topic or product twice while others wait."""

    def __init__(self, prompt: Prompt, seed: int) -> None:
        self.strategy = prompt.needed("strategy", SeenStrategy)
        self.week = prompt.needed("week", SeenWeek)
        self.calendar = prompt.optional("calendar", tuple[SeenOccasion, ...], ())
        self.recent = prompt.optional("recent_posts", tuple[RecentPost, ...], ())
        self.names = self.strategy.names()
        self.salt = f"{seed}/{self.strategy.name}"
        self.start = turn_of(f"week-{self.week.key}-0")
        self.taken_topics: Counter[str] = Counter()
        self.taken_products: Counter[str] = Counter()
        self.taken_dates: Counter[str] = Counter()

    def topic(self, pillar: Pillar, turn: int) -> str:
        """The topic that was used longest ago; within the week each once before any comes twice."""
        last = {post.topic: number for number, post in enumerate(self._oldest_first())}
        choices = rotated([unpriced(item) for item in pillar.topics], turn // 7, f"{self.salt}/topic/{pillar.id}")
        topic = min(choices, key=lambda item: (self.taken_topics[item], last.get(item, -1)))
        self.taken_topics[topic] += 1
        return topic if self.taken_topics[topic] == 1 else f"{bare(topic)}, part {self.taken_topics[topic]}"

    def product(self, pillar: Pillar, topic: str, turn: int) -> SeenProduct | None:
        """The product that fits topic and pillar and was shown longest ago; None where none fits.

        Every third post may show any product, and every second one that has little in common with the topic: a brand
        with a short list would show none otherwise.
        """
        words = stems(topic, *pillar.keywords)
        fits = {
            item.id: len(words & stems(item.name, item.description, *item.details)) for item in self.strategy.products
        }
        for_sale = stems(pillar.id.replace("_", " "), pillar.name) & _FOR_SALE
        least = 0 if for_sale or turn % 3 == 0 else 1 if turn % 2 == 0 else _LEAST_IN_COMMON
        fitting = [item for item in self.strategy.products if fits[item.id] >= least]
        if not fitting:
            return None
        last = {post.product: number for number, post in enumerate(self._oldest_first()) if post.product}
        wanted = stems(topic)
        product = min(
            rotated(fitting, turn // 7, f"{self.salt}/product"),
            key=lambda item: (
                self.taken_products[item.id],
                -len(wanted & stems(item.name)),
                last.get(item.id, -1),
                -fits[item.id],
            ),
        )
        self.taken_products[product.id] += 1
        return product

    def occasion(
        self, pillar: Pillar, topic: str, product: SeenProduct | None, may_name: Sequence[str]
    ) -> SeenOccasion | None:
        """A date of the post's day that pillar or topic has to do with, for two posts a week; an offer for one."""
        festive = stems(pillar.id.replace("_", " "), pillar.name) & _FESTIVE
        words = stems(topic, *pillar.keywords)
        offers = {offer.id for offer in self.strategy.offers}
        for row in (row for row in self.calendar if row.id in may_name):
            kind = "offer" if row.id in offers else "date"
            suits = words & stems(row.name, row.note) or festive
            if kind == "offer" and product is None:
                continue
            if suits and self.taken_dates[kind] < (1 if kind == "offer" else _MOST_WITH_A_DATE):
                self.taken_dates[kind] += 1
                return row
        return None

    def audience(self, pillar: Pillar, topic: str, turn: int) -> Audience:
        """The audience whose cares the topic meets; where none or several do, each in its turn."""
        words = stems(topic, pillar.name, *pillar.keywords)
        choices = rotated(self.strategy.audiences, turn, f"{self.salt}/audience")
        return max(choices, key=lambda item: len(words & stems(item.name, item.description, *item.cares_about)))

    def _oldest_first(self) -> list[RecentPost]:
        return sorted(self.recent, key=lambda post: post.week)


def plan(prompt: Prompt, seed: int) -> WeeklyPlanDraft:
    """An idea for each assignment, in its own factors, and why the week looks as it does."""
    week = _Week(prompt, seed)
    assignments = prompt.needed("assignments", tuple[SeenAssignment, ...])
    learnings = prompt.optional("learnings", SeenLearnings, SeenLearnings())
    problems = prompt.optional("problems", tuple[Problem, ...], ())
    posts = tuple(_idea(week, assignment, problems) for assignment in assignments)
    used = [row for row in week.calendar if any(post.occasion == row.id for post in posts)]
    names = {pillar.id: pillar.name for pillar in week.strategy.pillars}
    return WeeklyPlanDraft(
        theme=theme(names, assignments, learnings, used, week.start, week.salt),
        rationale=rationale(prompt, names, assignments, posts, learnings, used),
        posts=posts,
    )


def _idea(week: _Week, assignment: SeenAssignment, problems: Sequence[Problem]) -> PostIdea:
    pillar = next((item for item in week.strategy.pillars if item.id == assignment.pillar), week.strategy.pillars[0])
    turn = week.start + assignment.position
    topic = week.topic(pillar, turn)
    product = week.product(pillar, topic, turn)
    occasion = week.occasion(pillar, topic, product, assignment.may_name)
    audience = week.audience(pillar, topic, turn)
    subject = Subject(topic, week.names)
    care = rotated(audience.cares_about, turn // 3, f"{week.salt}/care")[0]
    facts = {
        "about": shortened(subject.about, 90),
        "np": subject.noun_phrase,
        "scene": subject.scene,
        "clause": subject.about if subject.form is Form.CLAUSE else "",
        "cares": shortened(inside(unpriced(care), week.names), 80),
        "brand": week.strategy.name,
        "host": host(week.strategy.website),
        **_product_facts(product, week.names),
    }
    banned = _avoided(week.strategy.voice, problems)
    salt = f"{week.salt}/idea"
    hook, shape = assignment.hook, assignment.format
    angle = _first(f"angle_{hook}", facts, turn, salt, banned, 150)
    manner = _first(f"shape_{shape}", facts, turn, salt, banned, 80)
    return PostIdea(
        position=assignment.position,
        topic=shortened(sentence(topic).removesuffix("."), _TOPIC_LIMIT),
        angle=f"{angle}; {manner}.",
        key_message=_first(_message(hook, turn, product), facts, turn, salt, banned, 240),
        audience=audience.id,
        product=product.id if product else None,
        occasion=occasion.id if occasion else None,
        call_to_action=_first(_action(hook, shape, product), facts, turn, salt, banned, 120),
    )


def _product_facts(product: SeenProduct | None, names: frozenset[str]) -> dict[str, str]:
    if product is None:
        return {}
    gist = product.description.split(". ")[0]
    details = [inside(item, names) for item in product.details]
    return {
        "name": short_name(product.name),
        "gist": inside(gist, names),
        "detail": details[0] if details else "",
        "second": details[1] if len(details) > 1 else "",
    }


def _message(hook: Hook, turn: int, product: SeenProduct | None) -> str:
    """A claim stands on the product's facts; elsewhere the reader's own question comes first, two times in three."""
    return "message_product" if product and (hook is Hook.CLAIM or turn % 3 == 0) else "message_plain"


def _action(hook: Hook, shape: PostFormat, product: SeenProduct | None) -> str:
    """Ask for what the post makes easy: an answer, a save, or a look at the product."""
    if hook is Hook.QUESTION or (shape is PostFormat.CAROUSEL and hook in (Hook.LIST, Hook.HOW_TO)):
        return f"action_{hook}"
    return "action_product" if product else f"action_{hook}"


def _avoided(voice: SeenVoice, problems: Sequence[Problem]) -> frozenset[str]:
    """Banned words, and those that a repair turn puts between quotation marks."""
    told = [part for problem in problems for part in problem.problem.split("'")[1::2] if len(part) > 2]
    return frozenset(word.casefold() for word in (*voice.banned_words, *told))


def _first(purpose: str, facts: dict[str, str], turn: int, salt: str, banned: frozenset[str], limit: int) -> str:
    """The next sentence for the purpose that the facts fill, without a banned word and within the limit."""
    for template in rotated(phrases("plan")[purpose], turn, f"{salt}/{purpose}"):
        text = filled(template, facts)
        if text and len(text) <= limit and not any(word in text.casefold() for word in banned):
            return text
    return shortened(
        filled(phrases("plan")[purpose][0], {**dict.fromkeys(facts, ""), **facts}) or facts["about"], limit
    )
