"""How people and programs are recognised: by password, link, session, proxy or token."""

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, NewType

from marketing_pipeline.domain.clock import Clock, SystemClock, aware
from marketing_pipeline.domain.person import Person
from marketing_pipeline.domain.user import Session, SignInRefused, SignInWay, User

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from marketing_pipeline.store.api_tokens import ApiTokens
    from marketing_pipeline.store.login_links import LoginLinks
    from marketing_pipeline.store.sessions import Sessions
    from marketing_pipeline.store.users import Users
    from marketing_pipeline.workplace.workplace import Workplace

SessionToken = NewType("SessionToken", str)
"""What the browser keeps; here only its SHA-256 is kept."""
CONSOLE, API = "console", "api"
_NEW_LINK = "Make a link with `marketing login-link`, or ask an administrator."


class SignIn:
    """Recognises who comes. Sessions, links and tokens end by real time, whatever time the home lives in."""

    def __init__(self, place: "Workplace", real: Clock | None = None) -> None:
        self.place = place
        self._real = real or SystemClock()

    def find(self, name: str) -> User | None:
        """The user of that name, whatever its capitals; also a disabled one."""
        with self.place.database.read() as connection:
            return self.users.find(connection, name)

    def sign_in(self, name: str, password: str, *, address: str = "") -> SessionToken:
        """Open a session for who knows the password. Raises SignInRefused, after as long as it takes to be let in."""
        from marketing_pipeline.store.secret_words import is_outdated, password_hash, password_matches

        with self.place.database.read() as connection:
            kept = self.users.password_hash(connection, name)
        if not password_matches(kept, password) or kept is None:
            self.note_refusal(SignInWay.PASSWORD, "wrong name or password", name=name, address=address)
            raise _wrong_password()
        renewed = password_hash(password) if is_outdated(kept) else None
        with self.place.database.write() as connection:
            user = self.users.find(connection, name)
            if user is not None and self.users.password_hash(connection, name) == kept:
                if renewed is not None:
                    self.users.renew_hash(connection, user.name, renewed)
                return self._opened(connection, user.name, SignInWay.PASSWORD, address)
        self.note_refusal(SignInWay.PASSWORD, "changed meanwhile", name=name, address=address)
        raise _wrong_password()

    def by_link(self, token: str, *, address: str = "") -> SessionToken:
        """Open a session for who has a link, and use the link up. Raises SignInRefused."""
        with self.place.database.write() as connection:
            name = self.links.use(connection, token, self.now())
            user = None if name is None else self.users.find(connection, name)
            if user is not None and user.disabled_at is None:
                return self._opened(connection, user.name, SignInWay.LINK, address)
        self.note_refusal(SignInWay.LINK, "no link that lets anybody in", name=name or "", address=address)
        raise SignInRefused("This link lets nobody in: it was used already, or its time is over.", _NEW_LINK)

    def by_proxy(self, name: str) -> Person | None:
        """The user whom a trusted proxy names; None where they are not known here, or disabled. No session is kept."""
        user = self.find(name)
        return None if user is None or user.disabled_at is not None else user.person(CONSOLE)

    def note_refusal(self, way: SignInWay, why: str, *, name: str = "", address: str = "") -> None:
        """Write down that nobody was let in.

        A name that is no user's is not written down: it may be a password in the wrong field.
        """
        with self.place.database.write() as connection:
            user = self.users.find(connection, name)
            self.place.audit.append(
                connection,
                actor="nobody",
                action="login.refused",
                subject="an unknown user" if user is None else f"user {user.name}",
                brand=None,
                detail={"way": way, "why": why, "address": address},
            )

    def person_of_session(self, token: str) -> tuple[Person, Session] | None:
        """Who has signed in with this token, and their session; None where it does not count (any more)."""
        from marketing_pipeline.store.sessions import SEEN_EVERY

        now = self.now()
        with self.place.database.read() as connection:
            session = self.sessions.find(connection, token, now)
            user = None if session is None else self.users.find(connection, session.user)
        if session is None or user is None or user.disabled_at is not None:
            return None
        if now - session.seen_at >= SEEN_EVERY:
            with self.place.database.write() as connection:
                self.sessions.see(connection, session, now)
        return user.person(CONSOLE), session

    def sign_out(self, token: str) -> None:
        """End the session of this token, if there is one."""
        with self.place.database.write() as connection:
            session = self.sessions.find(connection, token, self.now())
            if session is not None:
                self.sessions.end(connection, session, reason="signed out", now=self.now())

    def person_of_token(self, token: str) -> Person | None:
        """For whom a program acts that shows this token; None where it does not count (any more)."""
        now = self.now()
        with self.place.database.read() as connection:
            known = self.api_tokens.find(connection, token, now)
            user = None if known is None else self.users.find(connection, known.user)
        if known is None or user is None or user.disabled_at is not None:
            return None
        if self.api_tokens.is_use_to_be_written(known, now):
            with self.place.database.write() as connection:
                self.api_tokens.use(connection, known, now)
        return user.person(API, known.scopes)

    def now(self) -> datetime:
        """The present moment of real time."""
        return aware(self._real.now())

    @cached_property
    def users(self) -> "Users":
        """The rows of users."""
        from marketing_pipeline.store.users import Users

        return Users(self.place.audit)

    @cached_property
    def sessions(self) -> "Sessions":
        """The rows of sessions."""
        from marketing_pipeline.store.sessions import Sessions

        return Sessions(self.place.audit)

    @cached_property
    def links(self) -> "LoginLinks":
        """The rows of login links."""
        from marketing_pipeline.store.login_links import LoginLinks

        return LoginLinks(self.place.audit)

    @cached_property
    def api_tokens(self) -> "ApiTokens":
        """The rows of API tokens."""
        from marketing_pipeline.store.api_tokens import ApiTokens

        return ApiTokens(self.place.audit)

    def _opened(self, connection: "Connection", user: str, way: SignInWay, address: str) -> SessionToken:
        from marketing_pipeline.store.secret_words import new_token

        token = SessionToken(new_token())
        self.sessions.open(connection, token, user, way, address=address, now=self.now())
        return token


def _wrong_password() -> SignInRefused:
    return SignInRefused("Name and password do not go together.", _NEW_LINK)
