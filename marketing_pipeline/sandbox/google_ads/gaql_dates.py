"""Dates in queries: names of ranges, segments of a day, and the rule that a range must have two ends."""

from collections.abc import Iterable
from datetime import date, timedelta

from marketing_pipeline.sandbox.google_ads.gaql import Condition
from marketing_pipeline.sandbox.google_ads.refusal import Refusal

_DAY = timedelta(days=1)
_LAST_DAYS = {"LAST_7_DAYS": 7, "LAST_14_DAYS": 14, "LAST_30_DAYS": 30}
_WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_LOWER, _UPPER, _BOTH = (">", ">="), ("<", "<="), ("=", "IN", "BETWEEN", "DURING")


def named_range(name: str, today: date) -> tuple[date, date]:
    """First and last day of a range. Documented: LAST_7_DAYS and its like end yesterday, by the account's time zone."""
    monday, first = today - today.weekday() * _DAY, today.replace(day=1)
    sunday = today - (today.weekday() + 1) % 7 * _DAY
    if name in _LAST_DAYS:
        return today - _LAST_DAYS[name] * _DAY, today - _DAY
    ranges = {
        "TODAY": (today, today),
        "YESTERDAY": (today - _DAY, today - _DAY),
        "THIS_MONTH": (first, today),
        "LAST_MONTH": ((first - _DAY).replace(day=1), first - _DAY),
        "THIS_WEEK_MON_TODAY": (monday, today),
        "THIS_WEEK_SUN_TODAY": (sunday, today),
        "LAST_WEEK_MON_SUN": (monday - 7 * _DAY, monday - _DAY),
        "LAST_WEEK_SUN_SAT": (sunday - 7 * _DAY, sunday - _DAY),
        "LAST_BUSINESS_WEEK": (monday - 7 * _DAY, monday - 3 * _DAY),
    }
    if name not in ranges:
        raise Refusal("query_error.INVALID_VALUE_WITH_DURING_OPERATOR", f"There is no range '{name}'.")
    return ranges[name]


def date_segments(day: date) -> dict[str, str | int]:
    """The date segments of a day, as rows give them: weeks begin on Monday; months and quarters are their first day."""
    return {
        "date": day.isoformat(),
        "week": (day - day.weekday() * _DAY).isoformat(),
        "month": day.replace(day=1).isoformat(),
        "quarter": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1).isoformat(),
        "year": day.year,
        "day_of_week": _WEEKDAYS[day.weekday()],
    }


def day_of(text: str) -> date:
    """The day that a text names. Raises Refusal."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Refusal("query_error.INVALID_DATE_FORMAT", f"'{text}' is no date such as 2026-11-02.") from None


def check_aligned(segment: str, text: str) -> None:
    """Refuse a week, month or quarter that is not named by its first day (documented)."""
    if date_segments(day_of(text)).get(segment) != text:
        raise Refusal("query_error.MISALIGNED_DATE_FOR_FILTER", f"'{text}' is not the first day of a {segment}.")


def has_two_ends(conditions: Iterable[Condition]) -> bool:
    """Whether conditions on the same dates leave a finite range."""
    operators = [condition.operator for condition in conditions]
    if any(operator in _BOTH for operator in operators):
        return True
    return any(operator in _LOWER for operator in operators) and any(operator in _UPPER for operator in operators)
