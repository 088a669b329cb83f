"""Every tool of the orchestrator. The set is closed: none of them approves, publishes, spends, holds or edits."""

from collections.abc import Mapping

from marketing_pipeline.workflows.tools.ad_changes import SHOW_AD_CHANGE
from marketing_pipeline.workflows.tools.ad_proposal import PROPOSE_AD_CHANGE
from marketing_pipeline.workflows.tools.ads import ADS_OVERVIEW
from marketing_pipeline.workflows.tools.approvals import LIST_APPROVALS
from marketing_pipeline.workflows.tools.costs import COSTS
from marketing_pipeline.workflows.tools.data import DESCRIBE_DATA, RUN_SQL
from marketing_pipeline.workflows.tools.explain import EXPLAIN
from marketing_pipeline.workflows.tools.health import HEALTH_TOOL
from marketing_pipeline.workflows.tools.learnings import LIST_LEARNINGS
from marketing_pipeline.workflows.tools.performance import PERFORMANCE_TOOL
from marketing_pipeline.workflows.tools.post_proposals import PROPOSE_EDIT, PROPOSE_PLAN_EDIT, PROPOSE_RESCHEDULE
from marketing_pipeline.workflows.tools.posts import LIST_POSTS, SHOW_POST
from marketing_pipeline.workflows.tools.rules import LIST_RULES, PROPOSE_RULE
from marketing_pipeline.workflows.tools.today import WHAT_WAITS
from marketing_pipeline.workflows.tools.tool import Tool

TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        WHAT_WAITS,
        LIST_POSTS,
        SHOW_POST,
        LIST_APPROVALS,
        SHOW_AD_CHANGE,
        PERFORMANCE_TOOL,
        ADS_OVERVIEW,
        COSTS,
        HEALTH_TOOL,
        LIST_LEARNINGS,
        LIST_RULES,
        EXPLAIN,
        RUN_SQL,
        DESCRIBE_DATA,
        PROPOSE_RESCHEDULE,
        PROPOSE_EDIT,
        PROPOSE_PLAN_EDIT,
        PROPOSE_RULE,
        PROPOSE_AD_CHANGE,
    )
}
