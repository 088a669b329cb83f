"""A brand as brand.yaml describes it: one frozen model, every rule stated where the field stands."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Protocol, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    Field,
    HttpUrl,
    field_validator,
    model_validator,
)

from marketing_pipeline.domain.ad_policy import AdPolicy, ApprovalMode
from marketing_pipeline.domain.brand_channels import Channels
from marketing_pipeline.domain.brand_part import BrandPart, Day, Hashtag, Slug
from marketing_pipeline.domain.brand_rule import AppliesTo, BrandRule
from marketing_pipeline.domain.evaluation import Bar
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.look import Look
from marketing_pipeline.domain.model_batch import ModelBatches
from marketing_pipeline.domain.money import Currency, Money
from marketing_pipeline.domain.posting import WEEKDAYS, Posting, Slot
from marketing_pipeline.domain.week import Week


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no IANA time zone; write one such as Europe/London") from error
    return name


class _Named(Protocol):
    @property
    def id(self) -> str: ...


class Voice(BrandPart):
    """How the brand speaks."""

    summary: Annotated[str, Field(min_length=10, max_length=400)]
    do: Annotated[tuple[str, ...], Field(min_length=1)]
    dont: tuple[str, ...] = ()
    banned_words: tuple[str, ...] = ()
    language: str = "en-GB"


class Audience(BrandPart):
    """People the brand wants to reach."""

    id: Slug
    name: str
    description: str
    cares_about: Annotated[tuple[str, ...], Field(min_length=1)]


class Goal(BrandPart):
    """A figure to reach by a date. `metric` is one that this product measures, or one a person reports."""

    id: Slug
    statement: str
    metric: str
    baseline: float
    target: float
    due: Day


class Occasion(BrandPart):
    """A date or span worth speaking about."""

    id: Slug
    name: str
    start: Day
    end: Day
    lead_days: Annotated[int, Field(ge=0, le=60, description="Days before `start` from which it may be mentioned")] = 7
    note: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"occasion {self.id}: end {self.end} lies before start {self.start}")
        return self


class Pillar(BrandPart):
    """A theme the brand keeps coming back to; weights are shares before anything is learnt."""

    id: Slug
    name: str
    description: str
    weight: Annotated[float, Field(gt=0, le=1)]
    least_share: Annotated[float, Field(ge=0, le=1, description="Of a week's posts, whatever was learnt")] = 0.0
    most_share: Annotated[float, Field(gt=0, le=1, description="Of a week's posts, whatever was learnt")] = 1.0
    keywords: Annotated[tuple[str, ...], Field(min_length=2, description="Words that posts of this pillar use")]
    hashtags: Annotated[tuple[Hashtag, ...], Field(min_length=1)]
    topics: Annotated[tuple[str, ...], Field(min_length=2, description="Subjects to draw from")]


class Product(BrandPart):
    """Something for sale. `price` in units of the brand's currency, as on the price tag."""

    id: Slug
    name: str
    description: str
    price: Annotated[float, Field(gt=0, multiple_of=0.01)]
    framed_price: Annotated[float, Field(gt=0, multiple_of=0.01)] | None = None
    link: HttpUrl
    details: tuple[str, ...] = ()


class Offer(BrandPart):
    """A dated promise that copy may repeat word for word."""

    id: Slug
    statement: str
    start: Day
    end: Day
    code: Annotated[str, Field(pattern=r"^[A-Z0-9]{3,20}$")] | None = None


class Hashtags(BrandPart):
    """Hashtag rules. Instagram refuses above 30; more than 5 are reported not to help."""

    always: tuple[Hashtag, ...] = ()
    most: Annotated[int, Field(ge=0, le=30)] = 5


class ContentApproval(StrEnum):
    """Which posts wait for a person before they are queued."""

    NONE = "none"
    RISKY = "risky"
    ALL = "all"


class Policies(BrandPart):
    """What the system may do by itself."""

    content_approval: ContentApproval = ContentApproval.RISKY
    approval_hours: Annotated[int, Field(ge=1, le=720, description="How long an approval lives")] = 168
    quality_bar: Bar = Bar()
    model_spend_per_week_usd: Annotated[float, Field(ge=0, le=10_000)] = 20.0
    model_batches: ModelBatches = ModelBatches.NEVER
    ads: Annotated[AdPolicy | None, Field(description="Without it no ad is ever changed")] = None
    exploration_share: Annotated[float, Field(ge=0, le=0.5, description="How much what is little known is tried")] = 0.2
    most_alike: Annotated[
        float, Field(ge=0.2, le=1, description="Largest share of a week's posts of one pillar, format or hook")
    ] = 0.6

    @property
    def team_decides(self) -> bool:
        """Whether only known users decide, and nobody about what they proposed themselves."""
        return self.ads is not None and self.ads.approvals.mode is ApprovalMode.TEAM


class Brand(BrandPart):
    """Everything that is theirs, from brand.yaml; and beside it the rules that were accepted for them."""

    id: Slug
    name: str
    tagline: str
    website: HttpUrl
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    currency: Currency
    about: Annotated[str, Field(min_length=20)]
    voice: Voice
    audiences: Annotated[tuple[Audience, ...], Field(min_length=1)]
    goals: Annotated[tuple[Goal, ...], Field(min_length=1)]
    occasions: tuple[Occasion, ...] = ()
    pillars: Annotated[tuple[Pillar, ...], Field(min_length=2, max_length=8)]
    products: Annotated[tuple[Product, ...], Field(min_length=1)]
    offers: tuple[Offer, ...] = ()
    constraints: tuple[str, ...] = ()
    look: Look
    posting: Posting
    hashtags: Hashtags = Hashtags()
    channels: Channels
    policies: Policies = Policies()
    rules: Annotated[
        tuple[BrandRule, ...],
        Field(exclude=True, description="Rules that people have accepted: from the control plane, never from the file"),
    ] = ()

    @field_validator("pillars", "products", "audiences", "goals", "occasions", "offers")
    @classmethod
    def _ids_differ(cls, group: tuple[_Named, ...]) -> tuple[_Named, ...]:
        ids = [item.id for item in group]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"used twice as an id: {', '.join(twice)}")
        return group

    @field_validator("pillars")
    @classmethod
    def _weights_add_up(cls, pillars: tuple[Pillar, ...]) -> tuple[Pillar, ...]:
        total = sum(pillar.weight for pillar in pillars)
        if abs(total - 1) > 0.001:
            raise ValueError(f"the weights of the pillars add up to {total:.3f}; they must add up to 1")
        if sum(pillar.least_share for pillar in pillars) > 1 or sum(pillar.most_share for pillar in pillars) < 1:
            raise ValueError("the pillars' least shares add up to more than 1, or their most shares to less")
        if wrong := [pillar.id for pillar in pillars if pillar.least_share > pillar.most_share]:
            raise ValueError(f"least_share is above most_share: {', '.join(wrong)}")
        return pillars

    @property
    def brand_id(self) -> BrandId:
        """The id, typed."""
        return BrandId(self.id)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the brand's weeks and slots are meant."""
        return ZoneInfo(self.time_zone)

    def planning_moment(self, week: Week) -> datetime:
        """When a week is planned: on a set day and time of the week before, in the brand's zone; as UTC."""
        return week.plus(-1).moment(WEEKDAYS.index(self.posting.plan_on), self.posting.plan_at, self.zone)

    def day_of(self, moment: datetime) -> date:
        """The date of a moment for the brand's people."""
        return moment.astimezone(self.zone).date()

    def pillar(self, pillar_id: str) -> Pillar:
        """The pillar of that id. Raises KeyError."""
        return {pillar.id: pillar for pillar in self.pillars}[pillar_id]

    def product(self, product_id: str) -> Product:
        """The product of that id. Raises KeyError."""
        return {product.id: product for product in self.products}[product_id]

    def slot(self, slot_id: str) -> Slot:
        """The posting slot of that id. Raises KeyError."""
        return {slot.id: slot for slot in self.posting.slots}[slot_id]

    def money(self, units: float) -> Money:
        """A price of the list as money, exact to the cent."""
        return Money(micros=round(units * 100) * 10_000, currency=self.currency)

    def with_rules(self, rules: tuple[BrandRule, ...]) -> Self:
        """The same brand, worked for under these rules."""
        return self.model_copy(update={"rules": rules})

    def rules_for(self, applies_to: AppliesTo) -> tuple[BrandRule, ...]:
        """The rules that speak about copy, or about creatives."""
        return tuple(rule for rule in self.rules if rule.applies_to is applies_to)

    def occasions_between(self, first: date, last: date) -> tuple[Occasion, ...]:
        """Occasions that may be spoken of on any day from `first` to `last`, lead time included."""
        return tuple(
            occasion
            for occasion in self.occasions
            if occasion.start.toordinal() - occasion.lead_days <= last.toordinal() and occasion.end >= first
        )
