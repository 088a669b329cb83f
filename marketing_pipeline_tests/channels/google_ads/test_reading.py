from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from marketing_pipeline.channels.google_ads.client import AdsClient
from marketing_pipeline.channels.google_ads.columns import selected
from marketing_pipeline.channels.google_ads.fact_queries import ACCOUNT, METRICS, RESOURCES, SEARCH_TERMS, FactQuery
from marketing_pipeline.channels.google_ads.failure import AdsFailure
from marketing_pipeline.channels.google_ads.plain_rows import plain_tables
from marketing_pipeline.channels.google_ads.raw_pages import raw_tables
from marketing_pipeline.domain.ad_platform import AdFailureClass
from marketing_pipeline.sandbox.google_ads.faults import AdsFault, AdsFaultName
from marketing_pipeline_tests.sandbox.google_ads.served import CUSTOMER, Ads

FIRST, LAST = date(2026, 6, 1), date(2026, 6, 14)
QUERIES = {
    "account": ACCOUNT,
    "search_terms": SEARCH_TERMS.during(FIRST, LAST),
    **{f"{level}_metrics": query.during(FIRST, LAST) for level, query in METRICS.items()},
    **{f"{kind}_resources": query for kind, query in RESOURCES.items()},
}


def whole(tables: Iterator[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables)


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
def test_the_fast_way_and_the_plain_way_give_the_same_rows(ads: Ads, client: AdsClient, query: FactQuery) -> None:
    ads.mutate("CampaignCriteria", ads.keyword(ads.names("campaign")[0], "free", negative=True))
    names = list(query.columns.values())
    fast = whole(raw_tables(client.connection, CUSTOMER, query.text(), names))
    plain = whole(plain_tables(client.connection, CUSTOMER, query.text(), names))
    assert fast.schema == plain.schema
    assert fast.num_rows == plain.num_rows > 0
    with duckdb.connect() as connection:
        connection.register("fast", fast)
        connection.register("plain", plain)
        for left, right in (("fast", "plain"), ("plain", "fast")):
            assert connection.execute(f"SELECT * FROM {left} EXCEPT ALL SELECT * FROM {right}").fetchall() == []


@pytest.mark.parametrize("way", [raw_tables, plain_tables])
def test_absent_is_not_zero(ads: Ads, client: AdsClient, way: Any) -> None:
    names = ["campaign.bidding_strategy_type", "campaign.maximize_conversions.target_cpa_micros"]
    rows = whole(way(client.connection, CUSTOMER, f"SELECT {', '.join(names)} FROM campaign", names)).to_pylist()
    by_strategy = {row[names[0]]: row[names[1]] for row in rows}
    assert by_strategy["MANUAL_CPC"] is None
    assert by_strategy["MAXIMIZE_CONVERSIONS"] > 0


@pytest.mark.parametrize("way", [raw_tables, plain_tables])
def test_no_rows_are_an_empty_table_with_its_columns(ads: Ads, client: AdsClient, way: Any) -> None:
    query = METRICS["keyword"].during(date(2020, 1, 1), date(2020, 1, 2))
    [table] = way(client.connection, CUSTOMER, query.text(), list(query.columns.values()))
    assert (table.num_rows, table.num_columns) == (0, len(query.columns))


@pytest.mark.parametrize("way", [raw_tables, plain_tables])
def test_an_answer_cut_in_the_middle_is_a_failure(ads: Ads, client: AdsClient, way: Any) -> None:
    query = METRICS["keyword"].during(FIRST, LAST)
    ads.sandbox.order(AdsFault(name=AdsFaultName.CUT_STREAM))
    with pytest.raises(AdsFailure) as caught:
        whole(way(client.connection, CUSTOMER, query.text(), list(query.columns.values())))
    assert caught.value.failure is AdFailureClass.UNKNOWN_OUTCOME


@pytest.mark.parametrize("way", [raw_tables, plain_tables])
@pytest.mark.parametrize(
    ("fault", "verdict"),
    [(AdsFaultName.DAILY_QUOTA, AdFailureClass.DEFER), (AdsFaultName.DEVELOPER_TOKEN_INVALID, AdFailureClass.HUMAN)],
)
def test_a_refused_stream_has_the_same_verdict_both_ways(
    ads: Ads, client: AdsClient, way: Any, fault: AdsFaultName, verdict: AdFailureClass
) -> None:
    ads.sandbox.order(fault)
    with pytest.raises(AdsFailure) as caught:
        whole(way(client.connection, CUSTOMER, ACCOUNT.text(), list(ACCOUNT.columns.values())))
    assert (caught.value.failure, caught.value.stops_account) == (verdict, True)


@pytest.mark.parametrize("name", ["campaign.nonsense", "campaign.id.more", "campaign", "change_event.old_resource"])
def test_a_field_that_is_no_value_is_found_before_any_call(name: str) -> None:
    with pytest.raises(ValueError, match=r"no field|no single value"):
        selected([name])
