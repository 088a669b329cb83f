"""A page from its template, words that are shown once, and errors as people read them."""

import base64
import hashlib
from binascii import Error as NotBase64
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from marketing_pipeline.console import links, words
from marketing_pipeline.console.desk import desk_of
from marketing_pipeline.console.navigation import entries
from marketing_pipeline.domain.errors import MarketingError, NotFound, RefusedTransition
from marketing_pipeline.domain.hidden_text import shown
from marketing_pipeline.domain.person import NotAllowed
from marketing_pipeline.store.decisions import StaleDecision
from marketing_pipeline.store.posts import StalePost
from marketing_pipeline.workplace.asked_ad import AccountMoved
from marketing_pipeline.workplace.asked_proposal import CouldNotBeDone, ProposalMoved

MOVED_ON = (StaleDecision, StalePost, RefusedTransition, AccountMoved, ProposalMoved, CouldNotBeDone)
"""Refusals of what is not, or no longer, as whoever asks saw it."""
SAID = "said"
"""Cookie with words for the next page."""
_SAID_SECONDS = 30
_LONGEST_SAID = 600
_LAST_PAGE = 1_000


@cache
def templates() -> Environment:
    """The templates. Everything is escaped, and a name that is not there is an error."""
    made = Environment(
        loader=PackageLoader("marketing_pipeline.console"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(words.FILTERS)
    known: dict[str, Any] = {
        "static": static_url,
        "post_url": links.post_url,
        "approval_url": links.approval_url,
        "ad_change_url": links.ad_change_url,
        "calendar_url": links.calendar_url,
        "evidence_url": links.evidence_url,
        "picture_url": links.picture_url,
        "with_query": links.with_query,
    }
    made.globals.update(known)
    return made


def _visible(value: Any) -> Any:
    """Text in which what a reader would not see is written out: what people decide about is what they read."""
    return value if type(value) is not str or value.isascii() else shown(value)


@cache
def static_url(name: str) -> str:
    """The address of a file of ours: it changes with the file, so that browsers may keep it for ever."""
    content = (files("marketing_pipeline.console") / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def page(request: Request, template: str, *, title: str, status: int = 200, **context: Any) -> Response:
    """A page for whoever asks, with the navigation, their brands, and what was said to them."""
    desk = desk_of(request)
    shown = (
        templates()
        .get_template(template)
        .render(
            request=request,
            desk=desk,
            title=title,
            path=request.url.path,
            navigation=entries(desk.person),
            said=_said(request),
            status=status,
            **context,
        )
    )
    answer = HTMLResponse(shown, status)
    if SAID in request.cookies:
        answer.delete_cookie(SAID, path="/")
    return answer


def page_number(request: Request) -> int:
    """Which part of a long list is asked for by `?page=`, from 1."""
    given = request.query_params.get("page", "1")
    return min(max(int(given), 1), _LAST_PAGE) if given.isdecimal() and len(given) < 6 else 1


def back(request: Request, url: str, *, said: str = "") -> Response:
    """Send the browser on after a form, with words for the page that it comes to."""
    answer = RedirectResponse(url, 303)
    if said:
        packed = base64.urlsafe_b64encode(said[:_LONGEST_SAID].encode()).decode()
        secure = request.url.scheme == "https"
        answer.set_cookie(SAID, packed, _SAID_SECONDS, path="/", secure=secure, httponly=True, samesite="strict")
    return answer


def refused(request: Request, error: Exception) -> Response:
    """An error of ours as a page, or as JSON for who asked for that: what happened, and how to mend it."""
    if not isinstance(error, MarketingError):
        raise error
    status = status_of(error)
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"error": error.message, "mend": error.mend}, status)
    if getattr(request.state, "person", None) is None:
        shown = templates().get_template("bare_error.html").render(error=error, status=status)
        return HTMLResponse(shown, status)
    desk = desk_of(request)
    if desk.asked_brand and desk.asked_brand not in desk.brands:
        # The page that says so shall not ask for the same brand again.
        request.state.desk = replace(desk, asked_brand="")
    return page(request, "error.html", title="That did not work", status=status, error=error)


def status_of(error: MarketingError) -> int:
    """The HTTP status that tells programs what kind of refusal it is."""
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, NotAllowed):
        return 403
    if isinstance(error, MOVED_ON):
        return 409
    return 400


def _said(request: Request) -> str:
    try:
        return base64.urlsafe_b64decode(request.cookies.get(SAID, "")).decode()
    except (NotBase64, UnicodeDecodeError, ValueError):
        return ""
