"""What a search finds, before it is cut to the fields that were asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from marketing_pipeline.sandbox.google_ads.api import Proto, enum_name, google_ads_row, resource_type, set_enum
from marketing_pipeline.sandbox.google_ads.figures import NO_FIGURES, Figures
from marketing_pipeline.sandbox.google_ads.gaql_fields import METRICS, Field
from marketing_pipeline.sandbox.google_ads.serving import Pair
from marketing_pipeline.sandbox.google_ads.status import is_removed
from marketing_pipeline.sandbox.google_ads.views import Views


@dataclass(slots=True)
class Found:
    """An entity: the resources that make up its rows, and segments that belong to it rather than to a day."""

    resources: dict[str, Proto]
    segments: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(slots=True)
class Record:
    """One row to be."""

    found: Found
    label: dict[str, Any]
    figures: Figures

    def value(self, wanted: Field) -> Any:
        """What a field holds: enums by name, None where it is absent."""
        if wanted.holder == "metrics":
            return METRICS[wanted.tail](self.figures)
        if wanted.holder == "segments":
            return self.label.get(wanted.tail, self.found.segments.get(wanted.tail))
        return _read(self.found.resources.get(wanted.holder), wanted)


def _read(message: Proto | None, wanted: Field) -> Any:
    *parents, last = wanted.path
    for part in parents:
        if message is None or not message.HasField(part):
            return None
        message = getattr(message, part)
    if message is None:
        return None
    leaf = wanted.descriptor
    if leaf.is_repeated:
        return [_named(leaf, value) for value in getattr(message, last)]
    if leaf.has_presence and not message.HasField(last):
        return None
    return _named(leaf, getattr(message, last))


def _named(leaf: Any, value: Any) -> Any:
    if leaf.enum_type is None:
        return value
    known = leaf.enum_type.values_by_number.get(value)
    return known.name if known else "UNKNOWN"


class Finder:
    """Finds the entities of a resource, and sums up their figures."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._account = views.account
        self._customer = views.account.customer
        self._names = {
            resource.id: name
            for name, resource in views.account.resources.items()
            if resource.DESCRIPTOR.name in ("Campaign", "AdGroup")
        }

    def plain(self, resource: str) -> Iterator[Found]:
        """Every entity of a resource that is stored, whether it was ever shown or not."""
        if resource == "customer":
            yield Found({"customer": self._customer})
            return
        message = google_ads_row().DESCRIPTOR.fields_by_name[resource].message_type.name
        if resource == "keyword_view":
            message = "AdGroupCriterion"
        for name, item in self._account.resources.items():
            if item.DESCRIPTOR.name == message and not (resource == "keyword_view" and item.negative):
                yield self.found(resource, name)

    def entity(self, resource: str, with_keyword: bool) -> Callable[[Pair], tuple[object, ...] | None]:
        """What the figures of a pair count for: a name that `of_entity` understands."""
        names = self._names
        customer = self._account.plan.customer_id
        by_resource: dict[str, Callable[[Pair], tuple[object, ...] | None]] = {
            "customer": lambda pair: (self._customer.resource_name,),
            "campaign": lambda pair: (names[pair.campaign],),
            "campaign_budget": lambda pair: (self._account.resources[names[pair.campaign]].campaign_budget,),
            "ad_group": lambda pair: (names[pair.ad_group],),
            "ad_group_ad": lambda pair: (f"customers/{customer}/adGroupAds/{pair.ad_group}~{pair.ad}",),
            "keyword_view": lambda pair: (f"customers/{customer}/adGroupCriteria/{pair.ad_group}~{pair.criterion}",),
            "search_term_view": lambda pair: (
                (names[pair.ad_group], pair.term, pair.criterion if with_keyword else 0) if pair.term else None
            ),
        }
        return by_resource[resource]

    def of_entity(self, resource: str, entity: tuple[Any, ...]) -> Found:
        """The resources behind what `entity` named."""
        if resource == "search_term_view":
            return self._search_term(*entity)
        return self.found(resource, str(entity[0]))

    def found(self, resource: str, name: str) -> Found:
        """A stored resource and those it hangs on."""
        item = self._views.get(name)
        resources: dict[str, Proto] = {"customer": self._customer}
        if resource == "keyword_view":
            view = resource_type("KeywordView")(resource_name=name.replace("adGroupCriteria", "keywordViews"))
            resources |= {"keyword_view": view, "ad_group_criterion": item}
        else:
            resources[resource] = item
        return Found(self._with_owners(resources, item))

    def with_owners(self, resource: str, item: Proto) -> Found:
        """A resource that is not stored, such as a change event, and those it belongs to."""
        return Found(self._with_owners({"customer": self._customer, resource: item}, item))

    def _with_owners(self, resources: dict[str, Proto], item: Proto | None) -> dict[str, Proto]:
        for owner in ("ad_group", "campaign", "campaign_budget"):
            if item is not None and owner not in resources and owner in item.DESCRIPTOR.fields_by_name:
                holder = self._views.get(str(getattr(item, owner)))
                if holder is not None:
                    resources[owner] = holder
                    resources = self._with_owners(resources, holder)
        return resources

    def _search_term(self, group: str, term: str, criterion: int) -> Found:
        found = self.found("ad_group", group)
        number = group.rpartition("/")[2]
        owner = f"customers/{self._account.plan.customer_id}"
        view = resource_type("SearchTermView")(
            resource_name=f"{owner}/searchTermViews/{number}~{term.replace(' ', '_')}", search_term=term, ad_group=group
        )
        set_enum(view, "status", self._targeting(group, term))
        found.resources["search_term_view"] = view
        if criterion:
            name = f"{owner}/adGroupCriteria/{number}~{criterion}"
            keyword = self._account.resources[name]
            match_type = enum_name(keyword.keyword, "match_type")
            found.segments = {
                "keyword.info.text": keyword.keyword.text,
                "keyword.info.match_type": match_type,
                "keyword.ad_group_criterion": name,
                "search_term_match_type": match_type,
            }
        return found

    def _targeting(self, group: str, term: str) -> str:
        """Whether the term itself is a keyword, or a negative one, of the ad group or its campaign."""
        owners = (group, self._account.resources[group].campaign)
        added = excluded = False
        for item in self._account.resources.values():
            if item.DESCRIPTOR.name not in ("AdGroupCriterion", "CampaignCriterion") or is_removed(item):
                continue
            owner = item.ad_group if item.DESCRIPTOR.name == "AdGroupCriterion" else item.campaign
            if owner in owners and item.keyword.text.lower() == term:
                excluded, added = excluded or item.negative, added or not item.negative
        return "ADDED_EXCLUDED" if added and excluded else "EXCLUDED" if excluded else "ADDED" if added else "NONE"


def no_label(_: date) -> tuple[object, ...]:
    """The label of a search without date segments: all days together."""
    return ()


def empty(found: Found) -> Record:
    """A row of something that was never shown."""
    return Record(found, {}, NO_FIGURES)
