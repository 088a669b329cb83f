"""Keywords and ads that convert far worse than those beside them."""

from collections.abc import Sequence
from dataclasses import replace

from marketing_pipeline.domain.ad_account import AdAccountHistory
from marketing_pipeline.domain.ad_waste import TOO_LOW, TOO_LOW_FOR_AN_AD, Waste, WasteKind, losers


def losing_keywords(account: AdAccountHistory) -> tuple[Waste, ...]:
    """Enabled keywords that convert far worse than the rest of their campaign. The last one of a group stays."""
    enabled = {(item.ad_group, item.criterion): item for item in account.keywords if item.status == "ENABLED"}
    rows = [row for row in account.keyword_days if (row.ad_group, row.criterion) in enabled]
    found = losers(
        account,
        WasteKind.KEYWORD,
        rows,
        key=lambda row: (row.campaign, row.ad_group, str(row.criterion)),
        rivals=lambda key: key[0],
        ratio=TOO_LOW,
    )
    return _leaving_one(found, [item.ad_group for item in enabled.values()])


def losing_ads(account: AdAccountHistory) -> tuple[Waste, ...]:
    """Enabled ads that convert clearly worse than the other ads of their group. The last one of a group stays."""
    enabled = {(item.ad_group, item.ad) for item in account.ads if item.status == "ENABLED"}
    rows = [row for row in account.ad_days if (row.ad_group, row.ad) in enabled]
    found = losers(
        account,
        WasteKind.AD,
        rows,
        key=lambda row: (row.campaign, row.ad_group, str(row.ad)),
        rivals=lambda key: (key[0], key[1]),
        ratio=TOO_LOW_FOR_AN_AD,
    )
    return _leaving_one(found, [group for group, _ in enabled])


def _leaving_one(found: Sequence[Waste], groups: Sequence[int]) -> tuple[Waste, ...]:
    """Name the conflict of whatever would leave its ad group empty."""
    left = {group: groups.count(group) for group in set(groups)}
    checked: list[Waste] = []
    for item in found:
        group = item.ad_group or 0
        left[group] -= 1
        checked.append(
            item if left[group] > 0 else replace(item, conflict="it is the last one that runs in its ad group")
        )
    return tuple(checked)
