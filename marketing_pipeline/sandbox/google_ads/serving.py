"""What an account would show if somebody searched now: every pair of a search term and an ad, and its market."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
from marketing_pipeline.sandbox.google_ads.api import Proto, enum_name
from marketing_pipeline.sandbox.google_ads.chance import Floats, Ints, Keys, key
from marketing_pipeline.sandbox.google_ads.search_terms import NegativeKeyword, kept_away, terms_met
from marketing_pipeline.sandbox.google_ads.traits import CampaignTraits, ad_traits, campaign_traits, keyword_traits

_BID_DRAW = 0.6
"""Bidding twice as much brings 2**0.6 times the part of the market; assumed, as is what it does to the price."""
_BID_PRICE = 0.3
_TARGET_DRAW = 0.7


@dataclass(frozen=True)
class Pair:
    """A search term that meets an ad through a keyword."""

    campaign: int
    ad_group: int
    criterion: int
    ad: int
    term: str
    share: float
    quality: float
    price: float
    ctr: float
    place: int
    """Of its campaign in `Serving.campaigns`."""


@dataclass(frozen=True)
class ServingCampaign:
    """A campaign that may spend. `reach` multiplies its demand: a looser target reaches more auctions."""

    id: int
    budget: str
    amount: int
    reach: float
    traits: CampaignTraits


@dataclass(frozen=True)
class Serving:
    """Everything that is shown, as long as nobody changes the account."""

    campaigns: tuple[ServingCampaign, ...]
    pairs: tuple[Pair, ...]

    @cached_property
    def places(self) -> Ints:
        """The campaign of each pair."""
        return np.array([pair.place for pair in self.pairs], dtype=np.int64)

    @cached_property
    def shares(self) -> Floats:
        """Each pair's part of its campaign's market."""
        return np.array([pair.share for pair in self.pairs], dtype=np.float64)

    @cached_property
    def widths(self) -> Floats:
        """How much of its market each campaign reaches; about 1 with all its keywords running."""
        widths: Floats = np.bincount(self.places, weights=self.shares, minlength=len(self.campaigns)).astype(np.float64)
        return widths

    @cached_property
    def qualities(self) -> Floats:
        """The mean quality of each campaign's pairs."""
        quality = np.array([pair.quality for pair in self.pairs], dtype=np.float64)
        total = np.bincount(self.places, weights=self.shares * quality, minlength=len(self.campaigns))
        return total / np.maximum(self.widths, 1e-12)

    def keys(self, seed: int, account: AdsAccount) -> Keys:
        """The names under which each pair draws its luck."""
        return np.array(
            [key(seed, account.customer_id, pair.ad_group, pair.criterion, pair.ad, pair.term) for pair in self.pairs],
            dtype=np.uint64,
        )


def serving(seed: int, account: AdsAccount, resources: Iterable[Proto]) -> Serving:
    """What the resources of an account show. Paused and removed things, and what hangs on them, show nothing."""
    kinds: dict[str, dict[str, Proto]] = defaultdict(dict)
    for resource in resources:
        kinds[resource.DESCRIPTOR.name][resource.resource_name] = resource
    running = [
        _running(seed, account, campaign, kinds["CampaignBudget"])
        for campaign in kinds["Campaign"].values()
        if _enabled(campaign) and _enabled(kinds["CampaignBudget"].get(campaign.campaign_budget))
    ]
    places = {f"customers/{account.customer_id}/campaigns/{campaign.id}": at for at, campaign in enumerate(running)}
    groups = {name: group for name, group in kinds["AdGroup"].items() if _enabled(group) and group.campaign in places}
    ads, keywords = _by_group(kinds["AdGroupAd"]), _by_group(kinds["AdGroupCriterion"])
    shared = _negatives(kinds["CampaignCriterion"].values(), "campaign")
    own = _negatives(kinds["AdGroupCriterion"].values(), "ad_group")
    pairs: list[Pair] = []
    for name, group in groups.items():
        place = places[group.campaign]
        negatives = [*shared.get(group.campaign, ()), *own.get(name, ())]
        for keyword in keywords.get(name, ()):
            pairs.extend(_pairs(seed, account, running[place], place, group, keyword, ads.get(name, []), negatives))
    return Serving(tuple(running), tuple(pairs))


def _running(seed: int, account: AdsAccount, campaign: Proto, budgets: Mapping[str, Proto]) -> ServingCampaign:
    return ServingCampaign(
        id=campaign.id,
        budget=campaign.campaign_budget,
        amount=budgets[campaign.campaign_budget].amount_micros,
        reach=_reach(seed, account, campaign),
        traits=campaign_traits(seed, account, campaign.id),
    )


def usual_target(traits: CampaignTraits) -> float:
    """The cost of one conversion, in micros, at the first budget: a target at which nothing is won or lost."""
    return traits.budget / (traits.ceiling * traits.budget / (traits.budget + traits.half))


def _reach(seed: int, account: AdsAccount, campaign: Proto) -> float:
    traits = campaign_traits(seed, account, campaign.id)
    cost = campaign.maximize_conversions.target_cpa_micros
    share = campaign.maximize_conversion_value.target_roas
    if cost > 0:
        return (cost / usual_target(traits)) ** _TARGET_DRAW
    if share > 0:
        return (traits.value / usual_target(traits) / share) ** _TARGET_DRAW
    return 1.0


def _pairs(
    seed: int,
    account: AdsAccount,
    campaign: ServingCampaign,
    place: int,
    group: Proto,
    keyword: Proto,
    ads: list[Proto],
    negatives: list[NegativeKeyword],
) -> Iterable[Pair]:
    match_type = enum_name(keyword.keyword, "match_type")
    nature = keyword_traits(seed, account, group.id, keyword.keyword.text, match_type)
    ratio = (keyword.cpc_bid_micros or group.cpc_bid_micros or campaign.traits.usual_bid) / campaign.traits.usual_bid
    weight = nature.weight * ratio**_BID_DRAW / (account.ad_groups * account.keywords)
    natures = [ad_traits(seed, account, item.ad.id) for item in ads]
    appeal = sum(ad.appeal for ad in natures)
    for term in terms_met(seed, account, keyword.keyword.text, match_type):
        if kept_away(term.text, negatives):
            continue
        for item, ad in zip(ads, natures, strict=True):
            yield Pair(
                campaign=campaign.id,
                ad_group=group.id,
                criterion=keyword.criterion_id,
                ad=item.ad.id,
                term=term.text,
                share=weight * term.share * ad.appeal / appeal,
                quality=nature.quality * term.quality * ad.quality,
                price=nature.price * ratio**_BID_PRICE,
                ctr=min(campaign.traits.ctr * ad.appeal, 0.5),
                place=place,
            )


def _by_group(resources: Mapping[str, Proto]) -> dict[str, list[Proto]]:
    """Ads or keywords that may show, by the ad group they hang on."""
    grouped: dict[str, list[Proto]] = defaultdict(list)
    for resource in resources.values():
        if _enabled(resource) and not getattr(resource, "negative", False):
            grouped[resource.ad_group].append(resource)
    return grouped


def _negatives(criteria: Iterable[Proto], owner: str) -> dict[str, list[NegativeKeyword]]:
    grouped: dict[str, list[NegativeKeyword]] = defaultdict(list)
    for criterion in criteria:
        if criterion.negative and criterion.HasField("keyword") and _enabled(criterion):
            negative = NegativeKeyword(criterion.keyword.text, enum_name(criterion.keyword, "match_type"))
            grouped[getattr(criterion, owner)].append(negative)
    return grouped


def _enabled(resource: Proto | None) -> bool:
    return resource is not None and enum_name(resource, "status") == "ENABLED"
