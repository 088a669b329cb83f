"""Ad changes, to read; they are decided at the gate."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from marketing_pipeline.console.api.caller import Caller, Id, Limit, brands_for
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.store.ad_change_row import get_ad_change, list_ad_changes

router = APIRouter(prefix="/ads/changes", tags=["ads"])


@router.get("")
def list_all(
    desk: Caller,
    brand: Annotated[str, Query(max_length=96, description="Brand id")],
    state: Annotated[list[AdChangeState] | None, Query(description="Only these states")] = None,
    limit: Limit = 50,
) -> list[dict[str, Any]]:
    """A brand's ad changes, oldest first, the newest of those asked for."""
    [known] = brands_for(desk, brand)
    with desk.place.database.read() as connection:
        found = list_ad_changes(connection, brand=known, states=state or (), limit=limit)
    return [change.model_dump(mode="json") for change in found]


@router.get("/{change}")
def show(desk: Caller, change: Id) -> dict[str, Any]:
    """One ad change: what it changes from what to what, its forecast, and what came of it."""
    with desk.place.database.read() as connection:
        found = get_ad_change(connection, change)
    desk.person.require(Permission.READ, found.brand)
    return found.model_dump(mode="json")
