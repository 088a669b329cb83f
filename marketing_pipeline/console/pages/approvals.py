"""The gate as a list: what waits for a decision, and deciding about several requests at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.console.forms import form_of
from marketing_pipeline.console.page import page, status_of
from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import ApprovalId, BrandId
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.domain.proposal import ProposalKind
from marketing_pipeline.workplace.decider import approves_own

if TYPE_CHECKING:
    from marketing_pipeline.store.approval_request import ApprovalRequest

LIMIT = 200
KINDS = (*EffectKind, *ProposalKind)
_AT_ONCE = {Decision.APPROVE.value: Decision.APPROVE, Decision.REJECT.value: Decision.REJECT}


class NothingChosen(MarketingError):
    """A decision about no request, or one that cannot be read. Nothing was decided."""


@dataclass(frozen=True)
class Result:
    """What came of one decision of several. `status` as HTTP says it."""

    request: str
    said: str
    status: int = 200


def approvals(request: Request) -> Response:
    """The requests, those that wait first, by the moment at which they lapse."""
    from marketing_pipeline.store.request_list import RequestQuery, count_requests, find_requests, subjects_of

    desk = desk_of(request)
    desk.person.require(Permission.READ)
    asked = request.query_params
    state = _one_of(ApprovalState, asked.get("state", ApprovalState.PENDING))
    kind = asked.get("kind", "") if asked.get("kind", "") in KINDS else ""
    query = RequestQuery(brands=_seen(desk), kind=kind or None, state=state)
    with desk.place.database.read() as connection:
        found = find_requests(connection, query, desk.now, LIMIT)
        subjects = subjects_of(connection, found)
        total = len(found) if len(found) < LIMIT else count_requests(connection, query, desk.now)
    return page(
        request,
        "approvals.html",
        title="Approvals",
        found=found,
        subjects=subjects,
        total=total,
        state=state,
        kind=kind,
        kinds=KINDS,
        states=tuple(ApprovalState),
        may_decide=desk.person.may(Permission.DECIDE),
        own=frozenset(_own(desk, found)),
    )


def decide_several(request: Request) -> Response:
    """Decide each request that was chosen on exactly what was shown of it, and tell what came of each."""
    desk, form = desk_of(request), form_of(request)
    desk.person.require(Permission.DECIDE)
    decision = _AT_ONCE.get(form.get("decision", ""))
    picks = dict.fromkeys(form.all("pick"))
    if decision is None or not picks:
        raise NothingChosen("No request was chosen.", "Tick at least one, then approve or reject.")
    if len(picks) > LIMIT:
        raise NothingChosen(f"More than {LIMIT} requests were chosen.", "Decide about fewer at once.")
    results = tuple(_decided(desk, pick, decision, form.get("note", "")) for pick in picks)
    failed = [result for result in results if result.status != 200]
    status = failed[0].status if len(failed) == len(results) else 200
    return page(request, "approvals_decided.html", title="Decided", status=status, results=results, failed=len(failed))


def _decided(desk: Desk, pick: str, decision: Decision, note: str) -> Result:
    name, _, shown = pick.partition(" ")
    state, _, fingerprint = shown.partition(" ")
    try:
        saw = ApprovalState(state)
    except ValueError:
        return Result(name, "It cannot be read what was shown of it. Nothing was decided.", 400)
    try:
        settled = desk.place.gate.decide(desk.person, name, decision, note=note, saw=saw, fingerprint=fingerprint)
    except MarketingError as error:
        return Result(name, str(error), status_of(error))
    return Result(name, " ".join(part for part in (settled.said, settled.warning, settled.next_step) if part))


def _seen(desk: Desk) -> frozenset[BrandId] | None:
    if desk.brand is not None:
        return frozenset({desk.brand.brand_id})
    return desk.person.brands


def _own(desk: Desk, found: "list[ApprovalRequest]") -> Iterator[ApprovalId]:
    """Of which requests approving is another's to do."""
    for each in found:
        if approves_own(desk.place, desk.person, each.proposer, desk.brands.get(each.brand)):
            yield each.id


def _one_of(states: type[ApprovalState], word: str) -> ApprovalState | None:
    return states(word) if word in tuple(states) else None


ROUTES = (
    Route("/approvals", approvals),
    Route("/approvals/decide", decide_several, methods=["POST"]),
)
