"""One request at the gate: exactly what is asked for, what is known about it, deciding, and what happened after."""

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marketing_pipeline.console.ad_story import quorum_of, story_of
from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.console.forms import form_of
from marketing_pipeline.console.links import approval_url
from marketing_pipeline.console.page import MOVED_ON, back, page
from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.workplace.asked_ad import AskedAd
from marketing_pipeline.workplace.asked_post import AskedPost
from marketing_pipeline.workplace.asked_proposal import AskedProposal
from marketing_pipeline.workplace.decider import approves_own

if TYPE_CHECKING:
    from marketing_pipeline.store.creatives import Creative
    from marketing_pipeline.workplace.asked import Asked

_DECISIONS = {each.value: each for each in (Decision.APPROVE, Decision.REJECT, Decision.REVOKE)}
_SHOWN_BY_PAGE = frozenset({"caption", "alt text", "picture", "fingerprint", "approval", "state", "what"})


class Unreadable(MarketingError):
    """A form that does not say what is decided, or about what. Nothing was decided."""


def approval(request: Request) -> Response:
    """The page of a request."""
    return _shown(request, desk_of(request).place.gate.asked(desk_of(request).person, request.path_params["id"]))


def decide(request: Request) -> Response:
    """Approve, reject or revoke what was shown. Who came second is shown who came first."""
    desk, form, name = desk_of(request), form_of(request), request.path_params["id"]
    decision = _DECISIONS.get(form.get("decision", ""))
    if decision is None or form.get("saw") not in tuple(ApprovalState):
        raise Unreadable("The form does not say what is decided, or about what.", "Load the page again.")
    try:
        settled = desk.place.gate.decide(
            desk.person,
            name,
            decision,
            note=form.get("note", ""),
            saw=ApprovalState(form["saw"]),
            fingerprint=form.get("fingerprint", ""),
            drop=form.get("drop") == "yes",
        )
    except MOVED_ON as error:
        asked = desk.place.gate.asked(desk.person, name)
        return _shown(request, asked, refusal=error, status=409)
    said = (settled.said, settled.account, settled.warning, settled.next_step)
    return back(request, approval_url(name), said=" ".join(part for part in said if part))


def _shown(request: Request, asked: "Asked", *, refusal: MarketingError | None = None, status: int = 200) -> Response:
    desk = desk_of(request)
    context: dict[str, Any] = {"story": None, "quorum": None, "creative": None, "post": None, "live": None}
    if isinstance(asked, AskedAd):
        context["story"] = story_of(desk, asked.change, asked.profile)
        context["quorum"] = quorum_of(asked.change, asked.rows, asked.profile, desk)
        context["live"] = _live(desk, asked) if "live" in request.query_params else None
    elif isinstance(asked, AskedPost):
        context |= _post(desk, asked)
    return page(
        request,
        "approval.html",
        title=f"Publish: {context['post'].topic}" if context["post"] else asked.summary[:120],
        status=status,
        asked=asked,
        facts=[fact for fact in asked.facts if fact[0] not in _SHOWN_BY_PAGE],
        steps=_steps(asked),
        effects=_effects(desk, asked),
        refusal=refusal,
        may=(may := _may(desk, asked)),
        own="approve" in may and approves_own(desk.place, desk.person, asked.proposer, asked.profile),
        **context,
    )


def _may(desk: Desk, asked: "Asked") -> frozenset[str]:
    """The decisions that are offered: what this person may, and what applies as the request stands."""
    if not desk.person.may(Permission.DECIDE, asked.brand):
        return frozenset()
    if asked.state is ApprovalState.PENDING:
        return frozenset({"approve", "reject"})
    if asked.state is ApprovalState.APPROVED:
        return frozenset({"revoke"})
    return frozenset({"approve"}) if asked.refused_before is not None else frozenset()


def _live(desk: Desk, asked: AskedAd) -> str:
    """What the account has at this moment, in words; also why it could not be read."""
    try:
        review = desk.place.ads.review(asked.change.id)
    except MarketingError as unread:
        return f"The account could not be read: {unread}"
    moved = " That is neither the value before nor the one after: the account has moved." if review.moved else ""
    return f"The account has {review.live} now.{moved}"


def _post(desk: Desk, asked: AskedPost) -> dict[str, Any]:
    file = desk.place.post_desk.file(desk.person, asked.subject)
    return {"post": file.post, "creative": _creative(asked, file.creatives)}


def _creative(asked: AskedPost, made: "tuple[Creative, ...]") -> "Creative | None":
    """The creative whose pictures are asked about."""
    media = set(asked.effect.payload.media) if asked.effect else set[str]()
    fitting = [one for one in made if media and media == {picture.sha256 for picture in one.media}]
    return fitting[-1] if fitting else next((one for one in made if one.chosen), None)


def _steps(asked: "Asked") -> list[tuple[str, object, object]]:
    """What a proposal would change: name, before, after."""
    if not isinstance(asked, AskedProposal):
        return []
    proposal = asked.proposal
    return [(name, proposal.before.get(name), after) for name, after in proposal.payload.changes.items()]


def _effects(desk: Desk, asked: "Asked") -> list[dict[str, Any]]:
    """The effects made under this request, each with its calls."""
    from marketing_pipeline.store.ad_effect_rows import list_ad_effects
    from marketing_pipeline.store.effect_rows import attempts_of, list_effects

    if isinstance(asked, AskedProposal):
        return []
    with desk.place.database.read() as connection:
        listed = list_ad_effects if isinstance(asked, AskedAd) else list_effects
        made = [effect for effect in listed(connection, subject=asked.subject) if effect.approval == asked.id]
        return [{"effect": effect, "calls": attempts_of(connection, effect.id)} for effect in made]


ROUTES = (
    Route("/approvals/{id}", approval),
    Route("/approvals/{id}/decide", decide, methods=["POST"]),
)
