"""The installation: brands, holds, health, alerts, what was learnt, and questions in SQL."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from marketing_pipeline.console.api.caller import BrandQuery, Caller, Command, Limit, Note, brands_for
from marketing_pipeline.console.vital_signs import newest, told_to
from marketing_pipeline.domain.alert import Alert
from marketing_pipeline.domain.brand_rule import BrandRule
from marketing_pipeline.domain.health import Health
from marketing_pipeline.domain.hold import Hold
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.domain.proposal import RuleState
from marketing_pipeline.store.learnings import RecordedLearnings, latest_learnings
from marketing_pipeline.store.snapshot_query import query_snapshot
from marketing_pipeline.workplace.kill_switch import Channel

router = APIRouter(tags=["installation"])
_PATIENCE_S = 10.0


class Scope(Command):
    """What is stopped or let go on: everything, a brand, a channel, or a brand on a channel."""

    brand: Annotated[str | None, Field(max_length=96, description="Left out: every brand")] = None
    channel: Annotated[Channel | None, Field(description="Left out: every channel")] = None
    note: Note = ""


class Question(Command):
    """One SELECT on the newest snapshot."""

    sql: Annotated[str, Field(min_length=1, max_length=20_000)]
    limit: Annotated[int, Field(ge=1, le=10_000)] = 1_000


@router.get("/me")
def me(desk: Caller) -> dict[str, Any]:
    """Who you are here, and what you may do."""
    person = desk.person
    return {
        "name": person.name,
        "role": person.role,
        "permissions": [permission for permission in Permission if person.may(permission)],
        "brands": sorted(desk.brands),
    }


@router.get("/brands")
def list_brands(desk: Caller) -> list[dict[str, Any]]:
    """The brands that you may see."""
    return [
        {"id": name, "name": brand.name, "time_zone": brand.time_zone, "currency": brand.currency}
        for name, brand in desk.brands.items()
    ]


@router.get("/health")
def health(desk: Caller, request: Request) -> Health:
    """How everything stood when it was last looked at."""
    desk.person.require(Permission.READ)
    return told_to(desk.person, newest(request.app.state.rounds))


@router.get("/alerts")
def alerts(desk: Caller, brand: BrandQuery = None, limit: Limit = 50) -> list[Alert]:
    """Alerts that stand, most urgent first."""
    seen = brands_for(desk, brand)
    found = desk.place.health.alerts.find(brand=None if brand is None else BrandId(brand))
    # What is of no one brand may tell of brands that they do not see.
    mine = seen if desk.person.brands is not None else {*seen, None}
    return [alert for alert in found if alert.brand in mine][:limit]


@router.get("/learnings")
def learnings(
    desk: Caller, brand: Annotated[str, Query(max_length=96, description="Brand id")]
) -> RecordedLearnings | None:
    """What the newest week learnt of a brand, with intervals; null before the first."""
    [known] = brands_for(desk, brand)
    return latest_learnings(desk.place.database, known)


@router.get("/rules")
def rules(
    desk: Caller,
    brand: Annotated[str, Query(max_length=96, description="Brand id")],
    state: Annotated[RuleState | None, Query(description="Left out: every state")] = None,
) -> tuple[BrandRule, ...]:
    """A brand's rules that were learnt from people's edits."""
    [known] = brands_for(desk, brand)
    return desk.place.teaching.rules(known, state)


@router.get("/holds")
def holds(desk: Caller) -> tuple[Hold, ...]:
    """What is stopped now."""
    return desk.place.kill_switch.holds(desk.person)


@router.post("/holds", status_code=201)
def pause(desk: Caller, act: Scope) -> Hold:
    """Stop effects at once. A call that is on its way already cannot be called back."""
    return desk.place.kill_switch.pause(desk.person, brand=_brand(desk, act), channel=act.channel, note=act.note)


@router.post("/holds/resume", status_code=204)
def resume(desk: Caller, act: Scope) -> None:
    """Let effects of exactly this scope go on."""
    desk.place.kill_switch.resume(desk.person, brand=_brand(desk, act), channel=act.channel, note=act.note)


@router.post("/query")
def query(desk: Caller, question: Question) -> dict[str, Any]:
    """Run one SELECT on the newest snapshot, of your brands alone; docs/data.md lists tables and columns."""
    desk.person.require(Permission.READ)
    found = query_snapshot(
        desk.place.home,
        question.sql,
        brands=desk.person.brands,
        row_limit=question.limit,
        time_limit_s=_PATIENCE_S,
    )
    return {"columns": found.columns, "rows": found.rows, "truncated": found.truncated}


def _brand(desk: Caller, act: Scope) -> BrandId | None:
    if act.brand is None:
        return None
    [known] = brands_for(desk, act.brand)
    return known
