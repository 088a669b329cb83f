"""What can be asked for: fields of resources, segments and metrics, and which of them go together.

Field names come from the package, so they are the real ones. Which resource goes with which follows Google's field
reference, as far as this sandbox models it; what it does not model is refused, never answered with nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marketing_pipeline.sandbox.google_ads.api import fields_along, google_ads_row
from marketing_pipeline.sandbox.google_ads.figures import Figures
from marketing_pipeline.sandbox.google_ads.refusal import Refusal

DATE_SEGMENTS = ("date", "week", "month", "quarter", "year", "day_of_week")
"""Core date segments (day_of_week is none in the documentation, but follows from the day all the same)."""
_TERM_SEGMENTS = (
    "keyword.info.text",
    "keyword.info.match_type",
    "keyword.ad_group_criterion",
    "search_term_match_type",
)


def _ratio(over: float, under: float) -> float | None:
    return over / under if under else None


METRICS: dict[str, Callable[[Figures], float | int | None]] = {
    "impressions": lambda f: f.impressions,
    "clicks": lambda f: f.clicks,
    "interactions": lambda f: f.clicks,
    "cost_micros": lambda f: f.cost_micros,
    "conversions": lambda f: f.conversions,
    "conversions_value": lambda f: f.conversions_value,
    "all_conversions": lambda f: f.conversions,
    "all_conversions_value": lambda f: f.conversions_value,
    "ctr": lambda f: _ratio(f.clicks, f.impressions),
    "average_cpc": lambda f: _ratio(f.cost_micros, f.clicks),
    "average_cost": lambda f: _ratio(f.cost_micros, f.clicks),
    "cost_per_conversion": lambda f: _ratio(f.cost_micros, f.conversions),
    "value_per_conversion": lambda f: _ratio(f.conversions_value, f.conversions),
    "conversions_from_interactions_rate": lambda f: _ratio(f.conversions, f.clicks),
    "conversions_value_per_cost": lambda f: _ratio(f.conversions_value * 1_000_000, f.cost_micros),
}
"""How each metric follows from the sums. A ratio over nothing is left out (assumed); a sum of nothing is 0."""


@dataclass(frozen=True)
class Resource:
    """A resource that FROM may name. `with_` are resources whose fields may be selected along with it."""

    name: str
    with_: tuple[str, ...]
    measured: bool = True
    segments: tuple[str, ...] = DATE_SEGMENTS


RESOURCES = {
    resource.name: resource
    for resource in (
        Resource("customer", ()),
        Resource("campaign", ("customer", "campaign_budget")),
        Resource("campaign_budget", ("customer",)),
        Resource("ad_group", ("customer", "campaign")),
        Resource("ad_group_ad", ("customer", "campaign", "ad_group")),
        Resource("ad_group_criterion", ("customer", "campaign", "ad_group"), measured=False, segments=()),
        Resource("campaign_criterion", ("customer", "campaign"), measured=False, segments=()),
        Resource("keyword_view", ("customer", "campaign", "ad_group", "ad_group_criterion")),
        Resource("search_term_view", ("customer", "campaign", "ad_group"), segments=(*DATE_SEGMENTS, *_TERM_SEGMENTS)),
        Resource("recommendation", ("customer", "campaign", "campaign_budget"), measured=False, segments=()),
        Resource("change_event", ("customer", "campaign", "ad_group"), measured=False, segments=()),
    )
}
_MESSAGES = frozenset(
    {
        "change_event.old_resource",
        "change_event.new_resource",
        "change_event.changed_fields",
        "recommendation.impact",
        "recommendation.campaign_budget_recommendation",
        "ad_group_ad.ad.responsive_search_ad.headlines",
        "ad_group_ad.ad.responsive_search_ad.descriptions",
    }
)
"""Fields that are whole messages and may be selected all the same."""


@dataclass(frozen=True)
class Field:
    """A field of a row. `holder` is the resource, or `metrics` or `segments`; `path` leads from there."""

    name: str
    holder: str
    path: tuple[str, ...]
    descriptor: Any

    @property
    def tail(self) -> str:
        """The name without its holder."""
        return self.name.partition(".")[2]

    @property
    def is_enum(self) -> bool:
        """Whether its values are names of a closed set."""
        return self.descriptor.enum_type is not None

    @property
    def is_message(self) -> bool:
        """Whether it is a whole message."""
        return self.descriptor.message_type is not None


def field_named(name: str) -> Field:
    """The field of that name. Raises Refusal, with UNRECOGNIZED_FIELD as documented, for one that the API has not."""
    along = fields_along(google_ads_row().DESCRIPTOR, name)
    if not along:
        raise Refusal("query_error.UNRECOGNIZED_FIELD", f"Unrecognized field in the query: '{name}'.")
    holder, *path = (str(field.name) for field in along)
    return Field(name, holder, tuple(path), along[-1])


def resource_named(name: str) -> Resource:
    """The resource of a FROM clause. Raises Refusal for one that does not exist or that this sandbox does not model."""
    if name in RESOURCES:
        return RESOURCES[name]
    if name in google_ads_row().DESCRIPTOR.fields_by_name and name not in ("metrics", "segments"):
        code = "query_error.PROHIBITED_RESOURCE_TYPE_IN_FROM_CLAUSE"
        raise Refusal(code, f"This sandbox does not model {name}; it has {', '.join(RESOURCES)}.")
    raise Refusal("query_error.BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", f"'{name}' is no resource.")


def check_goes_with(resource: Resource, field: Field, clause: str) -> None:
    """Refuse a field that cannot be asked for together with the resource. `clause` is SELECT, WHERE or ORDER_BY."""
    if field.holder == "metrics":
        if not resource.measured or field.tail not in METRICS:
            code = "query_error.PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE"
            raise Refusal(code, f"'{field.name}' does not go with {resource.name}, or not in this sandbox.")
    elif field.holder == "segments":
        if field.tail not in resource.segments:
            code = "query_error.PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE"
            raise Refusal(code, f"'{field.name}' does not go with {resource.name}, or not in this sandbox.")
    elif field.holder not in (resource.name, *resource.with_):
        where = "WHERE" if clause == "WHERE" else "SELECT"
        code = f"query_error.PROHIBITED_RESOURCE_TYPE_IN_{where}_CLAUSE"
        raise Refusal(code, f"{field.holder} does not go with {resource.name}.")
    if not field.path or (field.is_message and (clause != "SELECT" or field.name not in _MESSAGES)):
        raise Refusal(
            f"query_error.PROHIBITED_FIELD_IN_{clause}_CLAUSE", f"'{field.name}' is a message: name one of its fields."
        )
