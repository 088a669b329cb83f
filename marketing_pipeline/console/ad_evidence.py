"""The account's own figures behind an ad change, from the newest snapshot: what it cost and what it brought."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from marketing_pipeline.console.desk import Desk
from marketing_pipeline.console.figure import Figure, Kind
from marketing_pipeline.domain.ad_change import AdChangeKind, ApplyAdChange
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.money import MICROS

if TYPE_CHECKING:
    from marketing_pipeline.store.ad_change_row import AdChange

DAYS = 60
# None of these is made of anything but our own words.
_SUMS = "sum(cost_micros)::BIGINT, sum(clicks)::BIGINT, sum(conversions)"
_WHOSE = "brand = ? AND customer_id = ?"
_LATELY = f"day > (SELECT max(day) FROM ad_metrics WHERE {_WHOSE}) - {DAYS}"  # noqa: S608
_FACTS = f"""
    SELECT day, {_SUMS} FROM ad_metrics WHERE {_WHOSE} AND {_LATELY} AND level = ? AND {{where}}
    GROUP BY day ORDER BY day
"""  # noqa: S608
_TERMS = f"""
    SELECT day, {_SUMS} FROM search_terms WHERE {_WHOSE} AND {_LATELY} AND campaign_id = ? AND {{where}}
    GROUP BY day ORDER BY day
"""  # noqa: S608
_OF_BUDGET = "campaign_id IN (SELECT campaign_id FROM ad_resources WHERE kind = 'campaign' AND budget = ?)"


def has_ads(desk: Desk) -> bool:
    """Whether the snapshot holds figures of any ad account."""
    found = desk.rows("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'ad_metrics'").rows
    return bool(found and found[0][0])


def accounts_read(desk: Desk) -> dict[BrandId, datetime]:
    """When the account of each brand was read last; a brand of which none ever was is not named."""
    if not has_ads(desk):
        return {}
    found = desk.rows("SELECT brand, max(read_at) FROM ad_collections WHERE outcome = 'collected' GROUP BY brand").rows
    return {BrandId(brand): read_at for brand, read_at in found}


def evidence_figures(desk: Desk, change: "AdChange") -> tuple[Figure, ...]:
    """Cost and conversions by day of what the change is about; none where no figures are there."""
    rows = _days(desk, change) if has_ads(desk) else []
    if not rows:
        return ()
    currency = change.payload.currency
    noun = " of these searches" if change.payload.change_kind is AdChangeKind.ADD_NEGATIVE_KEYWORD else ""
    shared: dict[str, Any] = {"rows": rows, "x": "day", "source": "ad_metrics"}
    columns = {"day": "Day", "cost": f"Cost in {currency}", "clicks": "Clicks", "conversions": "Conversions"}
    return (
        Figure(
            title=f"Cost a day{noun}, in {currency}",
            kind=Kind.AREA,
            y="cost",
            columns=columns,
            note=f"The last {DAYS} days that were read.",
            **shared,
        ),
        Figure(
            title=f"Conversions a day{noun}",
            kind=Kind.AREA,
            y="conversions",
            columns=columns,
            note="Those of the last days still rise.",
            **shared,
        ),
    )


def _days(desk: Desk, change: "AdChange") -> list[dict[str, Any]]:
    payload = change.payload
    whose = (change.brand, payload.customer_id)
    sql, parameters = _question(payload)
    found: tuple[tuple[date, int, int, float], ...] = desk.rows(sql, *whose, *whose, *parameters).rows
    return [
        {"day": day, "cost": cost / MICROS, "clicks": clicks, "conversions": round(conversions, 2)}
        for day, cost, clicks, conversions in found
    ]


def _question(payload: ApplyAdChange) -> tuple[str, tuple[object, ...]]:
    """The SQL that finds the days of a resource, by its name, and its own parameters."""
    collection, _, tail = payload.resource.rpartition("/")
    first, _, second = tail.partition("~")
    if payload.change_kind is AdChangeKind.ADD_NEGATIVE_KEYWORD:
        match, _, words = (payload.after or payload.before).partition(":")
        is_exact = match == "EXACT"
        where = "lower(search_term) = lower(?)" if is_exact else "contains(lower(search_term), lower(?))"
        return _TERMS.format(where=where), (int(first), words)
    if collection.endswith("/campaignBudgets"):
        return _FACTS.format(where=_OF_BUDGET), ("campaign", payload.resource)
    if collection.endswith("/campaigns"):
        return _FACTS.format(where="campaign_id = ?"), ("campaign", int(first))
    if collection.endswith("/adGroups"):
        return _FACTS.format(where="ad_group_id = ?"), ("ad_group", int(first))
    level = "ad" if collection.endswith("/adGroupAds") else "keyword"
    return _FACTS.format(where="ad_group_id = ? AND item_id = ?"), (level, int(first or 0), int(second or 0))
