"""Charts of the performance page: weeks with their intervals, effects as multiples, the plan beside the advice."""

import math
from collections.abc import Mapping
from typing import Any

from marketing_pipeline.console.desk import Desk
from marketing_pipeline.console.figure import Figure, Kind, Unit
from marketing_pipeline.console.links import calendar_url, evidence_url
from marketing_pipeline.console.words import in_words
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.learning import Factor
from marketing_pipeline.store.snapshot_reader import Rows

MOST_WEEKS = 52
_MEASURED = """
SELECT week::DATE AS week, count(*) AS posts, count(*) FILTER (age = '7d') AS final,
    avg({value}) AS mean, stddev_samp({value}) AS sd, count({value}) AS measured
FROM post_results WHERE brand = ? GROUP BY week HAVING count({value}) > 0 ORDER BY week DESC LIMIT ?
"""
_EFFECTS = """
SELECT factor, level, multiple, low, high, known, posts, recommended_share, week FROM learnings
WHERE brand = ? AND factor <> 'ad_change' QUALIFY week = max(week) OVER () ORDER BY multiple DESC, level
"""
_MIX = """
SELECT week::DATE AS week, factor, level, planned_posts, planned_share, recommended_share FROM planned_mix
WHERE brand = $1 AND week = (SELECT max(week) FROM plans WHERE brand = $1)
ORDER BY planned_share DESC NULLS LAST, level
"""
ABOVE, BELOW, OPEN = "above average", "below average", "not known yet"
_TONES = {ABOVE: "good", BELOW: "bad", OPEN: "quiet"}
# Student's t for a two-sided 90 % interval, by degrees of freedom from 1; the normal's 1.645 beyond.
_T90 = (
    6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812, 1.796, 1.782, 1.771, 1.761, 1.753, 1.746,
    1.740, 1.734, 1.729, 1.725, 1.721, 1.717, 1.714, 1.711, 1.708, 1.706, 1.703, 1.701, 1.699, 1.697,
)  # fmt: skip


def interval_of_mean(mean: float, sd: float | None, count: int) -> tuple[float, float] | None:
    """The 90 % interval of a mean of `count` posts, by Student's t, never below zero; None for a single post."""
    if sd is None or count < 2:
        return None
    t = _T90[count - 2] if count - 2 < len(_T90) else 1.645
    half = t * sd / math.sqrt(count)
    return max(0.0, mean - half), mean + half


def week_figures(desk: Desk, brand: Brand) -> tuple[Figure, ...]:
    """Reach and engagement of a post, week by week."""
    return tuple(
        Figure(
            title=title,
            kind=Kind.BAND,
            rows=_weeks(desk, brand, value),
            x="week",
            y="mean",
            low="low",
            high="high",
            columns={
                "week": "Week",
                "mean": "Mean of a post",
                "low": "From",
                "high": "To",
                "measured": "Posts measured",
                "final": "With their last figures",
            },
            links={"week": "page"},
            source="post_results",
            note=f"Mean of a post, with its 90 % interval. Weeks with posts younger than 7 days still grow.{weights}",
            empty="No post has been measured yet. The first figures come an hour after publishing.",
        )
        for title, value, weights in (
            ("Reach by week", "reach", ""),
            ("Engagement by week", "engagement", " Engagement: likes + 2 × comments + 3 × saves + 4 × shares."),
        )
    )


def effect_figures(desk: Desk, brand: Brand) -> tuple[Figure, ...]:
    """What is known of each level of each factor, as a multiple of the average post; none before anything is learnt."""
    return tuple(_effects(brand, factor, rows) for factor, rows in _by_factor(desk.rows(_EFFECTS, brand.id)))


def mix_figures(desk: Desk, brand: Brand) -> tuple[Figure, ...]:
    """The newest plan beside the mix that was recommended when it was made."""
    return tuple(_mix(factor, rows) for factor, rows in _by_factor(desk.rows(_MIX, brand.id)))


def _by_factor(found: Rows) -> list[tuple[Factor, list[dict[str, Any]]]]:
    rows = found.mappings()
    return [(factor, those) for factor in Factor if (those := [row for row in rows if row["factor"] == factor])]


def _weeks(desk: Desk, brand: Brand, value: str) -> list[dict[str, Any]]:
    rows = desk.rows(_MEASURED.format(value=value), brand.id, MOST_WEEKS).mappings()
    return [_with_interval(row, brand) for row in reversed(rows)]


def _with_interval(row: dict[str, Any], brand: Brand) -> dict[str, Any]:
    low, high = interval_of_mean(row["mean"], row["sd"], row["measured"]) or (None, None)
    return {**row, "low": low, "high": high, "page": calendar_url(brand.brand_id, str(row["week"]))}


def _effects(brand: Brand, factor: Factor, rows: list[dict[str, Any]]) -> Figure:
    shown = [
        {
            **row,
            "level": in_words(row["level"]),
            "verdict": _verdict(row),
            "page": evidence_url(brand.brand_id, factor, row["level"], row["week"]),
        }
        for row in rows
    ]
    order = (ABOVE, BELOW, OPEN)
    return Figure(
        title=f"By {factor}",
        kind=Kind.INTERVAL,
        rows=sorted(shown, key=lambda row: order.index(row["verdict"])),
        x="multiple",
        y="level",
        low="low",
        high="high",
        series="verdict",
        tones=_TONES,
        unit=Unit.MULTIPLE,
        reference=1.0,
        log=True,
        columns={
            "level": str(factor).capitalize(),
            "multiple": "Multiple",
            "low": "From",
            "high": "To",
            "verdict": "Verdict",
            "posts": "Posts",
            "recommended_share": "Recommended share",
        },
        units={"recommended_share": Unit.PERCENT},
        links={"level": "page", "posts": "page"},
        source="learnings",
    )


def _verdict(row: Mapping[str, Any]) -> str:
    if not row["known"]:
        return OPEN
    return ABOVE if row["multiple"] > 1 else BELOW


def _mix(factor: Factor, rows: list[dict[str, Any]]) -> Figure:
    return Figure(
        title=str(factor).capitalize(),
        kind=Kind.ROWS,
        rows=[{**row, "level": in_words(row["level"])} for row in rows],
        x="planned_share",
        y="level",
        high="recommended_share",
        unit=Unit.PERCENT,
        columns={
            "level": str(factor).capitalize(),
            "planned_posts": "Posts planned",
            "planned_share": "Planned",
            "recommended_share": "Recommended",
        },
        source="planned_mix",
    )
