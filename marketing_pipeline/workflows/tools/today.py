"""What waits for a person, and what goes out next."""

from typing import Any

from marketing_pipeline.domain.alert import Severity
from marketing_pipeline.domain.approval import ApprovalState
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.approval_request import approval_requests
from marketing_pipeline.store.effect_rows import list_effects
from marketing_pipeline.workflows.tools.answer import ToolAnswer
from marketing_pipeline.workflows.tools.context import ToolContext
from marketing_pipeline.workflows.tools.places import APPROVALS, TODAY, approval_link, post_link
from marketing_pipeline.workflows.tools.tool import Arguments, BrandName, Tool

SHOWN_NEXT = 8
STUCK = (PostState.NEEDS_HUMAN, PostState.MISSED, PostState.FAILED, PostState.UNKNOWN, PostState.PARKED)


class _Today(Arguments):
    brand: BrandName = None


def _what_waits(context: ToolContext, asked: _Today) -> ToolAnswer:
    brands = context.visible(asked.brand)
    told = [_of_brand(context, brand) for brand in brands]
    waiting = sum(len(each["approvals"]) + len(each["posts_that_need_a_person"]) for each, _ in told)
    links = [TODAY, APPROVALS]
    for each, _ in told:
        links += [approval_link(item["request"]) for item in each["approvals"][:5]]
        links += [post_link(item["post"]) for item in each["goes_out_next"][:5]]
    return ToolAnswer(
        summary=f"{waiting} wait for a person in {', '.join(brand.id for brand in brands) or 'no brand'}",
        data={"now": context.now, "brands": [data for data, _ in told]},
        untrusted={"words": {brand.id: words for brand, (_, words) in zip(brands, told, strict=True) if words}},
        links=links,
    )


def _of_brand(context: ToolContext, brand: Brand) -> tuple[dict[str, Any], dict[str, Any]]:
    with context.database.read() as connection:
        pending = approval_requests(connection, context.now, brand=brand.brand_id, state=ApprovalState.PENDING)
        parked = list_effects(connection, brand=brand.brand_id, states=(EffectState.PARKED,))
    stuck = context.posts.find(brand=brand.brand_id, states=STUCK)
    coming = [
        post
        for post in context.posts.find(brand=brand.brand_id, states=(PostState.SCHEDULED,))
        if post.scheduled_at > context.now
    ]
    alerts = [alert for alert in context.alerts(brand.brand_id) if alert.severity is not Severity.INFO]
    data: dict[str, Any] = {
        "brand": brand.id,
        "approvals": [
            {
                "request": item.id,
                "kind": item.kind,
                "subject": item.subject,
                "expires": moment(item.expires_at, brand),
            }
            for item in pending
        ],
        "posts_that_need_a_person": [{"post": post.id, "state": post.state} for post in stuck],
        "parked_effects": [{"effect": effect.id, "subject": effect.subject} for effect in parked],
        "alerts": [{"severity": alert.severity, "kind": alert.kind, "subject": alert.subject} for alert in alerts],
        "goes_out_next": [
            {"post": post.id, "at": moment(post.scheduled_at, brand), "held": post.held} for post in coming[:SHOWN_NEXT]
        ],
        "scheduled": len(coming),
    }
    words: dict[str, Any] = {
        **{item.id: item.why for item in pending},
        **{post.id: post.state_reason for post in stuck},
        **{post.id: post.topic for post in coming[:SHOWN_NEXT]},
    }
    return data, words


WHAT_WAITS = Tool(
    name="what_waits",
    description=(
        "What waits for a person right now (approvals, posts that need somebody, parked effects, alerts) and which "
        "posts go out next, by brand. Use it for 'what is to do', 'what waits for me', 'what goes out next'."
    ),
    arguments=_Today,
    run=_what_waits,
)
