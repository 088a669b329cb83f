"""Partitions: brand x week. A run is one brand and one week, so failures, retries and machines scale by run."""

from zoneinfo import ZoneInfo

import dagster as dg

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.week import Week
from marketing_pipeline.settings import Settings

WEEKS_BACK = 104
WEEKS_AHEAD = 9


def _brand_weeks() -> dg.MultiPartitionsDefinition:
    """Every brand folder x a rolling set of weeks: two years back, and the coming ones, since planning looks ahead."""
    from marketing_pipeline.store.brand_folder import brand_ids

    first = Week.containing(SystemClock().now(), ZoneInfo("UTC")).plus(-WEEKS_BACK)
    return dg.MultiPartitionsDefinition(
        {
            "brand": dg.StaticPartitionsDefinition(brand_ids(Settings.from_environment().brands)),
            "week": dg.WeeklyPartitionsDefinition(first.key, day_offset=1, end_offset=WEEKS_AHEAD),
        }
    )


BRAND_WEEK = _brand_weeks()


def known_weeks() -> tuple[Week, Week]:
    """The first and the last week that can be run."""
    weeks = [Week.parse(key) for key in BRAND_WEEK.get_partitions_def_for_dimension("week").get_partition_keys()]
    return weeks[0], weeks[-1]


def partition_key(brand: BrandId, week: Week) -> dg.MultiPartitionKey:
    """The key of one brand's week, as runs and materializations name it."""
    return dg.MultiPartitionKey({"brand": brand, "week": week.key})


def brand_and_week(partition: str) -> tuple[BrandId, Week]:
    """The brand and week that a partition key names."""
    keys = BRAND_WEEK.get_partition_key_from_str(partition).keys_by_dimension
    return BrandId(keys["brand"]), Week.parse(keys["week"])
