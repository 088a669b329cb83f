"""Health: how the installation itself does, as checks of one asset, refreshed only when something changed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import dagster as dg

from marketing_pipeline.domain.health import Area, Level
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from marketing_pipeline.domain.health import Health

KEY = dg.AssetKey("health")
_SEVERITY = {Level.BAD: dg.AssetCheckSeverity.ERROR}


@dg.asset(
    group_name="operations",
    kinds={"python"},
    check_specs=[
        dg.AssetCheckSpec(area.value, asset=KEY, description=f"Nothing is bad or doubtful: {area.replace('_', ' ')}.")
        for area in Area
    ],
)
def health(
    context: dg.AssetExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> Iterator[dg.MaterializeResult[Any]]:
    """How the installation does: processes, clock, disk, database, queue, errors, spend, freshness, audit, alerts."""
    from marketing_pipeline.operations.dagster_history import DagsterHistory

    seen = workplace.health.examine(DagsterHistory(context.instance))
    checks = [
        dg.AssetCheckResult(
            check_name=area.value,
            passed=seen.worst(area) is Level.OK,
            severity=_severity(seen, area),
            metadata=_words(seen, area),
        )
        for area in Area
    ]
    yield dg.MaterializeResult(metadata={"level": str(seen.level)}, check_results=checks)


def reported(seen: "Health") -> list[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """The same look for a sensor to report without a run: the asset is as new as its checks."""
    made = dg.AssetMaterialization(KEY, metadata={"level": str(seen.level)})
    checks = [
        dg.AssetCheckEvaluation(
            asset_key=KEY,
            check_name=area.value,
            passed=seen.worst(area) is Level.OK,
            severity=_severity(seen, area),
            metadata={name: dg.MetadataValue.text(text) for name, text in _words(seen, area).items()},
        )
        for area in Area
    ]
    return [made, *checks]


def _severity(seen: "Health", area: Area) -> dg.AssetCheckSeverity:
    return _SEVERITY.get(seen.worst(area), dg.AssetCheckSeverity.WARN)


def _words(seen: "Health", area: Area) -> dict[str, str]:
    found = seen.of(area)
    return {
        "found": "\n".join(finding.what for finding in found),
        "what to do": "\n".join(finding.mend for finding in found if finding.mend),
    }
