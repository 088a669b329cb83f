"""The effect ledger and the audit log, to read."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from marketing_pipeline.console.api.caller import BrandQuery, Caller, Id, Limit, Moment, brands_for
from marketing_pipeline.domain.effect import Effect, EffectState
from marketing_pipeline.domain.identifiers import BrandId, EffectId
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.store.audit_rows import AuditQuery, newest_rows
from marketing_pipeline.store.effect_rows import attempts_of, get_effect, list_effects

router = APIRouter(tags=["ledger"])


@router.get("/effects")
def list_all(
    desk: Caller,
    brand: Annotated[str, Query(max_length=96, description="Brand id")],
    state: Annotated[list[EffectState] | None, Query(description="Only these states")] = None,
    limit: Limit = 50,
) -> list[Effect]:
    """A brand's publish effects in the order they fall due, the newest of those asked for."""
    [known] = brands_for(desk, brand)
    with desk.place.database.read() as connection:
        return list_effects(connection, brand=known, states=state or (), limit=limit)


@router.get("/effects/{effect}")
def show(desk: Caller, effect: Id) -> dict[str, Any]:
    """One effect with every call that was made for it."""
    with desk.place.database.read() as connection:
        found = get_effect(connection, EffectId(effect))
        desk.person.require(Permission.READ, found.brand)
        calls = [
            {"number": number, "outcome": outcome, "detail": detail, "started_at": started_at}
            for number, outcome, detail, started_at in attempts_of(connection, found.id)
        ]
    return {**found.model_dump(mode="json"), "calls": calls}


@router.get("/audit")
def audit(
    desk: Caller,
    brand: BrandQuery = None,
    actor: Annotated[str | None, Query(max_length=96)] = None,
    action: Annotated[str | None, Query(max_length=96, description="Also all that begin with it")] = None,
    subject: Annotated[str | None, Query(max_length=96)] = None,
    since: Moment | None = None,
    until: Moment | None = None,
    below: Annotated[int | None, Query(ge=1, le=2**62, description="Only rows before this one")] = None,
    limit: Limit = 50,
) -> list[dict[str, Any]]:
    """Rows of the audit log, newest first. Ask again with `below` for older ones."""
    seen: frozenset[BrandId] | None = brands_for(desk, brand)
    if brand is None and desk.person.brands is None:
        seen = None
    query = AuditQuery(brands=seen, actor=actor, action=action, subject=subject, since=since, until=until, below=below)
    with desk.place.database.read() as connection:
        rows = newest_rows(connection, query, limit)
    return [row.model_dump(mode="json", exclude={"previous_mac", "mac"}) for row in rows]
