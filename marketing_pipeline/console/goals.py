"""How far each goal of a brand is, against the straight way from the day on which it was set to the day it is due."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from marketing_pipeline.console.desk import Desk
from marketing_pipeline.domain.identifiers import BrandId

_GOALS = """
SELECT g.brand, g.goal, g.statement, g.metric, g.baseline, g.target, g.due, g.actual, g.progress, g.posts, (
    SELECT min(s.created_at) FROM strategies AS s, json_each(s.content, '$.goals') AS each
    WHERE s.brand = g.brand AND (each.value ->> '$.id') = g.goal
        AND (each.value ->> '$.baseline')::DOUBLE = g.baseline
        AND (each.value ->> '$.target')::DOUBLE = g.target AND (each.value ->> '$.due')::DATE = g.due
) AS since
FROM goal_progress AS g WHERE g.brand = ANY(?) ORDER BY g.brand, g.due, g.goal LIMIT 500
"""


@dataclass(frozen=True)
class GoalView:
    """One goal as it stands. `actual` and `progress` are None where nothing is measured, or a person reports it."""

    brand: BrandId
    goal: str
    statement: str
    metric: str
    baseline: float
    target: float
    due: date
    actual: float | None
    progress: float | None
    since: datetime
    now: datetime

    @property
    def expected(self) -> float:
        """The share of the way that a steady pace would have gone by now, 0 to 1."""
        due = datetime.combine(self.due, time.max, tzinfo=UTC)
        whole = (due - self.since).total_seconds()
        return min(1.0, max(0.0, (self.now - self.since).total_seconds() / whole)) if whole > 0 else 1.0

    @property
    def days_left(self) -> int:
        """Days until it is due; negative afterwards."""
        return (self.due - self.now.date()).days

    @property
    def gap(self) -> float | None:
        """What is still missing; negative where there is more than was wanted."""
        return None if self.actual is None else self.target - self.actual

    @property
    def weekly_need(self) -> float | None:
        """What each week until it is due has to add; None where nothing is left to do, or no time."""
        if self.gap is None or self.reached or self.days_left <= 0:
            return None
        return self.gap / max(1.0, self.days_left / 7)

    @property
    def reached(self) -> bool:
        """Whether the target is met."""
        return self.progress is not None and self.progress >= 1

    @property
    def pace(self) -> str:
        """In a word or two: reached, on pace, behind, missed, or not measured here."""
        if self.progress is None:
            return "not measured"
        if self.reached:
            return "reached"
        if self.days_left < 0:
            return "missed"
        return "on pace" if self.progress >= self.expected else "behind"

    @property
    def tone(self) -> str:
        """Its colour."""
        return {"reached": "good", "on pace": "good", "behind": "warn", "missed": "bad"}.get(self.pace, "plain")


def goals_of(desk: Desk) -> list[GoalView]:
    """The goals of the brands that the page is about."""
    return [_view(row, desk.now) for row in desk.rows(_GOALS, desk.shown_brands).mappings()]


def _view(row: dict[str, Any], now: datetime) -> GoalView:
    kept = {name: row[name] for name in GoalView.__dataclass_fields__ if name != "now"}
    return GoalView(**kept, now=now)
