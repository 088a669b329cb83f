"""Posts: lists, and everything about one."""

from typing import Annotated, Any

from pydantic import Field

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.approval_request import approval_requests
from marketing_pipeline.store.creatives import Creative, attempts_of
from marketing_pipeline.store.effect_rows import list_effects
from marketing_pipeline.store.insights import snapshots_of
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.trace_entry import TraceKind
from marketing_pipeline.store.trace_of_post import trace_of_post
from marketing_pipeline.store.variations import variations_of
from marketing_pipeline.workflows.tools.answer import ToolAnswer
from marketing_pipeline.workflows.tools.context import ToolContext
from marketing_pipeline.workflows.tools.places import approval_link, calendar_link, post_link, trace_link
from marketing_pipeline.workflows.tools.tool import Arguments, BrandName, Tool

MOST = 60
PostName = Annotated[
    str, Field(description="Post id, such as upscale_print-2026-11-23-01", min_length=1, max_length=96)
]


class _List(Arguments):
    brand: BrandName = None
    week: Annotated[str | None, Field(description="Only of the week of this Monday, YYYY-MM-DD", max_length=10)] = None
    states: Annotated[tuple[PostState, ...], Field(description="Only in these states; empty: all")] = ()
    newest_first: Annotated[bool, Field(description="From the last to go out to the first")] = False


class _Show(Arguments):
    post: PostName


def _list_posts(context: ToolContext, asked: _List) -> ToolAnswer:
    brands = context.visible(asked.brand)
    found: list[tuple[Brand, Post]] = []
    for brand in brands:
        week = None if asked.week is None else context.week_of(brand, asked.week).key
        posts = context.posts.find(brand=brand.brand_id, week=week, states=asked.states or None)
        found += [(brand, post) for post in posts]
    found.sort(key=lambda each: each[1].scheduled_at, reverse=asked.newest_first)
    shown = found[:MOST]
    return ToolAnswer(
        summary=f"{len(found)} posts",
        data={
            "found": len(found),
            "left_out": len(found) - len(shown),
            "posts": [
                {
                    "post": post.id,
                    "state": post.state,
                    "at": moment(post.published_at or post.scheduled_at, brand),
                    "held": post.held,
                    "pillar": post.pillar,
                    "format": post.format,
                    "hook": post.hook,
                }
                for brand, post in shown
            ],
        },
        untrusted={"topics": {post.id: post.topic for _, post in shown}},
        links=[post_link(post.id) for _, post in shown[:8]],
    )


def _show_post(context: ToolContext, asked: _Show) -> ToolAnswer:
    post = context.post(asked.post)
    brand = context.brands.get(post.brand)
    made = attempts_of(context.database, post.id)
    with context.database.read() as connection:
        requests = approval_requests(connection, context.now, subject=post.id)
        effects = list_effects(connection, subject=post.id)
        history = [entry for entry in trace_of_post(connection, post) if entry.kind is TraceKind.AUDIT]
    data: dict[str, Any] = {
        "post": post.id,
        "brand": post.brand,
        "week": post.week,
        "state": post.state,
        "held": post.held,
        "scheduled": moment(post.scheduled_at, brand),
        "published": moment(post.published_at, brand),
        "assignment": {"pillar": post.pillar, "format": post.format, "hook": post.hook, "slot": post.slot},
        "chosen_by_the_plan_because": post.assignment_reason,
        "audience": post.audience,
        "product": post.product,
        "occasion": post.occasion,
        "creatives": [_creative(creative) for creative in made],
        "approvals": [{"request": item.id, "state": item.state, "decided_by": item.decided_by} for item in requests],
        "effects": [
            {"effect": effect.id, "state": effect.state, "due": moment(effect.due_at, brand), "calls": effect.attempts}
            for effect in effects
        ],
        "insights": [{"age": snapshot.age, **snapshot.values} for snapshot in snapshots_of(context.database, post.id)],
        "history": [f"{moment(entry.at, brand)}: {entry.facts.get('action', '')}" for entry in history],
    }
    return ToolAnswer(
        summary=f"{post.id} is {post.state}",
        data=data,
        untrusted=_words(context, post, made),
        links=[
            post_link(post.id),
            trace_link(post.id),
            calendar_link(post.brand, post.week),
            *(approval_link(item.id) for item in requests[-2:]),
        ],
    )


def _creative(creative: Creative) -> dict[str, Any]:
    return {
        "creative": creative.id,
        "attempt": creative.attempt,
        "round": creative.round,
        "score": creative.judgement.score,
        "meets_the_bar": creative.judgement.meets_bar,
        "chosen": creative.chosen,
        "checks_failed": [
            {"check": check.name, "value": check.value, "limit": check.limit}
            for check in creative.checks
            if not check.passed
        ],
        "verdicts": {str(verdict.criterion): str(verdict.level) for verdict in creative.evaluation.verdicts},
        "judged_by": creative.evaluator,
    }


def _words(context: ToolContext, post: Post, made: tuple[Creative, ...]) -> dict[str, Any]:
    """Everything that a model or a person has written about it."""
    wordings = variations_of(context.database, post.id)
    chosen = [variation for variation in wordings if variation.chosen]
    return {
        "words_of_post": {
            "topic": post.topic,
            "angle": post.angle,
            "key_message": post.key_message,
            "call_to_action": post.call_to_action,
            "note": post.note,
            "state_reason": post.state_reason,
            "held_reason": post.held_reason,
        },
        "captions": [
            {
                "chosen": variation.chosen,
                "caption": variation.wording.caption,
                "hashtags": variation.wording.hashtags,
                "alt_text": variation.wording.alt_text,
            }
            for variation in chosen or wordings[:1]
        ]
        + [{"chosen": False, "hook_line": other.wording.hook_line} for other in wordings if not other.chosen],
        "why_this_wording": [variation.choice_reason for variation in chosen],
        "evaluator_reasons": {
            creative.id: {
                "reasons": creative.judgement.reasons,
                **{str(verdict.criterion): verdict.reason for verdict in creative.evaluation.verdicts},
            }
            for creative in made[-3:]
        },
    }


LIST_POSTS = Tool(
    name="list_posts",
    description=(
        "Posts in the order in which they go out, with state, time, pillar, format and hook; by week or state. Use it "
        "to find the id of a post that somebody describes, or to look at a week."
    ),
    arguments=_List,
    run=_list_posts,
)
SHOW_POST = Tool(
    name="show_post",
    description=(
        "Everything about one post: why the plan chose it, its words, every creative with score, failed checks, "
        "verdicts and reasons, approvals, effects, results, and the history of its states. Use it for 'why was this "
        "chosen', 'why this score', 'what happened to it'."
    ),
    arguments=_Show,
    run=_show_post,
)
