from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.week import Week
from marketing_pipeline.sandbox.google_ads.faults import AdsFault, AdsFaultName
from marketing_pipeline.store.ad_facts import CollectionOutcome
from marketing_pipeline.workflows.collect_ads import (
    BACKFILL_DAYS,
    READ_OPERATIONS,
    REREAD_DAYS,
    TRIES,
    QuotaKept,
    days_to_read,
)
from marketing_pipeline_tests.sandbox.google_ads.served import CUSTOMER, SMALL
from marketing_pipeline_tests.workflows.ad_accounts import SECOND, Desk, desk, with_account

LONDON = ZoneInfo("Europe/London")
YESTERDAY = date(2026, 11, 15)
OTHER = SMALL.model_copy(update={"customer_id": SECOND})


@pytest.fixture
def office(tmp_path: Path, clock: SteppedClock) -> Iterator[Desk]:
    with desk(tmp_path / "ads", clock) as opened:
        yield opened


@pytest.fixture
def advertiser(brand: Brand) -> Brand:
    return with_account(brand)


def test_an_account_is_read_on_every_level_up_to_yesterday(office: Desk, advertiser: Brand) -> None:
    [collected] = office.collect(advertiser)
    assert collected.problem is None and collected.collection is not None
    assert (collected.collection.first_day, collected.collection.last_day) == (
        YESTERDAY - timedelta(days=BACKFILL_DAYS - 1),
        YESTERDAY,
    )
    sums = office.facts.rows("SELECT level, sum(cost_micros)::BIGINT AS cost FROM ad_metrics GROUP BY level", {})
    assert {row["level"] for row in sums} == {"campaign", "ad_group", "keyword", "ad"}
    assert len({row["cost"] for row in sums}) == 1 and sums[0]["cost"] > 0
    assert office.one("SELECT max(day) FROM ad_metrics") == YESTERDAY
    assert 0 < office.one("SELECT sum(cost_micros) FROM search_terms") <= sums[0]["cost"]
    assert collected.collection.row_count == office.one(
        "SELECT (SELECT count(*) FROM ad_metrics) + (SELECT count(*) FROM search_terms)"
    )
    kinds = office.facts.rows("SELECT DISTINCT kind FROM ad_resources WHERE item IS NOT NULL", {})
    assert {row["kind"] for row in kinds} == {"keyword", "ad"}
    assert list(office.warehouse.folder.glob("staging_*")) == []


def test_reading_again_replaces_and_never_doubles(office: Desk, advertiser: Brand) -> None:
    office.collect(advertiser)
    before = office.one("SELECT count(*) FROM ad_metrics"), office.one("SELECT count(*) FROM ad_resources")
    office.collect(advertiser)
    assert (office.one("SELECT count(*) FROM ad_metrics"), office.one("SELECT count(*) FROM ad_resources")) == before


def test_the_last_days_are_read_again_for_late_conversions(
    office: Desk, advertiser: Brand, clock: SteppedClock
) -> None:
    office.collect(advertiser)
    young = "SELECT sum(conversions) FROM ad_metrics WHERE day BETWEEN DATE '2026-11-09' AND DATE '2026-11-15'"
    old = "SELECT max(fetched_at) FROM ad_metrics WHERE day < DATE '2026-11-01'"
    counted, fetched = office.one(young), office.one(old)
    clock.sleep(4 * 86_400)
    [collected] = office.collect(advertiser)
    assert collected.collection is not None
    assert collected.collection.first_day == YESTERDAY - timedelta(days=REREAD_DAYS - 1)
    assert collected.collection.last_day == YESTERDAY + timedelta(days=4)
    assert office.one(young) > counted
    assert office.one(old) == fetched


@pytest.mark.parametrize(
    "fault",
    [AdsFaultName.DEVELOPER_TOKEN_INVALID, AdsFaultName.USER_PERMISSION_DENIED, AdsFaultName.OAUTH_TOKEN_REVOKED],
)
def test_a_refused_account_leaves_the_others_alone(
    tmp_path: Path, clock: SteppedClock, brand: Brand, fault: AdsFaultName
) -> None:
    with desk(tmp_path / "ads", clock, SMALL, OTHER) as office:
        office.ads.sandbox.order(AdsFault(name=fault, customer=CUSTOMER))
        first, second = office.collect(with_account(brand), with_account(brand, SECOND, "second"))
        assert first.problem is not None and str(fault).upper().split("_")[0] in first.problem.message.upper()
        assert second.problem is None
        assert {row["brand"] for row in office.facts.rows("SELECT DISTINCT brand FROM ad_metrics", {})} == {"second"}
        latest = office.facts.latest(brand.brand_id)
        assert latest is not None and latest.outcome is CollectionOutcome.FAILED
        assert latest.problem == str(first.problem)


def test_an_answer_cut_in_the_middle_is_read_again(office: Desk, advertiser: Brand) -> None:
    office.ads.sandbox.order(AdsFault(name=AdsFaultName.CUT_STREAM))
    [collected] = office.collect(advertiser)
    assert collected.problem is None
    cost = "SELECT count(DISTINCT cost) FROM (SELECT level, sum(cost_micros) AS cost FROM ad_metrics GROUP BY level)"
    assert office.one(cost) == 1


def test_an_answer_that_stays_cut_writes_nothing(office: Desk, advertiser: Brand, clock: SteppedClock) -> None:
    office.collect(advertiser)
    before = office.facts.rows("SELECT * FROM ad_metrics ORDER BY ALL", {})
    clock.sleep(86_400)
    office.ads.sandbox.order(AdsFault(name=AdsFaultName.CUT_STREAM, times=TRIES))
    [collected] = office.collect(advertiser)
    assert collected.problem is not None
    assert office.facts.rows("SELECT * FROM ad_metrics ORDER BY ALL", {}) == before
    assert list(office.warehouse.folder.glob("staging_*")) == []


def test_a_short_quota_is_waited_for(office: Desk, advertiser: Brand, clock: SteppedClock) -> None:
    office.ads.sandbox.order(AdsFault(name=AdsFaultName.SHORT_TERM_QUOTA, seconds=40))
    start = clock.now()
    [collected] = office.collect(advertiser)
    assert collected.problem is None
    assert clock.now() - start >= timedelta(seconds=40)


def test_a_spent_daily_quota_is_never_tried_again_by_any_account(
    tmp_path: Path, clock: SteppedClock, brand: Brand
) -> None:
    with desk(tmp_path / "ads", clock, SMALL, OTHER) as office:
        office.ads.sandbox.order(AdsFaultName.DAILY_QUOTA)
        both = with_account(brand), with_account(brand, SECOND, "second")
        first, second = office.collect(*both)
        assert first.collection is not None and first.collection.outcome is CollectionOutcome.QUOTA_SPENT
        assert isinstance(second.problem, QuotaKept)
        assert len(office.ads.sandbox.calls()) == 1
        clock.sleep(23 * 3600)
        assert all(isinstance(each.problem, QuotaKept) for each in office.collect(*both))
        assert len(office.ads.sandbox.calls()) == 1
        clock.sleep(3601)
        assert [each.problem for each in office.collect(*both)] == [None, None]


def test_operations_are_counted_as_google_counts_them_and_kept_below_the_limit(
    office: Desk, advertiser: Brand, clock: SteppedClock
) -> None:
    [collected] = office.collect(advertiser)
    assert collected.collection is not None
    assert collected.collection.operations == sum(call.operations for call in office.ads.sandbox.calls())
    with office.warehouse.write() as connection:
        connection.execute("UPDATE ad_collections SET operations = ?", [READ_OPERATIONS])
    asked = len(office.ads.sandbox.calls())
    [kept] = office.collect(advertiser)
    assert isinstance(kept.problem, QuotaKept) and len(office.ads.sandbox.calls()) == asked
    clock.sleep(86_401)
    assert office.collect(advertiser)[0].problem is None


def test_a_closed_account_says_so(tmp_path: Path, clock: SteppedClock, brand: Brand) -> None:
    with desk(tmp_path / "ads", clock, SMALL.model_copy(update={"enabled": False})) as office:
        [collected] = office.collect(with_account(brand))
        assert collected.problem is not None and "CUSTOMER_NOT_ENABLED" in collected.problem.message


def test_an_account_without_conversions_has_zeros_and_no_gaps(
    tmp_path: Path, clock: SteppedClock, brand: Brand
) -> None:
    with desk(tmp_path / "ads", clock, SMALL.model_copy(update={"measures_conversions": False})) as office:
        office.collect(with_account(brand))
        assert office.one("SELECT sum(conversions) FROM ad_metrics") == 0
        assert office.one("SELECT count(*) FROM ad_metrics WHERE conversions IS NULL") == 0


def test_amounts_without_cents_stay_whole(tmp_path: Path, clock: SteppedClock, brand: Brand) -> None:
    account = SMALL.model_copy(update={"currency": "JPY", "time_zone": "Asia/Tokyo"})
    with desk(tmp_path / "ads", clock, account) as office:
        [collected] = office.collect(with_account(brand))
        assert collected.collection is not None and collected.collection.currency == "JPY"
        assert office.one("SELECT count(*) FROM ad_resources WHERE budget_micros % 1000000 != 0") == 0
        assert office.one("SELECT min(currency) || max(currency) FROM ad_metrics") == "JPYJPY"


def test_days_are_those_of_the_account(tmp_path: Path, brand: Brand) -> None:
    # 20:30 UTC on the 16th: the 16th is over in Tokyo, though not in London.
    evening = SteppedClock(datetime(2026, 11, 16, 20, 30, tzinfo=UTC))
    with desk(tmp_path / "ads", evening, SMALL.model_copy(update={"time_zone": "Asia/Tokyo"})) as office:
        [collected] = office.collect(with_account(brand))
        assert collected.collection is not None
        assert (collected.collection.last_day, collected.collection.time_zone) == (date(2026, 11, 16), "Asia/Tokyo")


def test_removed_campaigns_keep_their_days_and_are_marked(tmp_path: Path, clock: SteppedClock, brand: Brand) -> None:
    with_days = """
        SELECT count(DISTINCT m.campaign_id) FROM ad_metrics AS m JOIN ad_resources AS r USING (campaign_id)
        WHERE r.kind = 'campaign' AND r.status = 'REMOVED' AND m.cost_micros > 0
    """
    with desk(tmp_path / "ads", clock, SMALL.model_copy(update={"history_days": 60})) as office:
        office.collect(with_account(brand))
        assert office.one(with_days) == 1


def test_a_shared_budget_tells_how_many_share_it(tmp_path: Path, clock: SteppedClock, brand: Brand) -> None:
    account = SMALL.model_copy(update={"shared_budget": True, "campaigns": 3})
    with desk(tmp_path / "ads", clock, account) as office:
        office.collect(with_account(brand))
        shared = office.facts.rows(
            "SELECT budget, budget_campaigns AS users FROM ad_resources WHERE kind = 'campaign' AND status = 'ENABLED'",
            {},
        )
        assert sorted(row["users"] for row in shared) == [1, 2, 2]
        assert len({row["budget"] for row in shared}) == 2


def test_empty_days_leave_no_rows_and_no_error(office: Desk, advertiser: Brand) -> None:
    [collected] = office.collect(advertiser, week=Week(date(2025, 1, 6)))
    assert collected.problem is None and collected.collection is not None
    assert (collected.collection.row_count, collected.collection.last_day) == (0, date(2025, 1, 12))


def test_a_brand_without_account_is_not_read(office: Desk, brand: Brand) -> None:
    bare = brand.model_copy(update={"channels": brand.channels.model_copy(update={"google_ads": None})})
    assert office.collect(bare) == ()
    assert office.ads.sandbox.calls() == []


def test_a_client_that_cannot_be_made_is_that_brands_problem(office: Desk, advertiser: Brand) -> None:
    from marketing_pipeline.settings import CredentialMissing
    from marketing_pipeline.workflows.collect_ads import AdCollector

    def refuse(_: Brand) -> object:
        raise CredentialMissing("GOOGLE_ADS_DEVELOPER_TOKEN is not set.", "Set it.")

    collector = AdCollector(refuse, office.facts, office.collector.clock, office.warehouse.folder)  # pyright: ignore[reportArgumentType]
    [collected] = collector.collect([advertiser])
    assert isinstance(collected.problem, CredentialMissing)


NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("week", "reached", "days"),
    [
        (None, None, (date(2026, 7, 19), YESTERDAY)),
        (None, YESTERDAY, (date(2026, 11, 2), YESTERDAY)),
        (None, date(2026, 9, 30), (date(2026, 9, 17), YESTERDAY)),
        (None, date(2027, 1, 1), (date(2026, 11, 2), YESTERDAY)),
        (Week(date(2026, 11, 16)), YESTERDAY, (date(2026, 11, 2), YESTERDAY)),
        (Week(date(2026, 11, 9)), YESTERDAY, (date(2026, 11, 2), YESTERDAY)),
        (Week(date(2026, 10, 19)), YESTERDAY, (date(2026, 10, 19), date(2026, 10, 25))),
        (Week(date(2026, 11, 23)), YESTERDAY, None),
    ],
)
def test_which_days_are_read(week: Week | None, reached: date | None, days: tuple[date, date] | None) -> None:
    assert days_to_read(NOON, LONDON, week, reached) == days
