"""The account of the analysis, read from the warehouse's ad tables."""

from datetime import date
from typing import Any

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.ad_facts import AdFacts
from marketing_pipeline.store.ad_history import account_history
from marketing_pipeline.store.ad_schema import ad_schema
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.warehouse import Warehouse

CUSTOMER, TODAY = "1234567890", date(2026, 10, 15)
WHOSE = {"brand": "tea", "customer_id": CUSTOMER}
FIGURES = {"impressions": 100, "clicks": 10, "cost_micros": 8_000_000, "conversions": 1.0, "conversions_value": 9.0}
CAMPAIGN = {**WHOSE, "kind": "campaign", "campaign_id": 1, "campaign": "Search", "status": "ENABLED"}
IN_GROUP = {**WHOSE, "campaign_id": 1, "ad_group_id": 11}


def _insert(connection: Any, table: str, **row: Any) -> None:
    names = ", ".join(row)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' for _ in row)})", list(row.values()))


def test_what_was_read_becomes_an_account(home: Home) -> None:
    warehouse = Warehouse(home.warehouse)
    day = date(2026, 10, 1)
    with warehouse.write() as connection:
        connection.execute(ad_schema())
        budget = {"budget": "customers/1/campaignBudgets/5", "budget_micros": 40_000_000, "budget_campaigns": 2}
        bids = {"bidding_status": "LEARNING_NEW", "bidding_strategy": "MAXIMIZE_CONVERSION_VALUE", "target_roas": 3.5}
        _insert(connection, "ad_resources", **CAMPAIGN, **budget, **bids, resource="c", target_cpa_micros=0)
        group = {"kind": "ad_group", "ad_group": "Green", "status": "ENABLED", "cpc_bid_micros": 900_000}
        _insert(connection, "ad_resources", **IN_GROUP, **group, resource="g")
        word = {"status": "ENABLED", "item_id": 111, "item": "tea", "match_type": "BROAD"}
        _insert(connection, "ad_resources", **IN_GROUP, **word, kind="keyword", resource="k", negative=False)
        _insert(connection, "ad_resources", **IN_GROUP, kind="ad", resource="a", status="PAUSED", item_id=7)
        _insert(connection, "ad_resources", **WHOSE, **word, kind="negative_keyword", resource="n", campaign_id=1)
        for level, item in (("campaign", None), ("keyword", 111), ("ad", 7), ("ad_group", None)):
            _insert(connection, "ad_metrics", **IN_GROUP, **FIGURES, day=day, level=level, item_id=item)
        _insert(connection, "ad_metrics", **IN_GROUP, **FIGURES, day=TODAY, level="campaign")
        for keyword in ("tea", "green tea"):
            _insert(connection, "search_terms", **IN_GROUP, **FIGURES, day=day, search_term="tea jobs", keyword=keyword)
    found = account_history(AdFacts(warehouse), BrandId("tea"), CUSTOMER, "GBP", TODAY, monthly_budget=900)
    assert found is not None
    assert found.month_budget_micros == 900_000_000
    assert (found.budgets[0].amount_micros, found.budgets[0].users) == (40_000_000, 2)
    assert found.campaigns[0].learns and found.campaigns[0].runs
    assert (found.campaigns[0].target_roas, found.campaigns[0].target_cpa_micros) == (3.5, None)
    assert [(group.id, group.name, group.cpc_bid_micros) for group in found.ad_groups] == [(11, "Green", 900_000)]
    assert found.keywords[0].cpc_bid_micros is None, "the bid of its group counts"
    assert [item.text for item in found.keywords] == ["tea"] and found.ads[0].status == "PAUSED"
    assert [item.match_type for item in found.negatives] == ["BROAD"]
    assert [row.day for row in found.campaign_days] == [day], "today is not over"
    assert (len(found.keyword_days), len(found.ad_days)) == (1, 1)
    assert [row.clicks for row in found.term_days] == [20], "one term of two keywords is one term"


def test_an_account_that_was_never_read_is_none(home: Home) -> None:
    warehouse = Warehouse(home.warehouse)
    with warehouse.write() as connection:
        connection.execute(ad_schema())
    assert account_history(AdFacts(warehouse), BrandId("tea"), CUSTOMER, "GBP", TODAY) is None
