"""Queries that are refused, each with the code that Google documents for it, and none with a crash."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing_pipeline.sandbox.google_ads.gaql import Condition, Token, parse
from marketing_pipeline.sandbox.google_ads.plan import plan
from marketing_pipeline.sandbox.google_ads.refusal import Refusal
from marketing_pipeline_tests.sandbox.google_ads.conftest import NOON
from marketing_pipeline_tests.sandbox.google_ads.served import CUSTOMER, Ads, refused

TODAY = NOON.date()
LAST_WEEK = "segments.date DURING LAST_7_DAYS"


def code_of(query: str) -> str:
    """The code a query is refused with; empty for one that passes."""
    try:
        plan(parse(query), TODAY)
    except Refusal as refusal:
        return refusal.errors[0].code.removeprefix("query_error.")
    return ""


REFUSED = [
    ("", "EXPECTED_SELECT"),
    ("FROM campaign", "EXPECTED_SELECT"),
    ("SELECT", "UNEXPECTED_END_OF_QUERY"),
    ("SELECT FROM campaign", "BAD_FIELD_NAME"),
    ("SELECT campaign.id", "EXPECTED_FROM"),
    ("SELECT campaign.id campaign.name FROM campaign", "EXPECTED_FROM"),
    ("SELECT campaign.id FROM", "UNEXPECTED_END_OF_QUERY"),
    ("SELECT campaign.id FROM shop", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"),
    ("SELECT geographic_view.resource_name FROM geographic_view", "PROHIBITED_RESOURCE_TYPE_IN_FROM_CLAUSE"),
    ("SELECT campaign.nope FROM campaign", "UNRECOGNIZED_FIELD"),
    ("SELECT nope.id FROM campaign", "UNRECOGNIZED_FIELD"),
    ("SELECT campaign.id.deeper FROM campaign", "UNRECOGNIZED_FIELD"),
    ("SELECT campaign_budget.type_ FROM campaign_budget", "UNRECOGNIZED_FIELD"),
    ("SELECT campaign.id FROM campaign WHERE campaign.nope = 1", "UNRECOGNIZED_FIELD"),
    ("SELECT campaign.id FROM campaign ORDER BY campaign.nope", "UNRECOGNIZED_FIELD"),
    ("SELECT campaign FROM campaign", "PROHIBITED_FIELD_IN_SELECT_CLAUSE"),
    ("SELECT campaign.network_settings FROM campaign", "PROHIBITED_FIELD_IN_SELECT_CLAUSE"),
    ("SELECT campaign.id FROM campaign WHERE campaign.network_settings = 'x'", "PROHIBITED_FIELD_IN_WHERE_CLAUSE"),
    ("SELECT ad_group.id FROM campaign", "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE"),
    ("SELECT campaign.id FROM campaign WHERE ad_group.id = 1", "PROHIBITED_RESOURCE_TYPE_IN_WHERE_CLAUSE"),
    ("SELECT campaign.id, metrics.phone_calls FROM campaign", "PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE"),
    (
        "SELECT campaign_criterion.criterion_id, metrics.clicks FROM campaign_criterion",
        "PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE",
    ),
    (f"SELECT segments.device FROM campaign WHERE {LAST_WEEK}", "PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE"),
    (
        f"SELECT segments.keyword.info.text FROM campaign WHERE {LAST_WEEK}",
        "PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE",
    ),
    ("SELECT segments.date, metrics.clicks FROM campaign", "EXPECTED_FILTERS_ON_DATE_RANGE"),
    (
        "SELECT segments.date, metrics.clicks FROM campaign WHERE segments.date >= '2026-06-01'",
        "EXPECTED_FILTERS_ON_DATE_RANGE",
    ),
    ("SELECT metrics.clicks FROM campaign WHERE segments.date < '2026-06-01'", "EXPECTED_FILTERS_ON_DATE_RANGE"),
    (
        f"SELECT metrics.clicks FROM campaign WHERE {LAST_WEEK} AND segments.day_of_week = 'MONDAY'",
        "EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE",
    ),
    ("SELECT campaign.id FROM campaign ORDER BY metrics.clicks", "EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE"),
    ("SELECT campaign.id FROM campaign ORDER BY customer.id", "EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE"),
    ("SELECT campaign.id FROM campaign WHERE", "UNEXPECTED_END_OF_QUERY"),
    ("SELECT campaign.id FROM campaign WHERE campaign.id", "UNEXPECTED_END_OF_QUERY"),
    ("SELECT campaign.id FROM campaign WHERE campaign.id ~ 1", "BAD_SYMBOL"),
    ("SELECT campaign.id FROM campaign WHERE campaign.id ABOUT 1", "BAD_OPERATOR"),
    ("SELECT campaign.id FROM campaign WHERE campaign.id IS 1", "BAD_OPERATOR"),
    ("SELECT campaign.id FROM campaign WHERE campaign.id = 1 OR campaign.id = 2", "EXPECTED_AND"),
    ("SELECT campaign.id FROM campaign WHERE campaign.id = (1)", "EXPECTED_SINGLE_VALUE"),
    ("SELECT campaign.id FROM campaign WHERE campaign.id = ,", "BAD_VALUE"),
    ("SELECT campaign.id FROM campaign WHERE campaign.id IN 1", "EXPECTED_LIST"),
    ("SELECT campaign.id FROM campaign WHERE campaign.id IN (1", "EXPECTED_LIST"),
    ("SELECT campaign.id FROM campaign WHERE campaign.id IN ()", "PROHIBITED_EMPTY_LIST_IN_CONDITION"),
    ("SELECT campaign.id FROM campaign WHERE campaign.id BETWEEN 1", "EXPECTED_VALUE_WITH_BETWEEN_OPERATOR"),
    ("SELECT campaign.id FROM campaign WHERE campaign.id = 'one'", "BAD_NUMBER"),
    ("SELECT campaign.id FROM campaign WHERE campaign.id = nan", "BAD_NUMBER"),
    ("SELECT campaign.id FROM campaign WHERE campaign.id LIKE '1%'", "OPERATOR_FIELD_MISMATCH"),
    ("SELECT campaign.id FROM campaign WHERE campaign.status > 'ENABLED'", "OPERATOR_FIELD_MISMATCH"),
    ("SELECT campaign.id FROM campaign WHERE campaign.name CONTAINS ANY ('x')", "OPERATOR_FIELD_MISMATCH"),
    ("SELECT campaign.id FROM campaign WHERE campaign.status = 'RUNNING'", "BAD_ENUM_CONSTANT"),
    ("SELECT campaign.id FROM campaign WHERE campaign.name = shop", "BAD_VALUE"),
    ("SELECT campaign.id FROM campaign WHERE campaign.brand_guidelines_enabled = 1", "BAD_VALUE"),
    ("SELECT campaign.id FROM campaign WHERE campaign.name REGEXP_MATCH '('", "INVALID_STRING_VALUE"),
    ("SELECT campaign.id FROM campaign WHERE campaign.name = 'shop", "STRING_NOT_TERMINATED"),
    ("SELECT campaign.id FROM campaign WHERE campaign.name = 'a\nshop'", "PROHIBITED_NEWLINE_IN_STRING"),
    ("SELECT metrics.clicks FROM campaign WHERE segments.date = 2026-06-01", "BAD_NUMBER"),
    ("SELECT metrics.clicks FROM campaign WHERE segments.date = 'June'", "INVALID_DATE_FORMAT"),
    (
        "SELECT metrics.clicks FROM campaign WHERE segments.date DURING LAST_CENTURY",
        "INVALID_VALUE_WITH_DURING_OPERATOR",
    ),
    ("SELECT metrics.clicks FROM campaign WHERE segments.month = '2026-06-02'", "MISALIGNED_DATE_FOR_FILTER"),
    ("SELECT metrics.clicks FROM campaign WHERE segments.week = '2026-06-02'", "MISALIGNED_DATE_FOR_FILTER"),
    ("SELECT campaign.id FROM campaign ORDER campaign.id", "EXPECTED_BY"),
    ("SELECT campaign.id FROM campaign LIMIT many", "BAD_LIMIT_VALUE"),
    ("SELECT campaign.id FROM campaign LIMIT 1.5", "BAD_LIMIT_VALUE"),
    ("SELECT campaign.id FROM campaign LIMIT 0", "LIMIT_VALUE_TOO_LOW"),
    ("SELECT campaign.id FROM campaign LIMIT 1 LIMIT 2", "UNEXPECTED_INPUT"),
    ("SELECT campaign.id FROM campaign PARAMETERS colour = true", "BAD_PARAMETER_NAME"),
    ("SELECT campaign.id FROM campaign PARAMETERS include_drafts = 7", "BAD_PARAMETER_VALUE"),
    ("SELECT campaign.id FROM campaign;", "BAD_SYMBOL"),
]


@pytest.mark.parametrize(("query", "code"), REFUSED)
def test_a_bad_query_is_refused_with_its_code(query: str, code: str) -> None:
    assert code_of(query) == code


def test_the_client_gets_the_code(ads: Ads) -> None:
    with refused("query_error.UNRECOGNIZED_FIELD"):
        ads.rows("SELECT campaign.nope FROM campaign")
    with refused("query_error.EXPECTED_FROM"):
        ads.service.search(customer_id=CUSTOMER, query="SELECT campaign.id", timeout=10)


def test_a_query_is_read_whole() -> None:
    query = parse(
        'select campaign.id, campaign.id, metrics.clicks From campaign WHERE campaign.name NOT LIKE "it\\\'s %"'
        " AND campaign.id NOT IN (1, -2) AND campaign.base_campaign IS NOT NULL AND metrics.ctr >= 0.5"
        " ORDER BY metrics.clicks DESC, campaign.id ASC LIMIT 7 PARAMETERS omit_unselected_resource_names = true"
    )
    assert query.select == ("campaign.id", "metrics.clicks")
    assert query.where == (
        Condition("campaign.name", "NOT LIKE", (Token("string", "it's %"),)),
        Condition("campaign.id", "NOT IN", (Token("number", "1"), Token("number", "-2"))),
        Condition("campaign.base_campaign", "IS NOT NULL", ()),
        Condition("metrics.ctr", ">=", (Token("number", "0.5"),)),
    )
    assert query.order_by == (("metrics.clicks", True), ("campaign.id", False))
    assert (query.limit, query.parameters) == (7, {"omit_unselected_resource_names"})


WORDS = (
    "SELECT FROM WHERE AND ORDER BY LIMIT IN NOT LIKE BETWEEN DURING IS NULL CONTAINS ANY PARAMETERS DESC campaign"
    " campaign.id campaign.status segments.date metrics.clicks , ( ) = != > 'x' '2026-06-01' \" 12 -3.5 ENABLED"
    " LAST_7_DAYS change_event ; \\"
)
PIECES = st.sampled_from([*WORDS.split(), "\n"])


@settings(max_examples=400)
@given(st.lists(PIECES, max_size=14).map(" ".join) | st.text(max_size=40))
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    assert code_of(text) == "" or code_of(text).isupper()
