"""Requests at the gate. Deciding about them is no tool: people do that on the page of a request."""

from typing import Annotated

from pydantic import Field

from marketing_pipeline.domain.approval import ApprovalState
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.store.approval_request import approval_requests
from marketing_pipeline.workflows.tools.answer import ToolAnswer
from marketing_pipeline.workflows.tools.context import ToolContext
from marketing_pipeline.workflows.tools.places import APPROVALS, approval_link
from marketing_pipeline.workflows.tools.tool import Arguments, BrandName, Tool

MOST = 40


class _List(Arguments):
    brand: BrandName = None
    state: Annotated[ApprovalState, Field(description="Which requests")] = ApprovalState.PENDING


def _list_approvals(context: ToolContext, asked: _List) -> ToolAnswer:
    brands = {brand.brand_id: brand for brand in context.visible(asked.brand)}
    with context.database.read() as connection:
        found = [
            item
            for brand in brands
            for item in approval_requests(connection, context.now, brand=brand, state=asked.state)
        ]
    newest = sorted(found, key=lambda item: item.requested_at)[-MOST:]
    return ToolAnswer(
        summary=f"{len(found)} requests are {asked.state}",
        data={
            "state": asked.state,
            "found": len(found),
            "requests": [
                {
                    "request": item.id,
                    "kind": item.kind,
                    "subject": item.subject,
                    "brand": item.brand,
                    "asked": moment(item.requested_at, brands[item.brand]),
                    "expires": moment(item.expires_at, brands[item.brand]),
                    "decided_by": item.decided_by,
                }
                for item in newest
            ],
            "to_decide": "A person decides on the page of the request; no tool can.",
        },
        untrusted={"reasons": {item.id: {"asked_because": item.why, "note": item.note} for item in newest}},
        links=[APPROVALS, *(approval_link(item.id) for item in newest[:8])],
    )


LIST_APPROVALS = Tool(
    name="list_approvals",
    description=(
        "Requests at the gate by state: pending ones wait for a person. It lists; nothing can be approved or rejected "
        "from here, only on the page that the link leads to."
    ),
    arguments=_List,
    run=_list_approvals,
)
