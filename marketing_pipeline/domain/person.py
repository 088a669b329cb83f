"""Who acts: a person with a role, the brands that they may see, and the way by which they came."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId


class Role(StrEnum):
    """What a person may do; each role may do all that the ones before it may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    APPROVER = "approver"
    ADMIN = "admin"


class Permission(StrEnum):
    """One thing that not everyone may do."""

    READ = "read"
    EDIT = "edit"
    DECIDE = "decide"
    ADMINISTER = "administer"


_NEEDS: dict[Permission, Role] = {
    Permission.READ: Role.VIEWER,
    Permission.EDIT: Role.EDITOR,
    Permission.DECIDE: Role.APPROVER,
    Permission.ADMINISTER: Role.ADMIN,
}
_ORDER = tuple(Role)


def same_person(one: str, other: str) -> bool:
    """Whether two names are one person's: users' names that differ only in capitals are the same user's."""
    return one.casefold() == other.casefold()


class NotAllowed(MarketingError):
    """This person may not do that, or may not see that brand. Nothing was done."""


class Person(BaseModel):
    """Somebody who has been recognised. `brands` None means all of them."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Field(description="As it is recorded with what they do", min_length=1, max_length=96)]
    role: Role
    source: Annotated[str, Field(description="cli, console, api or mcp: recorded with each decision")]
    brands: Annotated[frozenset[BrandId] | None, Field(description="Brands that they may see; None: all")] = None
    permissions: Annotated[
        frozenset[Permission] | None, Field(description="Narrower than the role, for a token with scopes; None: all")
    ] = None

    def may(self, permission: Permission, brand: BrandId | None = None) -> bool:
        """Whether they may do it: their role allows it, their token too, and they may see the brand.

        What is administered is of every brand: who sees some of them administers nothing.
        """
        if self.permissions is not None and permission not in self.permissions:
            return False
        if permission is Permission.ADMINISTER and self.brands is not None:
            return False
        return _ORDER.index(self.role) >= _ORDER.index(_NEEDS[permission]) and self.sees(brand)

    def sees(self, brand: BrandId | None) -> bool:
        """Whether they may see a brand; what belongs to none is seen by everyone."""
        return brand is None or self.brands is None or brand in self.brands

    def require(self, permission: Permission, brand: BrandId | None = None) -> Self:
        """Return when they may. Raises NotAllowed."""
        if self.may(permission, brand):
            return self
        if not self.sees(brand):
            raise NotAllowed(f"{self.name} may not see the brand {brand}.", "Ask an administrator for the brand.")
        if permission is Permission.ADMINISTER and self.brands is not None:
            raise NotAllowed(
                f"{self.name} sees some brands alone and may not administer what is of all.",
                "Ask an administrator of every brand.",
            )
        raise NotAllowed(
            f"{self.name} is {self.role} and may not {permission} here.",
            f"Ask somebody who is at least {_NEEDS[permission]}.",
        )
