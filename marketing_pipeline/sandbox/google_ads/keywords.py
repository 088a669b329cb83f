"""Keywords of ad groups, and negative keywords of ad groups and campaigns."""

import re

from marketing_pipeline.sandbox.google_ads.ad_groups import require_parent
from marketing_pipeline.sandbox.google_ads.api import Proto, enum_name, set_enum
from marketing_pipeline.sandbox.google_ads.bids import check_bid
from marketing_pipeline.sandbox.google_ads.draft import Draft, Kind, may_go
from marketing_pipeline.sandbox.google_ads.refusal import Refusal
from marketing_pipeline.sandbox.google_ads.status import check_status, default_status, is_removed

_MOST_LETTERS, _MOST_WORDS = 80, 10
_BAD_LETTERS = re.compile(r"[,!@%^()={};~`<>?\\|*]")
_GONE = "mutate_error.RESOURCE_NOT_FOUND"
"""Assumed: a removed criterion is as good as never there."""


def _complete_keyword(draft: Draft, criterion: Proto) -> None:
    default_status(criterion)
    require_parent(draft, criterion.ad_group, "ad_group")
    _complete_criterion(criterion)


def _complete_negative(draft: Draft, criterion: Proto) -> None:
    require_parent(draft, criterion.campaign, "campaign")
    set_enum(criterion, "status", "ENABLED")
    if not criterion.negative:
        raise Refusal("criterion_error.CANNOT_ADD_CRITERIA_TYPE", "A campaign has negative keywords only.", "negative")
    _complete_criterion(criterion)


def _complete_criterion(criterion: Proto) -> None:
    if not criterion.HasField("keyword"):
        raise Refusal("criterion_error.CONCRETE_TYPE_REQUIRED", "This sandbox has keywords only.", "keyword")
    set_enum(criterion, "type_", "KEYWORD")


def _check_keyword(draft: Draft, before: Proto | None, after: Proto) -> None:
    check_status(after)
    if before is not None and before.negative:
        raise Refusal("ad_group_criterion_error.CANT_UPDATE_NEGATIVE", "Remove it and add another.")
    if after.HasField("cpc_bid_micros"):
        if after.negative:
            raise Refusal(
                "criterion_error.FIELD_INCOMPATIBLE_WITH_NEGATIVE_TARGETING", "No bid here.", "cpc_bid_micros"
            )
        check_bid(draft.account, after.cpc_bid_micros, "cpc_bid_micros")
    if before is None:
        _check_text(after)
        _check_new(draft, after, "ad_group")


def _check_negative(draft: Draft, before: Proto | None, after: Proto) -> None:
    if before is not None:
        raise Refusal("campaign_criterion_error.CANNOT_UPDATE_NEGATIVE_CRITERION", "Remove it and add another.")
    _check_text(after)
    _check_new(draft, after, "campaign")


def _check_text(criterion: Proto) -> None:
    """Lengths and letters are documented."""
    text, path = criterion.keyword.text, "keyword.text"
    if not text.strip():
        raise Refusal("criterion_error.INVALID_KEYWORD_TEXT", "A keyword needs words.", path)
    if len(text) > _MOST_LETTERS:
        raise Refusal("criterion_error.KEYWORD_TEXT_TOO_LONG", f"At most {_MOST_LETTERS} letters.", path)
    if len(text.split()) > _MOST_WORDS:
        raise Refusal("criterion_error.KEYWORD_HAS_TOO_MANY_WORDS", f"At most {_MOST_WORDS} words.", path)
    if _BAD_LETTERS.search(text):
        raise Refusal(
            "criterion_error.KEYWORD_HAS_INVALID_CHARS", "The keyword has letters that are not allowed.", path
        )
    if enum_name(criterion.keyword, "match_type") not in ("EXACT", "PHRASE", "BROAD"):
        raise Refusal("field_error.REQUIRED", "A keyword needs a match type.", "keyword.match_type")


def _check_new(draft: Draft, criterion: Proto, owner: str) -> None:
    """The same keyword twice is refused; assumed, since public reports differ."""
    same = (getattr(criterion, owner), criterion.keyword.text.lower(), criterion.keyword.match_type, criterion.negative)
    for other in draft.of_type(criterion.DESCRIPTOR.name):
        keyword = (getattr(other, owner), other.keyword.text.lower(), other.keyword.match_type, other.negative)
        if keyword == same and not is_removed(other):
            raise Refusal("mutate_error.RESOURCE_ALREADY_EXISTS", f"'{criterion.keyword.text}' is there already.")


KEYWORD = Kind(
    message="AdGroupCriterion",
    collection="adGroupCriteria",
    series=30,
    service="AdGroupCriterionService",
    method="MutateAdGroupCriteria",
    id_path="criterion_id",
    parent="ad_group",
    mutable=frozenset({"status", "cpc_bid_micros"}),
    creatable=frozenset({"status", "cpc_bid_micros", "ad_group", "negative", "keyword"}),
    removed=_GONE,
    complete=_complete_keyword,
    check=_check_keyword,
    let_go=may_go,
)
NEGATIVE_KEYWORD = Kind(
    message="CampaignCriterion",
    collection="campaignCriteria",
    series=31,
    service="CampaignCriterionService",
    method="MutateCampaignCriteria",
    id_path="criterion_id",
    parent="campaign",
    mutable=frozenset({"negative", "bid_modifier"}),
    creatable=frozenset({"campaign", "negative", "keyword"}),
    removed=_GONE,
    complete=_complete_negative,
    check=_check_negative,
    let_go=may_go,
)
