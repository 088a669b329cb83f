"""Where something comes from: a post's timeline, an ad change's evidence, a number's definition and rows."""

import re
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import Field

from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.store.trace_entry import TraceEntry
from marketing_pipeline.store.trace_of_ad_change import trace_of_ad_change
from marketing_pipeline.store.trace_of_post import trace_of_post
from marketing_pipeline.store.warehouse_schema import VIEWS
from marketing_pipeline.workflows.tools.ad_changes import change_of, facts_of, words_of_change
from marketing_pipeline.workflows.tools.answer import ToolAnswer
from marketing_pipeline.workflows.tools.context import ToolContext
from marketing_pipeline.workflows.tools.performance import table
from marketing_pipeline.workflows.tools.places import PERFORMANCE, ad_change_link, post_link, trace_link
from marketing_pipeline.workflows.tools.tool import Arguments, BrandName, Tool

_DEFINED_FOR_BRANDS = frozenset(VIEWS) - {"creative_attempts"}


class _Explain(Arguments):
    about: Annotated[
        Literal["post", "ad_change", "number"],
        Field(description="A post, an ad change, or a number that stands in a view such as weekly_summary"),
    ]
    id: Annotated[
        str, Field(min_length=1, max_length=160, description="Post id, ad change id, or the name of the view")
    ]
    brand: BrandName = None
    week: Annotated[str | None, Field(max_length=10, description="For a number: only rows of this week")] = None


def _explain(context: ToolContext, asked: _Explain) -> ToolAnswer:
    if asked.about == "post":
        return _post(context, asked.id)
    if asked.about == "ad_change":
        return _ad_change(context, asked.id)
    return _number(context, asked)


def _post(context: ToolContext, post_id: str) -> ToolAnswer:
    post = context.post(post_id)
    with context.database.read() as connection:
        entries = trace_of_post(connection, post)
    brand = context.brands.get(post.brand)
    return ToolAnswer(
        summary=f"{len(entries)} moments of {post.id}",
        data={"post": post.id, "state": post.state, "chosen_by_the_plan_because": post.assignment_reason},
        untrusted={"timeline": [_told(entry, brand) for entry in entries]},
        links=[post_link(post.id), trace_link(post.id)],
    )


def _ad_change(context: ToolContext, change_id: str) -> ToolAnswer:
    change = change_of(context, change_id)
    with context.database.read() as connection:
        entries = trace_of_ad_change(connection, change)
    brand = context.brands.get(change.brand)
    return ToolAnswer(
        summary=f"{len(entries)} moments of {change.id}",
        data=facts_of(context, change),
        untrusted={"words_of_change": words_of_change(change), "timeline": [_told(entry, brand) for entry in entries]},
        links=[ad_change_link(change.id)],
    )


def _told(entry: TraceEntry, brand: Any) -> str:
    return f"{moment(entry.at, brand)} {entry.kind}: {entry.what}"


def _number(context: ToolContext, asked: _Explain) -> ToolAnswer:
    if asked.id not in _DEFINED_FOR_BRANDS:
        views = ", ".join(sorted(_DEFINED_FOR_BRANDS))
        raise NotFound(f"There is no view {asked.id[:60]!r}.", f"A number stands in one of: {views}.")
    brand = context.one(asked.brand)
    definition = files("marketing_pipeline.store").joinpath("sql", f"{asked.id}.sql").read_text(encoding="utf-8")
    select, _, comments = definition.partition("COMMENT ON VIEW")
    weekly = "week" in re.findall(rf"COMMENT ON COLUMN {asked.id}\.(\w+)", comments)
    sql = f"SELECT * FROM {asked.id} WHERE brand = ?"  # noqa: S608 - the name is one of our own views
    rows = (
        table(context, f"{sql} AND week = ?", brand, asked.week)
        if weekly and asked.week
        else table(context, f"{sql} LIMIT 30", brand)
    )
    meanings = re.findall(rf"COMMENT ON COLUMN {asked.id}\.(\w+) IS '((?:[^']|'')*)'", comments)
    return ToolAnswer(
        summary=f"{asked.id}: {len(rows)} rows",
        data={"view": asked.id, "definition": select.strip(), "columns": dict(meanings)},
        untrusted={"rows": rows},
        links=[PERFORMANCE],
    )


EXPLAIN = Tool(
    name="explain",
    description=(
        "Where something comes from: the whole timeline of a post (calls, pictures, verdicts, approvals, sends), the "
        "evidence and timeline of an ad change, or the definition of a number with the rows that it was computed from."
    ),
    arguments=_Explain,
    run=_explain,
)
