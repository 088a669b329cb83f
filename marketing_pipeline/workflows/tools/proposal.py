"""What every tool that proposes has in common: it asks whether the person may, and tells where people decide."""

from typing import Annotated

from pydantic import Field

from marketing_pipeline.domain.conversation import Link
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.domain.ports import Proposed
from marketing_pipeline.workflows.tools.answer import ToolAnswer
from marketing_pipeline.workflows.tools.context import ToolContext
from marketing_pipeline.workflows.tools.places import approval_link

Reason = Annotated[
    str, Field(min_length=10, max_length=500, description="Why, for whoever decides: on which figures or whose wish")
]


def require_edit(context: ToolContext, brand: BrandId) -> None:
    """Return where the person may ask for changes of the brand. Raises NotAllowed."""
    context.person.require(Permission.EDIT, brand)


def proposed_answer(proposed: Proposed, *links: Link) -> ToolAnswer:
    """What is told of a proposal: nothing has happened yet, and where a person decides."""
    return ToolAnswer(
        summary=f"proposed, waits for a person: {proposed.request}",
        data={
            "proposed": True,
            "request": proposed.request,
            "state": proposed.state,
            "expires": proposed.expires_at,
            "done": "Nothing has been done. A person has to approve it first, on the page that the link leads to.",
        },
        untrusted={"what": proposed.what},
        links=[approval_link(proposed.request), *links],
    )
