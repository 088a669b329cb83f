"""The whole story of one ad change, and asking to take it back."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marketing_pipeline.console.ad_story import quorum_of, story_of
from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.console.forms import form_of
from marketing_pipeline.console.links import ad_change_url, approval_url
from marketing_pipeline.console.page import back, page
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.domain.written import is_an_id, note_of
from marketing_pipeline.store.ad_change_row import AdChange, get_ad_change
from marketing_pipeline.store.ad_rollback import MADE
from marketing_pipeline.store.trace_of_ad_change import trace_of_ad_change
from marketing_pipeline.workplace.anchoring import anchored
from marketing_pipeline.workplace.brands import readable_brand


class NoReason(MarketingError):
    """A change is to be taken back, and nobody says why. Nothing was proposed."""


def ad_change(request: Request) -> Response:
    """The page of a change."""
    desk = desk_of(request)
    change = _seen(desk, request.path_params["id"], Permission.READ)
    brand = readable_brand(desk.place, change.brand)
    with desk.place.database.read() as connection:
        entries = trace_of_ad_change(connection, change)
        rows = () if change.approval is None else desk.place.approvals.rows_of(connection, change.approval)
    return page(
        request,
        "ad_change.html",
        title=change.label,
        story=story_of(desk, change, brand),
        brand=brand,
        quorum=quorum_of(change, rows, brand, desk),
        entries=entries,
        may_roll_back=change.state in MADE and desk.person.may(Permission.EDIT, change.brand),
    )


def roll_back(request: Request) -> Response:
    """Propose that it be taken back: a change of its own, which passes the gate as any other."""
    desk, name = desk_of(request), request.path_params["id"]
    note = note_of(form_of(request).get("note", "")).strip()
    change = _seen(desk, name, Permission.EDIT)
    if not note:
        raise NoReason("Nothing says why it is to be taken back.", "Write a note: it stands on the request.")
    with anchored(desk.place):
        made = desk.place.ads.roll_back(change.id, actor=desk.person.name, note=note)
    said = f"{made.label}: {made.state.replace('_', ' ')}. It is applied once it is approved."
    return back(request, ad_change_url(made.id) if made.approval is None else approval_url(made.approval), said=said)


def _seen(desk: Desk, name: str, permission: Permission) -> AdChange:
    with desk.place.database.read() as connection:
        change = get_ad_change(connection, name if is_an_id(name) else "")
    desk.person.require(permission, change.brand)
    return change


ROUTES = (
    Route("/ads/changes/{id}", ad_change),
    Route("/ads/changes/{id}/rollback", roll_back, methods=["POST"]),
)
