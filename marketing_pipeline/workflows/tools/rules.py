"""Rules of a brand that people taught, and proposing another."""

from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import select

from marketing_pipeline.domain.proposal import RuleState
from marketing_pipeline.store.tables import brand_rules
from marketing_pipeline.workflows.tools.answer import ToolAnswer
from marketing_pipeline.workflows.tools.context import ToolContext
from marketing_pipeline.workflows.tools.places import RULES
from marketing_pipeline.workflows.tools.proposal import Reason, proposed_answer, require_edit
from marketing_pipeline.workflows.tools.tool import Arguments, BrandName, Tool


class _List(Arguments):
    brand: BrandName = None
    state: Annotated[RuleState | None, Field(description="Only in this state; leave it out for all")] = None


class _Propose(Arguments):
    brand: BrandName = None
    statement: Annotated[
        str, Field(min_length=5, max_length=200, description="The rule as the agents are to be told it, one sentence")
    ]
    applies_to: Annotated[Literal["copy", "creative"], Field(description="Words, or pictures")] = "copy"
    reason: Reason


def _list_rules(context: ToolContext, asked: _List) -> ToolAnswer:
    brand = context.one(asked.brand)
    wanted = select(brand_rules).where(brand_rules.c.brand == brand.id)
    if asked.state is not None:
        wanted = wanted.where(brand_rules.c.state == asked.state)
    with context.database.read() as connection:
        rows = connection.execute(wanted.order_by(brand_rules.c.proposed_at.desc())).mappings().all()
    return ToolAnswer(
        summary=f"{len(rows)} rules",
        data={
            "brand": brand.id,
            "rules": [
                {
                    "rule": row["id"],
                    "state": row["state"],
                    "applies_to": row["applies_to"],
                    "checked_by_code": row["check"] is not None,
                    "examples": len(row["evidence"]),
                }
                for row in rows
            ],
        },
        untrusted={"statements": {row["id"]: row["statement"] for row in rows}},
        links=[RULES],
    )


def _propose_rule(context: ToolContext, asked: _Propose) -> ToolAnswer:
    brand = context.one(asked.brand)
    require_edit(context, brand.brand_id)
    proposed = context.proposals.adopt_rule(brand.brand_id, asked.statement, asked.applies_to, reason=asked.reason)
    return proposed_answer(proposed, RULES)


LIST_RULES = Tool(
    name="list_rules",
    description="Rules of a brand that people taught by their edits or wrote: proposed, accepted, rejected, retired.",
    arguments=_List,
    run=_list_rules,
)
PROPOSE_RULE = Tool(
    name="propose_rule",
    description=(
        "Propose a rule that copy or pictures of a brand obey from then on. It only puts it before people: the rule "
        "counts once somebody has accepted it. Use it only when the person asks for a rule."
    ),
    arguments=_Propose,
    run=_propose_rule,
    proposes=True,
)
