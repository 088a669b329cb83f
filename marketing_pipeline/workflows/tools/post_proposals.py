"""Proposing another time or other words for a post, or another idea for a planned one."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from marketing_pipeline.domain.clock import tellable
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.workflows.tools.answer import ToolAnswer
from marketing_pipeline.workflows.tools.context import ToolContext
from marketing_pipeline.workflows.tools.places import calendar_link, post_link
from marketing_pipeline.workflows.tools.posts import PostName
from marketing_pipeline.workflows.tools.proposal import Reason, proposed_answer, require_edit
from marketing_pipeline.workflows.tools.tool import Arguments, BrandName, Tool, WeekName


class _Move(Arguments):
    post: PostName
    to: Annotated[
        datetime,
        AfterValidator(tellable),
        Field(description="New time, such as 2026-11-27T18:00; without an offset it is the brand's own wall clock"),
    ]
    reason: Reason


class _Edit(Arguments):
    post: PostName
    caption: Annotated[str | None, Field(max_length=2_200, description="The whole new caption; leave out to keep")] = (
        None
    )
    hashtags: Annotated[
        tuple[Annotated[str, Field(max_length=100)], ...] | None,
        Field(max_length=30, description="All new hashtags; leave out to keep"),
    ] = None
    alt_text: Annotated[str | None, Field(max_length=1_000, description="New alt text; leave out to keep")] = None
    reason: Reason


class _Plan(Arguments):
    brand: BrandName = None
    week: WeekName = None
    position: Annotated[int, Field(ge=1, le=21, description="Which post of the week's plan, from 1")]
    topic: Annotated[str | None, Field(max_length=200)] = None
    angle: Annotated[str | None, Field(max_length=300)] = None
    key_message: Annotated[str | None, Field(max_length=300)] = None
    pillar: Annotated[str | None, Field(max_length=96, description="Pillar id")] = None
    format: Annotated[str | None, Field(max_length=32, description="portrait, square or carousel")] = None
    hook: Annotated[str | None, Field(max_length=32, description="Kind of hook")] = None
    reason: Reason


def _reschedule(context: ToolContext, asked: _Move) -> ToolAnswer:
    post = context.post(asked.post)
    require_edit(context, post.brand)
    brand = context.brands.get(post.brand)
    zone = UTC if brand is None else ZoneInfo(brand.time_zone)
    to = asked.to if asked.to.tzinfo else asked.to.replace(tzinfo=zone)
    proposed = context.proposals.move_post(post.id, to.astimezone(UTC), reason=asked.reason)
    return proposed_answer(proposed, post_link(post.id), calendar_link(post.brand, post.week))


def _edit(context: ToolContext, asked: _Edit) -> ToolAnswer:
    post = context.post(asked.post)
    require_edit(context, post.brand)
    if asked.caption is None and asked.hashtags is None and asked.alt_text is None:
        raise NotFound("Nothing would change.", "Give a caption, hashtags or an alt text.")
    proposed = context.proposals.edit_post(
        post.id, caption=asked.caption, hashtags=asked.hashtags, alt_text=asked.alt_text, reason=asked.reason
    )
    return proposed_answer(proposed, post_link(post.id))


def _edit_plan(context: ToolContext, asked: _Plan) -> ToolAnswer:
    brand = context.one(asked.brand)
    require_edit(context, brand.brand_id)
    week = context.week_of(brand, asked.week)
    kept = {"brand", "week", "position", "reason"}
    changes = asked.model_dump(exclude=kept, exclude_none=True)
    if not changes:
        raise NotFound("Nothing would change.", "Give a topic, an angle, a key message, a pillar, a format or a hook.")
    proposed = context.proposals.edit_plan(brand.brand_id, week.key, asked.position, changes, reason=asked.reason)
    return proposed_answer(proposed, calendar_link(brand.id, week.key))


PROPOSE_RESCHEDULE = Tool(
    name="propose_reschedule",
    description=(
        "Propose another time for a post. Nothing moves before a person has approved it. Find the post's id first; "
        "ask back when several posts can be meant."
    ),
    arguments=_Move,
    run=_reschedule,
    proposes=True,
)
PROPOSE_EDIT = Tool(
    name="propose_edit",
    description=(
        "Propose other words for a post: caption, hashtags or alt text. They must keep the brand's rules; nothing "
        "changes before a person has approved it."
    ),
    arguments=_Edit,
    run=_edit,
    proposes=True,
)
PROPOSE_PLAN_EDIT = Tool(
    name="propose_plan_edit",
    description=(
        "Propose another idea, pillar, format or hook for one post of a week's plan that is not made yet. Nothing "
        "changes before a person has approved it."
    ),
    arguments=_Plan,
    run=_edit_plan,
    proposes=True,
)
