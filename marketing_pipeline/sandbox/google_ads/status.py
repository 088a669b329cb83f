"""The status of campaigns, ad groups, ads and criteria."""

from marketing_pipeline.sandbox.google_ads.api import Proto, enum_name, set_enum
from marketing_pipeline.sandbox.google_ads.refusal import Refusal

_MAY_BE_SET = ("ENABLED", "PAUSED")


def is_removed(resource: Proto) -> bool:
    """Whether it is gone, though still listed."""
    return enum_name(resource, "status") == "REMOVED"


def default_status(resource: Proto) -> None:
    """New things run unless they are made paused (documented)."""
    if resource.status == 0:
        set_enum(resource, "status", "ENABLED")


def check_status(after: Proto) -> None:
    """Refuse a status that nobody may set: REMOVED comes of a remove operation alone (documented; code assumed)."""
    name = enum_name(after, "status")
    if name == "REMOVED":
        raise Refusal("enum_error.ENUM_VALUE_NOT_PERMITTED", "REMOVED cannot be set: remove it instead.", "status")
    if name not in _MAY_BE_SET:
        raise Refusal("request_error.INVALID_ENUM_VALUE", f"{name} is no status that can be set.", "status")
