"""What one brand costs in one week, as it was measured: kept in a file, so that the sums can be done again."""

import json
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

KEPT = Path(__file__).parent / "measured.json"


class RunCost(BaseModel):
    """One job: how many runs a brand-week has of it, and what one leaves in Dagster's storage."""

    model_config = ConfigDict(frozen=True)

    runs_per_brand_week: float
    events_per_run: float
    bytes_per_run: float
    seconds_per_run: Annotated[float, Field(description="Wall seconds with providers that answer at once")]


class UnitCosts(BaseModel):
    """One brand-week in the sandbox: the difference of two homes with more and fewer weeks, by the week."""

    model_config = ConfigDict(frozen=True)

    measured_on: str
    weeks: Annotated[tuple[int, int], Field(description="Weeks of the two homes")]
    posts: float
    start_cpu_seconds: Annotated[float, Field(description="CPU of a run's process until its first step")] = 0.0
    cpu_seconds: Annotated[float, Field(description="This program's, sandbox not included, Dagster included")]
    commits: Annotated[float, Field(description="Write transactions of the control plane, Dagster's not included")]
    control_plane_rows: dict[str, float]
    control_plane_bytes: float
    dagster: dict[str, RunCost]
    warehouse_bytes: float
    media_bytes: float
    media_files: float
    model_calls: float
    input_tokens: float
    cached_tokens: float
    output_tokens: float
    image_jobs: float
    instagram_calls: float
    ads_calls: float

    @property
    def rows(self) -> float:
        """Control-plane rows of all tables."""
        return sum(self.control_plane_rows.values())


def kept() -> UnitCosts:
    """The figures measured last. Raises FileNotFoundError, ValidationError."""
    return UnitCosts.model_validate_json(KEPT.read_text(encoding="utf-8"))


def keep(costs: UnitCosts) -> None:
    """Store figures for the sums."""
    KEPT.write_text(json.dumps(costs.model_dump(mode="json"), indent=1) + "\n", encoding="utf-8")
