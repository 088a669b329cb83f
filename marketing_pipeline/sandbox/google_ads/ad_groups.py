"""Ad groups: names and bids."""

from marketing_pipeline.sandbox.google_ads.api import Proto, set_enum
from marketing_pipeline.sandbox.google_ads.bids import check_bid
from marketing_pipeline.sandbox.google_ads.draft import Draft, Kind, may_go
from marketing_pipeline.sandbox.google_ads.refusal import Refusal
from marketing_pipeline.sandbox.google_ads.status import check_status, default_status, is_removed


def require_parent(draft: Draft, name: str, field: str) -> Proto:
    """What a resource hangs on. Raises Refusal where it does not exist or is removed."""
    if not name:
        raise Refusal("field_error.REQUIRED", f"The {field} is missing.", field)
    parent = draft.find(name)
    if parent is None or is_removed(parent):
        raise Refusal("mutate_error.RESOURCE_NOT_FOUND", f"There is no {name}, or it is removed.", field)
    return parent


def _complete(draft: Draft, group: Proto) -> None:
    default_status(group)
    require_parent(draft, group.campaign, "campaign")
    if group.type_ == 0:
        set_enum(group, "type_", "SEARCH_STANDARD")


def _check(draft: Draft, before: Proto | None, after: Proto) -> None:
    check_status(after)
    if not after.name.strip():
        raise Refusal("ad_group_error.MISSING_ADGROUP_NAME", "An ad group needs a name.", "name")
    for other in draft.of_type("AdGroup"):
        same = (other.campaign, other.name) == (after.campaign, after.name)
        if same and other.resource_name != after.resource_name and not is_removed(other):
            raise Refusal("ad_group_error.DUPLICATE_ADGROUP_NAME", f"'{after.name}' is taken.", "name")
    if after.HasField("cpc_bid_micros"):
        check_bid(draft.account, after.cpc_bid_micros, "cpc_bid_micros")


KIND = Kind(
    message="AdGroup",
    collection="adGroups",
    series=15,
    service="AdGroupService",
    method="MutateAdGroups",
    id_path="id",
    parent="",
    mutable=frozenset({"name", "status", "cpc_bid_micros"}),
    creatable=frozenset({"name", "status", "cpc_bid_micros", "campaign", "type"}),
    removed="operation_access_denied_error.OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE",
    complete=_complete,
    check=_check,
    let_go=may_go,
)
