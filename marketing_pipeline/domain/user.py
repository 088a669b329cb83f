"""The people who work here, how they are signed in, and what names and passwords they may have."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Permission, Person, Role

LEAST_PASSWORD = 12
LONGEST_PASSWORD = 512
IDLE_LIMIT = timedelta(hours=12)
"""A session ends when nobody used it for so long."""
ABSOLUTE_LIMIT = timedelta(days=7)
"""A session ends after so long in any case."""
LINK_LIFE = timedelta(minutes=15)
LONGEST_TOKEN_LIFE = timedelta(days=366)
RESERVED = frozenset(
    {
        "ad_outcomes",
        "ads_analyst",
        "alerts",
        "configuration",
        "creatives",
        "executor",
        "nobody",
        "orchestrator",
        "post_variations",
        "published_posts",
        "system",
    }
)
"""Names under which programs act: what a person does must never read as if a program had done it."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")


class UserRefused(MarketingError):
    """A name, password, token or change that is not possible. Nothing was done."""


class SignInRefused(MarketingError):
    """Nobody was let in. The words are the same whatever was wrong, so that they tell nothing to who guesses."""


class SignInWay(StrEnum):
    """How somebody was recognised."""

    LINK = "link"
    PASSWORD = "password"
    PROXY = "proxy"


class User(BaseModel):
    """Somebody who works here. `brands` None: all of them."""

    model_config = ConfigDict(frozen=True)

    name: str
    role: Role
    brands: frozenset[BrandId] | None
    has_password: bool
    created_at: AwareDatetime
    created_by: str
    disabled_at: AwareDatetime | None

    def person(self, source: str, permissions: frozenset[Permission] | None = None) -> Person:
        """The user as who acts, by way of `source`."""
        return Person(name=self.name, role=self.role, source=source, brands=self.brands, permissions=permissions)


class Session(BaseModel):
    """One signed-in browser. `id` is the SHA-256 of its token."""

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, Field(repr=False)]
    user: str
    way: SignInWay
    created_at: AwareDatetime
    seen_at: AwareDatetime
    expires_at: AwareDatetime


class ApiToken(BaseModel):
    """What is known of a token for programs, without the token."""

    model_config = ConfigDict(frozen=True)

    id: str
    user: str
    name: Annotated[str, Field(description="What it is for")]
    scopes: frozenset[Permission]
    created_at: AwareDatetime
    expires_at: AwareDatetime
    used_at: AwareDatetime | None
    revoked_at: AwareDatetime | None


def require_user_name(name: str) -> str:
    """The name, where it can be recorded and typed. Raises UserRefused."""
    if not _NAME.fullmatch(name):
        raise UserRefused(
            f"{name[:64]!r} cannot be a user's name.",
            "Use 1 to 64 letters, digits and . _ @ + - and begin with a letter or digit.",
        )
    if name.lower() in RESERVED:
        raise UserRefused(f"{name!r} is the name of a part of the program.", "Choose another name.")
    return name


def require_password(password: str, name: str) -> None:
    """Return where this may be the password of that user. Raises UserRefused, never quoting it."""
    if len(password) < LEAST_PASSWORD:
        raise UserRefused(
            f"The password has fewer than {LEAST_PASSWORD} characters.", "Choose a longer one: four words will do."
        )
    if len(password) > LONGEST_PASSWORD:
        raise UserRefused(f"The password has more than {LONGEST_PASSWORD} characters.", "Choose a shorter one.")
    if "\0" in password or not _is_text(password):
        raise UserRefused("The password is no text.", "Use letters, digits, signs and blanks.")
    left = password.casefold().replace(name.casefold(), "")
    if not any(letter.isalpha() for letter in left) and name.casefold() in password.casefold():
        raise UserRefused("The password is the user's own name.", "Choose one that nobody can guess.")
    if len(set(password)) < 4:
        raise UserRefused("The password repeats itself.", "Choose one that nobody can guess.")


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
