"""What searches find: rows that agree with each other, whichever way they are asked for."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
from marketing_pipeline_tests.sandbox.google_ads.conftest import NOON
from marketing_pipeline_tests.sandbox.google_ads.served import CUSTOMER, SECONDS, Ads, refused, serve

ACCOUNT = AdsAccount(customer_id=CUSTOMER, campaigns=3, keywords=3, history_days=60)
MAY = "segments.date BETWEEN '2026-05-01' AND '2026-05-31'"
SUMS = "metrics.impressions, metrics.clicks, metrics.cost_micros, metrics.conversions, metrics.conversions_value"


@pytest.fixture(scope="module")
def ads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ads]:
    with serve(tmp_path_factory.mktemp("search"), SteppedClock(NOON), ACCOUNT) as served:
        yield served


def sums(rows: list[Any], key: Callable[[Any], Any]) -> dict[Any, tuple[float, ...]]:
    """Metrics by key, rounded to what sums of decimals can keep."""
    totals: dict[Any, list[float]] = defaultdict(lambda: [0.0] * 5)
    for row in rows:
        m = row.metrics
        for at, value in enumerate((m.impressions, m.clicks, m.cost_micros, m.conversions, m.conversions_value)):
            totals[key(row)][at] += value
    return {name: tuple(round(value, 3) for value in values) for name, values in totals.items()}


@pytest.mark.parametrize("resource", ["ad_group", "ad_group_ad", "keyword_view"])
def test_parts_add_up_to_their_campaign_on_each_day(ads: Ads, resource: str) -> None:
    whole = ads.rows(f"SELECT segments.date, campaign.id, {SUMS} FROM campaign WHERE {MAY}")
    parts = ads.rows(f"SELECT segments.date, campaign.id, {SUMS} FROM {resource} WHERE {MAY}")
    assert len(parts) > len(whole) > 90
    by_day: Callable[[Any], Any] = lambda row: (row.campaign.id, row.segments.date)  # noqa: E731
    assert sums(parts, by_day) == sums(whole, by_day)


def test_account_and_budgets_add_up_too(ads: Ads) -> None:
    nobody: Callable[[Any], Any] = lambda _: ()  # noqa: E731
    found = [
        sums(ads.rows(f"SELECT {SUMS} FROM {resource} WHERE {MAY}"), nobody)
        for resource in ("customer", "campaign_budget", "campaign")
    ]
    assert found[0] == found[1] == found[2]


def test_search_terms_leave_rare_ones_out_but_never_say_more_than_their_keyword(ads: Ads) -> None:
    terms = ads.rows(
        f"SELECT segments.keyword.ad_group_criterion, search_term_view.search_term, {SUMS} FROM search_term_view"
        f" WHERE {MAY}"
    )
    keywords = ads.rows(f"SELECT ad_group_criterion.resource_name, {SUMS} FROM keyword_view WHERE {MAY}")
    shown = sums(terms, lambda row: row.segments.keyword.ad_group_criterion)
    whole = sums(keywords, lambda row: row.ad_group_criterion.resource_name)
    assert all(clicks < whole[name][1] for name, (_, clicks, *_) in shown.items())
    assert sum(clicks for _, clicks, *_ in shown.values()) > 0.85 * sum(clicks for _, clicks, *_ in whole.values())
    assert all(row.search_term_view.search_term for row in terms)


def test_a_day_on_which_nobody_saw_a_term_has_no_row(tmp_path: Any) -> None:
    plan = AdsAccount(customer_id=CUSTOMER, campaigns=1, ad_groups=4, keywords=30, terms=8, ads=1, history_days=45)
    with serve(tmp_path, SteppedClock(NOON), plan) as ads:
        rows = ads.rows(
            "SELECT segments.date, search_term_view.search_term, ad_group.id, metrics.impressions"
            f" FROM search_term_view WHERE {MAY} AND campaign.status = 'ENABLED'"
        )
    assert all(row.metrics.impressions for row in rows)
    terms = {(row.ad_group.id, row.search_term_view.search_term) for row in rows}
    assert len(rows) < 31 * len(terms)


@pytest.mark.parametrize("segment", ["week", "month", "quarter", "year", "day_of_week"])
def test_coarser_dates_add_up_the_days(ads: Ads, segment: str) -> None:
    asked = f"WHERE {MAY}"
    days = ads.rows(f"SELECT segments.date, segments.{segment}, {SUMS} FROM customer {asked}")
    coarse = ads.rows(f"SELECT segments.{segment}, {SUMS} FROM customer {asked}")
    by_segment: Callable[[Any], Any] = lambda row: getattr(row.segments, segment)  # noqa: E731
    assert len(days) == 31
    assert len(coarse) == len({by_segment(row) for row in days})
    assert sums(coarse, by_segment) == sums(days, by_segment)


def test_weeks_begin_on_monday_and_quarters_on_their_first_day(ads: Ads) -> None:
    query = "SELECT segments.date, segments.week, segments.quarter, metrics.clicks FROM customer WHERE "
    [row] = ads.rows(query + "segments.date = '2026-05-17'")
    assert (row.segments.week, row.segments.quarter) == ("2026-05-11", "2026-04-01")


@pytest.mark.parametrize(
    ("literal", "first", "last"),
    [
        ("TODAY", 0, 0),
        ("YESTERDAY", 1, 1),
        ("LAST_7_DAYS", 7, 1),
        ("LAST_14_DAYS", 14, 1),
        ("LAST_30_DAYS", 30, 1),
        ("THIS_MONTH", 14, 0),
        ("LAST_MONTH", 45, 15),
        ("THIS_WEEK_MON_TODAY", 0, 0),
        ("THIS_WEEK_SUN_TODAY", 1, 0),
        ("LAST_WEEK_MON_SUN", 7, 1),
        ("LAST_WEEK_SUN_SAT", 8, 2),
        ("LAST_BUSINESS_WEEK", 7, 3),
    ],
)
def test_named_ranges(ads: Ads, literal: str, first: int, last: int) -> None:
    rows = ads.rows(f"SELECT segments.date, metrics.clicks FROM customer WHERE segments.date DURING {literal}")
    today = date(2026, 6, 15)
    days = [today - timedelta(days=back) for back in range(first, last - 1, -1)]
    assert sorted(row.segments.date for row in rows) == [day.isoformat() for day in days]


CONDITIONS: list[tuple[str, Callable[[Any], bool]]] = [
    ("metrics.clicks > 20", lambda row: row.metrics.clicks > 20),
    ("metrics.clicks <= 20", lambda row: row.metrics.clicks <= 20),
    ("metrics.conversions = 0", lambda row: row.metrics.conversions == 0),
    ("metrics.cost_micros BETWEEN 5000000 AND 9000000", lambda row: 5e6 <= row.metrics.cost_micros <= 9e6),
    ("campaign.name LIKE '%FRAMED%'", lambda row: "framed" in row.campaign.name.lower()),
    ("campaign.name NOT LIKE '%framed%'", lambda row: "framed" not in row.campaign.name.lower()),
    ("campaign.name REGEXP_MATCH '.*[12]'", lambda row: row.campaign.name[-1] in "12"),
    ("campaign.status IN ('PAUSED', 'REMOVED')", lambda row: row.campaign.status == 4),
    ("campaign.status != ENABLED", lambda row: row.campaign.status != 2),
    ("segments.date > '2026-05-20'", lambda row: row.segments.date > "2026-05-20"),
    (
        "segments.day_of_week IN ('SATURDAY', 'SUNDAY')",
        lambda row: date.fromisoformat(row.segments.date).weekday() > 4,
    ),
    ("campaign.base_campaign IS NULL", lambda row: True),
    ("campaign.base_campaign IS NOT NULL", lambda row: False),
]


@pytest.mark.parametrize(("condition", "passes"), CONDITIONS, ids=[row[0] for row in CONDITIONS])
def test_conditions_keep_what_they_say(ads: Ads, condition: str, passes: Callable[[Any], bool]) -> None:
    select = f"SELECT segments.date, segments.day_of_week, campaign.id, campaign.name, campaign.status, {SUMS}"
    query = f"{select} FROM ad_group WHERE {MAY}"
    everything = ads.rows(query)
    kept = ads.rows(f"{query} AND {condition}")
    assert [str(row) for row in kept] == [str(row) for row in everything if passes(row)]


def test_order_and_limit(ads: Ads) -> None:
    query = f"SELECT segments.date, campaign.id, metrics.clicks, campaign.name FROM campaign WHERE {MAY}"
    ordered = ads.rows(f"{query} ORDER BY campaign.name, metrics.clicks DESC")
    keys = [(row.campaign.name, -row.metrics.clicks) for row in ordered]
    assert keys == sorted(keys)
    top = ads.rows(f"{query} ORDER BY campaign.name, metrics.clicks DESC LIMIT 5")
    assert [str(row) for row in top] == [str(row) for row in ordered[:5]]


def test_rows_of_zeros_are_left_out_only_where_segments_are_asked_for(ads: Ads) -> None:
    asked = "FROM campaign WHERE campaign.status = 'REMOVED' AND segments.date DURING LAST_7_DAYS"
    assert ads.rows(f"SELECT segments.date, campaign.id, metrics.clicks {asked}") == []
    [row] = ads.rows(f"SELECT campaign.id, metrics.clicks, metrics.average_cpc {asked}")
    assert row.metrics.HasField("clicks")
    assert not row.metrics.HasField("average_cpc")


def test_ratios_follow_from_sums(ads: Ads) -> None:
    [row] = ads.rows(
        f"SELECT {SUMS}, metrics.ctr, metrics.average_cpc, metrics.cost_per_conversion,"
        f" metrics.conversions_value_per_cost FROM customer WHERE {MAY}"
    )
    m = row.metrics
    assert m.ctr == pytest.approx(m.clicks / m.impressions)
    assert m.average_cpc == pytest.approx(m.cost_micros / m.clicks)
    assert m.cost_per_conversion == pytest.approx(m.cost_micros / m.conversions)
    assert m.conversions_value_per_cost == pytest.approx(m.conversions_value / m.cost_micros * 1e6)


def test_only_what_was_asked_for_comes_back(ads: Ads) -> None:
    [row, *_] = ads.rows("SELECT campaign.id, campaign_budget.amount_micros FROM campaign")
    assert row.campaign.name == ""
    assert row.campaign.resource_name.endswith(str(row.campaign.id))
    assert row.campaign_budget.resource_name.startswith(f"customers/{CUSTOMER}/campaignBudgets/")
    assert not row.HasField("metrics")
    bare = ads.rows("SELECT campaign.id FROM campaign PARAMETERS omit_unselected_resource_names = true")
    assert {row.campaign.resource_name for row in bare} == {""}


def test_pages_and_the_stream_hold_the_same_rows(ads: Ads) -> None:
    query = "SELECT segments.date, ad_group_criterion.criterion_id, metrics.clicks FROM keyword_view WHERE " + MAY
    request = ads.client.get_type("SearchGoogleAdsRequest")
    request.customer_id, request.query = CUSTOMER, query
    request.search_settings.return_total_results_count = True
    paged = ads.service.search(request=request, timeout=SECONDS)
    rows = [str(row) for row in paged]
    assert rows == [str(row) for row in ads.rows(query)]
    assert paged.total_results_count == len(rows)


def test_a_page_has_ten_thousand_rows(tmp_path: Any) -> None:
    plan = AdsAccount(customer_id=CUSTOMER, campaigns=4, keywords=20, terms=1, ads=1, history_days=100)
    with serve(tmp_path, SteppedClock(NOON), plan) as ads:
        query = (
            "SELECT segments.date, ad_group_criterion.criterion_id, metrics.clicks FROM keyword_view"
            " WHERE segments.date BETWEEN '2026-01-01' AND '2026-06-15'"
        )
        stream = ads.service.search_stream(customer_id=CUSTOMER, query=query, timeout=SECONDS)
        streamed = [row for page in stream for row in page.results]
        pages = list(ads.service.search(customer_id=CUSTOMER, query=query, timeout=SECONDS).pages)
        assert [len(page.results) for page in pages] == [10_000, len(streamed) - 10_000]
        assert pages[0].next_page_token
        assert len({(row.segments.date, row.ad_group_criterion.criterion_id) for row in streamed}) == len(streamed)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("page_size", 100, "request_error.PAGE_SIZE_NOT_SUPPORTED"),
        ("page_token", "sandbox-7", "request_error.INVALID_PAGE_TOKEN"),
        ("page_token", "7", "request_error.INVALID_PAGE_TOKEN"),
    ],
)
def test_bad_paging_is_refused(ads: Ads, field: str, value: Any, code: str) -> None:
    request = ads.client.get_type("SearchGoogleAdsRequest")
    request.customer_id, request.query = CUSTOMER, "SELECT campaign.id FROM campaign"
    setattr(request, field, value)
    with refused(code):
        ads.service.search(request=request, timeout=SECONDS)


def test_a_dry_search_only_checks(ads: Ads) -> None:
    request = ads.client.get_type("SearchGoogleAdsRequest")
    request.customer_id, request.query, request.validate_only = CUSTOMER, "SELECT campaign.id FROM campaign", True
    assert list(ads.service.search(request=request, timeout=SECONDS)) == []


def test_an_empty_stream_has_one_empty_page(ads: Ads) -> None:
    query = "SELECT campaign.id FROM campaign WHERE campaign.id = 1"
    [page] = ads.service.search_stream(customer_id=CUSTOMER, query=query, timeout=SECONDS)
    assert (len(page.results), list(page.field_mask.paths)) == (0, ["campaign.id"])
    assert page.request_id
