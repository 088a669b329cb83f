"""Who sends a request: by session cookie, by API token, or by the word of a trusted proxy."""

import hashlib
import hmac
from dataclasses import dataclass

from starlette.requests import Request

from marketing_pipeline.console.login_attempts import LoginAttempts
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.person import Person
from marketing_pipeline.domain.user import Session, SignInWay
from marketing_pipeline.settings.console import ConsoleAccess
from marketing_pipeline.workplace.people import PeopleDesk

PROXY_SECRET = "x-marketing-proxy-secret"
API = "/api/"
_BEARER = "bearer "


class ProxyRefused(MarketingError):
    """A header that names a user came without the secret of the proxy, or names nobody whom we know."""


@dataclass(frozen=True)
class Recognised:
    """Who it is. A browser has a CSRF token that its forms must carry; a program with a token of its own has none."""

    person: Person
    session: Session | None
    csrf: str


class Recognition:
    """Recognises people by what stands in the headers of a request."""

    def __init__(self, access: ConsoleAccess, audit_key: bytes, attempts: LoginAttempts) -> None:
        self._access = access
        self._csrf_key = _derived(audit_key, "console csrf")
        self._cookie = f"marketing_{_derived(audit_key, 'console cookie').hex()[:12]}"
        self._attempts = attempts

    def cookie(self, request: Request) -> str:
        """Name of the session's cookie: two consoles on one machine keep their own.

        Behind TLS with a prefix that lets no other host of the domain set it.
        """
        return f"__Host-{self._cookie}" if request.url.scheme == "https" else self._cookie

    def who(self, request: Request, people: PeopleDesk) -> Recognised | None:
        """Whoever sends it; None for nobody. Raises ProxyRefused."""
        if is_by_token(request):
            person = people.person_of_token(request.headers["authorization"][len(_BEARER) :].strip())
            return None if person is None else Recognised(person, None, "")
        if self._access.proxy_header and self._access.proxy_header in request.headers:
            person = self._by_proxy(request, people)
            return Recognised(person, None, self._csrf(f"proxy {person.name}"))
        token = request.cookies.get(self.cookie(request), "")
        found = people.person_of_session(token) if token else None
        return None if found is None else Recognised(found[0], found[1], self._csrf(f"session {found[1].id}"))

    def _csrf(self, whose: str) -> str:
        return hmac.new(self._csrf_key, whose.encode(), hashlib.sha256).hexdigest()

    def _by_proxy(self, request: Request, people: PeopleDesk) -> Person:
        names = request.headers.getlist(self._access.proxy_header)
        given = request.headers.get(PROXY_SECRET, "").encode()
        trusted = hmac.compare_digest(given, self._access.proxy_key.get_secret_value().encode())
        person = people.by_proxy(names[0]) if trusted and len(names) == 1 else None
        if person is not None:
            return person
        why = "the proxy names nobody who is known" if trusted else "the proxy's secret is wrong or missing"
        address = address_of(request)
        if self._attempts.is_first(proxy=names[0], address=address):
            people.note_refusal(SignInWay.PROXY, why, name=names[0] if trusted else "", address=address)
        if trusted:
            raise ProxyRefused("The proxy names a user who is not known here.", "Ask an administrator to add you.")
        raise ProxyRefused(
            f"{self._access.proxy_header} is believed only together with the proxy's secret.",
            f"Let the proxy send MARKETING_CONSOLE_PROXY_SECRET in {PROXY_SECRET}, and take both from whoever asks.",
        )


def is_by_token(request: Request) -> bool:
    """Whether a program shows a token of its own. Only the API takes them."""
    return request.url.path.startswith(API) and request.headers.get("authorization", "").lower().startswith(_BEARER)


def address_of(request: Request) -> str:
    """Where it comes from, as the server saw it, or the trusted proxy told."""
    return "" if request.client is None else request.client.host


def _derived(key: bytes, label: str) -> bytes:
    """A key for one purpose: what is made with it tells nothing of the key that it comes from."""
    return hmac.new(key, f"marketing {label} 1".encode(), hashlib.sha256).digest()
