"""What every request passes before a page or the API sees it, and what every answer is given.

Host, origin, size, text, person, CSRF token: in this order, each refused with its own words. What is put on the request
for those inside: `state.person`, `state.session`, `state.csrf`, `state.form`.
"""

import asyncio
import hmac
import ipaddress
import logging
import re
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from marketing_pipeline.console.answer import STATIC, Answer
from marketing_pipeline.console.forms import FORM_TYPE, Form, FormUnreadable, form_of, parsed_form, require_text
from marketing_pipeline.console.login_attempts import LoginAttempts
from marketing_pipeline.console.office import Office
from marketing_pipeline.console.page import templates
from marketing_pipeline.console.recognition import API, ProxyRefused, Recognised, Recognition, is_by_token
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.settings import Settings
from marketing_pipeline.settings.console import LOCAL_HOSTS

__all__ = ["Guards", "form_of"]

LARGEST_BODY = 1_000_000
PATIENCE_S = 30.0
"""For the whole of a body, however slowly it drips."""
CSRF_FIELD, CSRF_HEADER = "csrf", "x-csrf-token"
_LOOKING = frozenset({"GET", "HEAD"})
_SIGNS_OF_LIFE = frozenset({"/healthz", "/metrics"})
_LOGIN = frozenset({"/login", "/login/link"})
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::[0-9]{1,5})?", re.IGNORECASE)
log = logging.getLogger(__name__)


class Refused(MarketingError):
    """A request that goes no further. Nothing was done."""

    def __init__(self, status: int, message: str, mend: str) -> None:
        super().__init__(message, mend)
        self.status = status


class Failed(MarketingError):
    """Something broke that nobody has thought of. It is logged, and the browser is told no more than that."""


class Guards:
    """Pure ASGI, so that an answer may stream. `office` is open for as long as this serves."""

    def __init__(self, app: ASGIApp, *, office: Office, settings: Settings, patience_s: float = PATIENCE_S) -> None:
        self._app = app
        self._office = office
        self._access = settings.console
        self._patience_s = patience_s
        self._attempts = LoginAttempts()
        self._recognition = Recognition(settings.console, settings.audit_key(), self._attempts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        answer = Answer(send, request)
        try:
            await self._answer(request, answer)
        except ClientDisconnect:
            return
        except Exception:
            if answer.begun:
                raise
            log.exception("%s %r failed", request.method, request.url.path)
            failed = Failed(
                "The console failed at this.", "It is logged. Look whether anything was done, then try again."
            )
            await _refusal(request, failed)(scope, receive, answer)

    async def _answer(self, request: Request, answer: Answer) -> None:
        try:
            inner = await self._let_in(request)
        except MarketingError as error:
            inner = _refusal(request, error)
        if isinstance(inner, Response):
            await inner(request.scope, request.receive, answer)
        else:
            await self._app(request.scope, inner, answer)

    async def _let_in(self, request: Request) -> Receive | Response:
        """What the application receives; or the way to the login page. Raises Refused and FormUnreadable."""
        self._require_host(request)
        require_text(request.url.path, request.scope["query_string"])
        state = request.state
        state.form, state.attempts, state.cookie = Form(), self._attempts, self._recognition.cookie(request)
        inner = request.receive
        if request.method not in _LOOKING:
            _require_same_origin(request)
            body = await self._body(request)
            inner = _again(body, inner)
            state.form = _form(request, body)
        if self._is_open(request):
            return inner
        found = await run_in_threadpool(self._recognition.who, request, self._office.place.people)
        if found is None:
            return _to_login(request)
        if request.method not in _LOOKING and not is_by_token(request):
            _require_csrf(request, found)
        state.person, state.session, state.csrf = found.person, found.session, found.csrf
        return inner

    async def _body(self, request: Request) -> bytes:
        try:
            async with asyncio.timeout(self._patience_s):
                return await _whole_body(request)
        except TimeoutError as error:
            raise Refused(408, "What was sent did not arrive whole.", "Nothing was done. Send it once more.") from error

    def _require_host(self, request: Request) -> None:
        given = request.headers.getlist("host")
        if len(given) != 1 or _host_in(given[0]) not in self._access.hosts:
            raise Refused(
                400,
                "The console does not answer under this name.",
                "Open it at http://127.0.0.1 and its port, or add the name to MARKETING_CONSOLE_HOSTS.",
            )

    def _is_open(self, request: Request) -> bool:
        """Whether it is for everybody. Signs of life are for this machine, unless the settings say otherwise."""
        path = request.url.path
        if path in _SIGNS_OF_LIFE and not (self._access.open_metrics or _is_of_this_machine(request)):
            raise Refused(
                403, "This is shown on this machine alone.", "MARKETING_CONSOLE_OPEN_METRICS=yes shows it to others."
            )
        return path in _SIGNS_OF_LIFE or path in _LOGIN or path.startswith(STATIC)


def _require_same_origin(request: Request) -> None:
    """Return where one of our own pages sent it, or a program that shows a token. Raises Refused."""
    if is_by_token(request):
        return
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    # Behind a proxy that ends TLS the page is of https, and this request is not.
    ours = {f"{scheme}://{request.headers['host'].lower()}" for scheme in (request.url.scheme, "https")}
    is_ours = origin.lower() in ours if origin is not None else site == "same-origin"
    if not is_ours or site not in (None, "same-origin", "none"):
        raise Refused(
            403,
            "This was not sent by a page of this console.",
            "Nothing was done. Open the console's own page and send it from there.",
        )


def _require_csrf(request: Request, found: Recognised) -> None:
    given = request.headers.get(CSRF_HEADER) or form_of(request).get(CSRF_FIELD, "")
    if not hmac.compare_digest(given.encode(), found.csrf.encode()):
        raise Refused(
            403,
            "This form is not of your present session.",
            "Nothing was done. Load the page again, then send the form once more.",
        )


async def _whole_body(request: Request) -> bytes:
    told = request.headers.get("content-length", "0")
    if not told.isdecimal() or len(told) > len(str(LARGEST_BODY)) or int(told) > LARGEST_BODY:
        raise _too_large()
    chunks, size = list[bytes](), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_BODY:
            raise _too_large()
        chunks.append(chunk)
    return b"".join(chunks)


def _form(request: Request, body: bytes) -> Form:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == FORM_TYPE:
        return parsed_form(body)
    if kind == "multipart/form-data":
        raise Refused(415, "The console takes no files.", f"Send the form as {FORM_TYPE}.")
    return Form()


def _too_large() -> Refused:
    what = f"More than {LARGEST_BODY // 1000} kB were sent at once."
    return Refused(413, what, "Nothing was done. Shorten the text.")


def _again(body: bytes, receive: Receive) -> Receive:
    """The body once more, for whoever reads it inside."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return messages.pop() if messages else await receive()

    return received


def _to_login(request: Request) -> Response:
    path = request.url.path
    wanted = f"{path}?{request.url.query}" if request.url.query else path
    address = f"/login?next={quote(wanted, safe='/')}" if request.method in _LOOKING and path != "/" else "/login"
    if path.startswith(API):
        content = {"error": "Nobody is signed in.", "mend": "Send `Authorization: Bearer` with an API token."}
        return JSONResponse(content, 401, {"www-authenticate": "Bearer"})
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"hx-redirect": address})
    return RedirectResponse(address, 303)


def _refusal(request: Request, error: MarketingError) -> Response:
    status = 500 if isinstance(error, Failed) else 503
    if isinstance(error, Refused):
        status = error.status
    elif isinstance(error, (FormUnreadable, ProxyRefused)):
        status = 400 if isinstance(error, FormUnreadable) else 403
    if request.url.path.startswith(API) or "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"error": error.message, "mend": error.mend}, status)
    return HTMLResponse(templates().get_template("bare_error.html").render(error=error, status=status), status)


def _host_in(header: str) -> str:
    """The name or address alone, in small letters; empty for what is no host."""
    found = _HOST.fullmatch(header)
    return (found[1] or found[2]).lower() if found else ""


def _is_of_this_machine(request: Request) -> bool:
    """Whether it comes from this machine, by a name of its own: a proxy on this machine speaks for others."""
    try:
        local = request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        local = False
    return local and _host_in(request.headers["host"]) in LOCAL_HOSTS
