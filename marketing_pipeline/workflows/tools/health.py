"""Whether the installation is well."""

from marketing_pipeline.domain.health import Area, HealthFinding, Level
from marketing_pipeline.workflows.tools.answer import ToolAnswer
from marketing_pipeline.workflows.tools.context import ToolContext
from marketing_pipeline.workflows.tools.places import HEALTH
from marketing_pipeline.workflows.tools.tool import Arguments, Tool


class _Health(Arguments):
    pass


def _health(context: ToolContext, asked: _Health) -> ToolAnswer:
    health = context.health()
    areas = {area: health.worst(area) for area in Area if health.of(area)}
    wrong = [finding for finding in health.findings if finding.level is not Level.OK]
    return ToolAnswer(
        summary=f"health: {health.level}",
        data={"level": health.level, "areas": areas},
        # Findings may name any brand, and repeat what services answered.
        untrusted={"findings": [_told(finding) for finding in wrong]} if context.person.brands is None else {},
        links=[HEALTH],
    )


def _told(finding: HealthFinding) -> dict[str, str]:
    return {"area": finding.area, "level": finding.level, "what": finding.what, "mend": finding.mend}


HEALTH_TOOL = Tool(
    name="health",
    description=(
        "Whether the installation itself is well: processes, clock, disk, databases, queue, errors, freshness, audit "
        "chain; what is wrong and how to mend it. Use it for 'is everything healthy'."
    ),
    arguments=_Health,
    run=_health,
)
