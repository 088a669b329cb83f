"""The people of one installation: who they are, and what programs may do in their name."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from marketing_pipeline.domain.clock import aware
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.hidden_text import hidden_in
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import NotAllowed, Permission, Person, Role
from marketing_pipeline.domain.user import LONGEST_TOKEN_LIFE, ApiToken, User, UserRefused, require_password
from marketing_pipeline.workplace.anchoring import anchored
from marketing_pipeline.workplace.sign_in import API, SignIn

if TYPE_CHECKING:
    from sqlalchemy import Connection

_LONGEST_PURPOSE = 100


class PeopleDesk(SignIn):
    """People of a `Workplace`; reached as `workplace.people`.

    A method that takes a `person` acts in their name, and raises NotAllowed where they may not. Every change has its
    audit row in the same transaction.
    """

    def list(self, person: Person) -> tuple[User, ...]:
        """Every user, by name."""
        person.require(Permission.ADMINISTER)
        with self.place.database.read() as connection:
            return self.users.all(connection)

    def add(
        self,
        person: Person,
        name: str,
        role: Role,
        brands: Collection[BrandId] | None = None,
        password: str | None = None,
    ) -> User:
        """A new user. `brands` None: all; `password` None: by link or proxy alone. Raises UserRefused, NotFound."""
        person.require(Permission.ADMINISTER)
        seen, kept = self._known_brands(brands), _hashed(password, name)
        with anchored(self.place), self.place.database.write() as connection:
            return self.users.add(connection, name, role, seen, kept, by=person, now=self.now())

    def change(
        self,
        person: Person,
        name: str,
        *,
        role: Role | None = None,
        brands: Collection[BrandId] | None = None,
        all_brands: bool = False,
        password: str | None = None,
    ) -> User:
        """Change what is given. Another role or password ends the user's sessions. Raises UserRefused, NotFound."""
        person.require(Permission.ADMINISTER)
        changes: dict[str, Any] = {}
        if role is not None:
            changes["role"] = role
        if all_brands or brands is not None:
            changes["brands"] = None if all_brands else self._known_brands(brands)
        if password is not None:
            changes["password_hash"] = _hashed(password, name)
        if not changes:
            raise UserRefused("Nothing was said that is to be changed.", "Give a role, brands or a password.")
        with anchored(self.place), self.place.database.write() as connection:
            now = self.now()
            user = self.users.change(connection, self.users.get(connection, name), changes, by=person, now=now)
            if role is not None or password is not None:
                self._send_home(connection, user, person, "role changed" if role else "password changed")
            return user

    def disable(self, person: Person, name: str) -> None:
        """Let a user in no more: sessions end, links and API tokens are void. Raises NotFound."""
        person.require(Permission.ADMINISTER)
        with anchored(self.place), self.place.database.write() as connection:
            user, now = self.users.get(connection, name), self.now()
            if user.disabled_at is not None:
                return
            ended = self._send_home(connection, user, person, "user disabled")
            alive = [token for token in self.api_tokens.all(connection, user.name) if token.revoked_at is None]
            for token in alive:
                self.api_tokens.revoke(connection, token, by=person, now=now)
            detail = {"sessions": ended, "tokens": len(alive)}
            self.users.disable(connection, user, by=person, now=now, detail=detail)

    def enable(self, person: Person, name: str) -> None:
        """Let a disabled user in again. Raises NotFound."""
        person.require(Permission.ADMINISTER)
        with anchored(self.place), self.place.database.write() as connection:
            user = self.users.get(connection, name)
            if user.disabled_at is not None:
                self.users.enable(connection, user, by=person, now=self.now())

    def login_link(self, name: str, *, by: Person | None = None) -> str:
        """The token of a new link that lets this user in once, within 15 minutes. For whoever has the home.

        Where there is no user yet this one is made, as administrator: the single operator. Raises NotFound,
        UserRefused.
        """
        from marketing_pipeline.store.secret_words import new_token

        token = new_token()
        with anchored(self.place), self.place.database.write() as connection:
            user = self._user_or_first(connection, name)
            if user.disabled_at is not None:
                raise UserRefused(f"{user.name} is disabled.", f"`marketing users enable {user.name}` lets them in.")
            asked_by = by.name if by else user.name
            self.links.make(connection, token, user.name, by=asked_by, now=self.now())
        return token

    def make_token(
        self, person: Person, name: str, scopes: Collection[Permission], expires: datetime, *, user: str | None = None
    ) -> tuple[str, str]:
        """A token for programs: its number, and the token, which is told this once.

        `name` says what it is for; it acts for `user`, by default the person. Raises UserRefused, NotFound, NotAllowed.
        """
        from marketing_pipeline.store.secret_words import new_token

        if person.permissions is not None:
            raise NotAllowed("A token makes no tokens.", "Sign in, and make it yourself.")
        person.require(Permission.READ if user in (None, person.name) else Permission.ADMINISTER)
        now, token = self.now(), new_token()
        _require_sound(name, scopes, expires, now)
        with anchored(self.place), self.place.database.write() as connection:
            whose = self._user_or_first(connection, user or person.name)
            beyond = [scope for scope in Permission if scope in scopes and not whose.person(API).may(scope)]
            if beyond or whose.disabled_at is not None:
                what = f"is {whose.role} and may not {beyond[0]}" if beyond else "is disabled"
                raise UserRefused(f"{whose.name} {what}.", "Choose scopes that the user's role allows.")
            number = self.api_tokens.make(
                connection, token, whose.name, name, frozenset(scopes), expires_at=aware(expires), by=person, now=now
            )
        return number, token

    def tokens(self, person: Person) -> tuple[ApiToken, ...]:
        """What is known of all tokens; for who is no administrator, of their own."""
        own = None if person.may(Permission.ADMINISTER) else person.require(Permission.READ).name
        with self.place.database.read() as connection:
            return self.api_tokens.all(connection, own)

    def revoke_token(self, person: Person, number: str) -> ApiToken:
        """Take a token back; everybody may their own. Raises NotFound, NotAllowed."""
        with anchored(self.place), self.place.database.write() as connection:
            known = self.api_tokens.get(connection, number)
            person.require(Permission.READ if known.user == person.name else Permission.ADMINISTER)
            self.api_tokens.revoke(connection, known, by=person, now=self.now())
        return known

    def _known_brands(self, brands: Collection[BrandId] | None) -> frozenset[BrandId] | None:
        from marketing_pipeline.store.brand_folder import brand_ids

        if brands is None:
            return None
        known = brand_ids(self.place.settings.brands)
        unknown = sorted(set(brands).difference(known))
        if unknown or not brands:
            what = f"There is no brand {unknown[0]!r}." if unknown else "Whoever sees no brand sees nothing."
            raise NotFound(what, f"Known brands: {', '.join(known) or 'none'}.")
        return frozenset(brands)

    def _send_home(self, connection: "Connection", user: User, by: Person, reason: str) -> int:
        now = self.now()
        self.links.end_all(connection, user.name, now)
        return self.sessions.end_all(connection, user.name, by=by.name, reason=reason, now=now)

    def _user_or_first(self, connection: "Connection", name: str) -> User:
        """The user; where there is none at all, this one, made as administrator."""
        if self.users.all(connection):
            return self.users.get(connection, name)
        first = Person(name=name, role=Role.ADMIN, source="cli")
        return self.users.add(connection, name, Role.ADMIN, None, None, by=first, now=self.now())


def _hashed(password: str | None, name: str) -> str | None:
    from marketing_pipeline.store.secret_words import password_hash

    if password is None:
        return None
    require_password(password, name)
    return password_hash(password)


def _require_sound(name: str, scopes: Collection[Permission], expires: datetime, now: datetime) -> None:
    if not name.strip() or len(name) > _LONGEST_PURPOSE or hidden_in(name):
        raise UserRefused("A token needs a name that says what it is for.", "Write some words, at most 100 letters.")
    if not scopes:
        raise UserRefused("A token without scopes is good for nothing.", f"Choose from {', '.join(Permission)}.")
    if not now < aware(expires) <= now + LONGEST_TOKEN_LIFE:
        raise UserRefused("A token ends after now and within 366 days.", "Choose another end, such as in 90 days.")
