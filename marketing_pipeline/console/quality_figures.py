"""Charts of the quality page: how often the first attempt meets the bar, what the evaluator saw, which checks fail."""

from typing import Any

from marketing_pipeline.console.desk import Desk
from marketing_pipeline.console.figure import Figure, Kind, Unit
from marketing_pipeline.console.words import in_words
from marketing_pipeline.domain.evaluation import Criterion
from marketing_pipeline.domain.learning import Z90
from marketing_pipeline.domain.share_interval import interval_of_share

MOST_WEEKS = 26
_LEVEL_WEEKS = 16
_NAMES = 12
_DESIGNS = """
SELECT week::DATE AS week, sum(designs)::BIGINT AS designs,
    round(sum(first_pass_rate * designs))::BIGINT AS at_once,
    sum(first_pass_rate * designs) / sum(designs) AS first_pass_rate,
    sum(share_meeting_bar * designs) / sum(designs) AS share_meeting_bar,
    sum(mean_attempts * designs) / sum(designs) AS mean_attempts
FROM evaluation_weekly WHERE brand = ANY(?) GROUP BY week ORDER BY week DESC LIMIT ?
"""
_LEVELS = """
SELECT p.week::DATE AS week, e.criterion, e.level, count(*) AS verdicts,
    count(*) / sum(count(*)) OVER (PARTITION BY p.week, e.criterion) AS share
FROM evaluations AS e JOIN posts AS p ON p.id = e.post
WHERE p.brand = ANY(?)
GROUP BY p.week, e.criterion, e.level
QUALIFY dense_rank() OVER (ORDER BY p.week DESC) <= ?
ORDER BY p.week, list_position(['good', 'acceptable', 'poor', 'cannot_tell'], e.level)
"""
_NAMED = """
WITH attempt AS (FROM creative_attempts WHERE brand = ANY($1) QUALIFY dense_rank() OVER (ORDER BY week DESC) <= $2)
SELECT name, count(*) AS times, count(*) / (SELECT count(*) FROM attempt) AS share
FROM (SELECT unnest({names}) AS name FROM attempt)
GROUP BY name ORDER BY times DESC, name LIMIT $3
"""
_TONES = {"good": "good", "acceptable": "warn", "poor": "bad", "cannot tell": "quiet"}


def designs(desk: Desk) -> list[dict[str, Any]]:
    """The weeks with designs, the oldest first."""
    rows = desk.rows(_DESIGNS, desk.shown_brands, MOST_WEEKS).mappings()
    return [_with_interval(row) for row in reversed(rows)]


def design_figures(weeks: list[dict[str, Any]]) -> tuple[Figure, ...]:
    """How many designs were good at once, and how many attempts they took."""
    first = Figure(
        title="Met the bar at the first attempt",
        kind=Kind.BAND,
        rows=weeks,
        x="week",
        y="first_pass_rate",
        low="low",
        high="high",
        unit=Unit.PERCENT,
        columns={
            "week": "Week",
            "first_pass_rate": "At the first attempt",
            "low": "From",
            "high": "To",
            "share_meeting_bar": "In the end",
            "designs": "Designs",
        },
        units={"share_meeting_bar": Unit.PERCENT},
        source="evaluation_weekly",
        note="Share of designs, with its 90 % interval. A post is designed once, and again each time it is sent back.",
    )
    attempts = Figure(
        title="Attempts at a creative",
        kind=Kind.LINE,
        rows=weeks,
        x="week",
        y="mean_attempts",
        columns={"week": "Week", "mean_attempts": "Mean attempts", "designs": "Designs"},
        source="evaluation_weekly",
        note="1 would be: every first attempt was good enough.",
    )
    return first, attempts


def level_figures(desk: Desk) -> tuple[Figure, ...]:
    """The evaluator's levels by criterion and week."""
    found = desk.rows(_LEVELS, desk.shown_brands, _LEVEL_WEEKS).mappings()
    shown = [{**row, "level": in_words(row["level"])} for row in found]
    return tuple(
        Figure(
            title=in_words(criterion).capitalize(),
            kind=Kind.STACK,
            rows=rows,
            x="week",
            y="share",
            series="level",
            tones=_TONES,
            unit=Unit.PERCENT,
            columns={"week": "Week", "level": "Level", "share": "Share", "verdicts": "Verdicts"},
            source="evaluations",
        )
        for criterion in Criterion
        if (rows := [row for row in shown if row["criterion"] == criterion])
    )


def failure_figures(desk: Desk) -> tuple[Figure, ...]:
    """Which checks fail, and which defects the evaluator names."""
    return tuple(
        Figure(
            title=title,
            kind=Kind.ROWS,
            rows=[{**row, "name": in_words(row["name"])} for row in _named(desk, names)],
            x="times",
            y="name",
            columns={"name": "Name", "times": "Times", "share": "Share of attempts"},
            units={"share": Unit.PERCENT},
            source="creative_attempts",
            note=f"Over the last {_LEVEL_WEEKS} weeks, every attempt counted.",
            empty=empty,
        )
        for title, names, empty in (
            ("Checks that failed", "failed_checks", "No check has failed."),
            ("Defects that the evaluator named", "defects", "The evaluator has named no defect."),
        )
    )


def _named(desk: Desk, names: str) -> list[dict[str, Any]]:
    return desk.rows(_NAMED.format(names=names), desk.shown_brands, _LEVEL_WEEKS, _NAMES).mappings()


def _with_interval(row: dict[str, Any]) -> dict[str, Any]:
    low, high = interval_of_share(row["at_once"], row["designs"], Z90)
    return {**row, "low": low, "high": high}
