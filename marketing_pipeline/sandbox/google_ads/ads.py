"""Ads: responsive search ads, and the policies they must keep."""

from marketing_pipeline.sandbox.google_ads.ad_groups import require_parent
from marketing_pipeline.sandbox.google_ads.api import Proto, set_enum
from marketing_pipeline.sandbox.google_ads.draft import Draft, Kind, may_go
from marketing_pipeline.sandbox.google_ads.refusal import Refusal, policy_finding
from marketing_pipeline.sandbox.google_ads.status import check_status, default_status

_LEAST_HEADLINES, _MOST_HEADLINES, _HEADLINE_LETTERS = 3, 15, 30
_LEAST_DESCRIPTIONS, _MOST_DESCRIPTIONS, _DESCRIPTION_LETTERS = 2, 4, 90
_FORBIDDEN = {
    "casino": "GAMBLING",
    "free money": "UNRELIABLE_CLAIMS",
    "miracle": "UNRELIABLE_CLAIMS",
    "!!": "EDITORIAL",
}


def _complete(draft: Draft, item: Proto) -> None:
    default_status(item)
    require_parent(draft, item.ad_group, "ad_group")
    if not item.ad.HasField("responsive_search_ad"):
        raise Refusal("field_error.REQUIRED", "This sandbox has responsive search ads only.", "ad")
    if not item.ad.final_urls:
        raise Refusal("ad_group_ad_error.EMPTY_FIELD", "An ad needs a final URL.", "ad.final_urls")
    set_enum(item.ad, "type_", "RESPONSIVE_SEARCH_AD")
    set_enum(item, "ad_strength", "AVERAGE")
    set_enum(item.policy_summary, "approval_status", "APPROVED")
    set_enum(item.policy_summary, "review_status", "REVIEWED")


def _check(draft: Draft, before: Proto | None, after: Proto) -> None:
    check_status(after)
    if before is not None:
        return
    ad = after.ad.responsive_search_ad
    headlines, descriptions = [line.text for line in ad.headlines], [line.text for line in ad.descriptions]
    _check_lines(headlines, _LEAST_HEADLINES, _MOST_HEADLINES, _HEADLINE_LETTERS, "headlines")
    _check_lines(descriptions, _LEAST_DESCRIPTIONS, _MOST_DESCRIPTIONS, _DESCRIPTION_LETTERS, "descriptions")
    text = " ".join([*headlines, *descriptions]).lower()
    for words, topic in _FORBIDDEN.items():
        if words in text:
            raise policy_finding(f"The ad says '{words}'.", topic, "ad.responsive_search_ad")


def _check_lines(lines: list[str], least: int, most: int, letters: int, name: str) -> None:
    """Numbers and lengths are documented."""
    path = f"ad.responsive_search_ad.{name}"
    if not least <= len(lines) <= most:
        code = "field_error.REQUIRED" if len(lines) < least else "field_error.INVALID_VALUE"
        raise Refusal(code, f"An ad has {least} to {most} {name}.", path)
    if any(len(line) > letters for line in lines):
        raise Refusal("string_length_error.TOO_LONG", f"At most {letters} letters.", path)
    if len({line.lower() for line in lines}) < len(lines):
        raise Refusal("distinct_error.DUPLICATE_ELEMENT", f"Two {name} say the same.", path)


KIND = Kind(
    message="AdGroupAd",
    collection="adGroupAds",
    series=70,
    service="AdGroupAdService",
    method="MutateAdGroupAds",
    id_path="ad.id",
    parent="ad_group",
    mutable=frozenset({"status"}),
    creatable=frozenset({"status", "ad_group", "ad.final_urls", "ad.responsive_search_ad"}),
    removed="ad_group_ad_error.CANNOT_OPERATE_ON_REMOVED_ADGROUPAD",
    complete=_complete,
    check=_check,
    let_go=may_go,
)
