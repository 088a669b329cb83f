"""Signing in by password or link, and signing out."""

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from marketing_pipeline.console.forms import form_of
from marketing_pipeline.console.login_attempts import LoginAttempts
from marketing_pipeline.console.page import templates
from marketing_pipeline.console.recognition import address_of
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.user import ABSOLUTE_LIMIT, SignInRefused, SignInWay
from marketing_pipeline.workplace.people import PeopleDesk
from marketing_pipeline.workplace.sign_in import SessionToken

_LONGEST_NEXT = 1_000


class TooManyAttempts(MarketingError):
    """Signing in was tried too often by this name or from this address."""


def login(request: Request) -> Response:
    """The form for name and password."""
    return _form(then=_next(request.query_params.get("next", "")))


def sign_in(request: Request) -> Response:
    """Name and password sent."""
    form, address = form_of(request), address_of(request)
    name, then = form.get("name", "").strip(), _next(form.get("next", ""))
    wait = _attempts(request).wait_seconds(name=name, address=address)
    if wait:
        return _too_many(request, SignInWay.PASSWORD, wait, name=name, then=then)
    try:
        token = _people(request).sign_in(name, form.get("password", ""), address=address)
    except SignInRefused as error:
        return _form(401, error=error, name=name, then=then)
    return _signed_in(request, token, then)


def link(request: Request) -> Response:
    """A page with one button: looking at a link, as previews of messages do, does not use it up."""
    return _page("login_link.html", token=request.query_params.get("token", ""), error=None)


def use_link(request: Request) -> Response:
    """The button pressed."""
    address = address_of(request)
    wait = _attempts(request).wait_seconds(address=address)
    if wait:
        return _too_many(request, SignInWay.LINK, wait, name="", then="/")
    try:
        token = _people(request).by_link(form_of(request).get("token", ""), address=address)
    except SignInRefused as error:
        return _page("login_link.html", 401, token="", error=error)
    return _signed_in(request, token, "/")


def sign_out(request: Request) -> Response:
    """End the session."""
    _people(request).sign_out(request.cookies.get(request.state.cookie, ""))
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(request.state.cookie, path="/", secure=request.url.scheme == "https", httponly=True)
    return answer


def _signed_in(request: Request, token: SessionToken, then: str) -> Response:
    """Send the browser on with a new session; the one that it had ends."""
    _people(request).sign_out(request.cookies.get(request.state.cookie, ""))
    answer = RedirectResponse(then, 303)
    answer.set_cookie(
        request.state.cookie,
        token,
        max_age=int(ABSOLUTE_LIMIT.total_seconds()),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


def _too_many(request: Request, way: SignInWay, wait: int, *, name: str, then: str) -> Response:
    address = address_of(request)
    if _attempts(request).is_first(name=name, address=address):
        _people(request).note_refusal(way, "too many attempts", name=name, address=address)
    error = TooManyAttempts("Signing in was tried too often.", f"Try again in {_words(wait)}.")
    answer = _form(429, error=error, name=name, then=then)
    answer.headers["retry-after"] = str(wait)
    return answer


def _form(status: int = 200, *, error: MarketingError | None = None, name: str = "", then: str = "/") -> Response:
    return _page("login.html", status, error=error, name=name, next=then)


def _page(template: str, status: int = 200, **context: Any) -> Response:
    return HTMLResponse(templates().get_template(template).render(**context), status)


def _people(request: Request) -> PeopleDesk:
    people: PeopleDesk = request.app.state.office.place.people
    return people


def _attempts(request: Request) -> LoginAttempts:
    attempts: LoginAttempts = request.state.attempts
    return attempts


def _next(wanted: str) -> str:
    """Where to go after signing in: a page of this console and nothing else."""
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\", "/login", "/logout", "/api/"))
    return wanted if ours and wanted.isprintable() and len(wanted) <= _LONGEST_NEXT else "/"


def _words(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 120 else f"{-(-seconds // 60)} minutes"


ROUTES = (
    Route("/login", login, methods=["GET"]),
    Route("/login", sign_in, methods=["POST"]),
    Route("/login/link", link, methods=["GET"]),
    Route("/login/link", use_link, methods=["POST"]),
    Route("/logout", sign_out, methods=["POST"]),
)
