"""The people who work here, and the tokens of their programs. For administrators."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.console.forms import Form, form_of
from marketing_pipeline.console.page import back, page
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Permission, Role
from marketing_pipeline.domain.user import LEAST_PASSWORD, LINK_LIFE, UserRefused, require_user_name

LIVES = {"30": "30 days", "90": "90 days", "365": "a year"}
"""Days of a token that are offered."""


def people(request: Request) -> Response:
    """Users and tokens."""
    return _shown(request)


def add(request: Request) -> Response:
    """A new user."""
    desk, form = desk_of(request), form_of(request)
    name = require_user_name(form.get("name", "").strip())
    password = form.get("password", "") or None
    desk.place.people.add(desk.person, name, _role(form), brands=_brands(form), password=password)
    how = "with a password" if password else "by link: make one below"
    return back(request, "/people", said=f"{name} may sign in {how}.")


def change(request: Request) -> Response:
    """Another role, other brands, or another password."""
    desk, form, name = desk_of(request), form_of(request), request.path_params["name"]
    brands = _brands(form)
    desk.place.people.change(
        desk.person,
        name,
        role=_changed_role(desk, form, name),
        brands=brands,
        all_brands=brands is None,
        password=form.get("password", "") or None,
    )
    return back(request, "/people", said=f"{name} is changed.")


def switch(request: Request) -> Response:
    """Let a user in no more, or again."""
    desk, name = desk_of(request), request.path_params["name"]
    if form_of(request).get("in") == "yes":
        desk.place.people.enable(desk.person, name)
        return back(request, "/people", said=f"{name} may sign in again.")
    desk.place.people.disable(desk.person, name)
    return back(request, "/people", said=f"{name} is signed out everywhere, and their tokens are void.")


def link(request: Request) -> Response:
    """A one-time link for a user, shown once."""
    desk, name = desk_of(request), request.path_params["name"]
    desk.person.require(Permission.ADMINISTER)
    token = desk.place.people.login_link(name, by=desk.person)
    address = f"{request.url.scheme}://{request.headers['host']}/login/link?token={token}"
    minutes = round(LINK_LIFE.total_seconds() / 60)
    told = f"This lets {name} in once, within {minutes} minutes. It is shown this once."
    return _shown(request, secret=address, told=told)


def make_token(request: Request) -> Response:
    """A token for a program, shown once."""
    desk, form = desk_of(request), form_of(request)
    days, scopes = form.get("days", ""), form.all("scope")
    if days not in LIVES or any(scope not in tuple(Permission) for scope in scopes):
        raise UserRefused("The form does not say what the token may, or how long.", "Load the page again.")
    number, token = desk.place.people.make_token(
        desk.person,
        form.get("name", "").strip(),
        {Permission(scope) for scope in scopes},
        desk.place.people.now() + timedelta(days=int(days)),
        user=form.get("user") or None,
    )
    return _shown(request, secret=token, told=f"Token {number}. Copy it now: it is shown this once.")


def revoke_token(request: Request) -> Response:
    """Take a token back."""
    desk = desk_of(request)
    token = desk.place.people.revoke_token(desk.person, request.path_params["number"])
    return back(request, "/people", said=f"The token “{token.name}” of {token.user} lets nobody in any more.")


def _shown(request: Request, *, secret: str = "", told: str = "") -> Response:
    desk = desk_of(request)
    return page(
        request,
        "people.html",
        title="People",
        users=desk.place.people.list(desk.person),
        tokens=desk.place.people.tokens(desk.person),
        roles=tuple(Role),
        scopes=tuple(Permission),
        lives=LIVES,
        least=LEAST_PASSWORD,
        all_brands=tuple(desk.office.brands.values()),
        real_now=desk.place.people.now(),
        secret=secret,
        told=told,
    )


def _role(form: Form) -> Role:
    word = form.get("role", "")
    if word not in tuple(Role):
        raise UserRefused("The form names no role.", f"Choose from {', '.join(Role)}.")
    return Role(word)


def _changed_role(desk: Desk, form: Form, name: str) -> Role | None:
    """The role, where it is another: a change of role ends the user's sessions."""
    user, role = desk.place.people.find(name), _role(form)
    return None if user is not None and user.role is role else role


def _brands(form: Form) -> frozenset[BrandId] | None:
    """None for all brands, which must be said; else those that are ticked."""
    sees = form.get("sees")
    if sees not in ("all", "some"):
        raise UserRefused("The form does not say which brands they see.", "Choose all of them, or tick some.")
    return None if sees == "all" else frozenset(map(BrandId, form.all("brand")))


ROUTES = (
    Route("/people", people),
    Route("/people", add, methods=["POST"]),
    Route("/people/-/tokens", make_token, methods=["POST"]),
    Route("/people/-/tokens/{number}/revoke", revoke_token, methods=["POST"]),
    Route("/people/{name}", change, methods=["POST"]),
    Route("/people/{name}/switch", switch, methods=["POST"]),
    Route("/people/{name}/link", link, methods=["POST"]),
)
