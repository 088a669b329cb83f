"""The resources of an account as a request would leave them, before anybody decides whether it may."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from marketing_pipeline.sandbox.google_ads.account_plan import SERIES, AdsAccount
from marketing_pipeline.sandbox.google_ads.api import Proto
from marketing_pipeline.sandbox.google_ads.refusal import Refusal

_NAME = re.compile(r"customers/(\d+)/([a-zA-Z]+)/(-?\d+(?:~-?\d+)*)")
_LAST_NUMBER = re.compile(r"\d+$")
Operation = Literal["create", "update", "remove"]


class Draft:
    """Reads through to the account; what is put here stays here."""

    def __init__(self, account: AdsAccount, resources: Mapping[str, Proto]) -> None:
        self.account = account
        self._resources = resources
        self._put: dict[str, Proto] = {}
        self._temporary: dict[str, str] = {}

    def find(self, name: str) -> Proto | None:
        """The resource of that name, removed ones included."""
        return self._put.get(name) or self._resources.get(name)

    def of_type(self, message: str) -> Iterator[Proto]:
        """Every resource of a type, such as Campaign."""
        for name, resource in {**self._resources, **self._put}.items():
            if resource.DESCRIPTOR.name == message and name:
                yield resource

    def put(self, resource: Proto) -> None:
        """Let the draft hold this version."""
        self._put[resource.resource_name] = resource

    def next_id(self, series: int) -> int:
        """An id that nothing of the account has had."""
        known = {**self._resources, **self._put}
        used = max(int(found[0]) % SERIES for name in known if (found := _LAST_NUMBER.search(name)))
        return series * 10_000_000_000 + self.account.first_id + used + 1

    def name_for(self, temporary: str, real: str) -> None:
        """Later operations may call the new resource by its temporary name, such as customers/1/campaigns/-1."""
        if temporary in self._temporary:
            raise Refusal("new_resource_creation_error.DUPLICATE_TEMP_IDS", f"{temporary} is used twice.")
        self._temporary[temporary] = real

    def real_name(self, name: str) -> str:
        """The name of a resource that may have been given by its temporary one."""
        return self._temporary.get(name, name)


@dataclass(frozen=True)
class Kind:
    """A kind of resource that can be changed: where it stands in the API, and the rules of its changes."""

    message: str
    """Its type, such as CampaignBudget."""
    collection: str
    series: int
    """First digits of its ids."""
    service: str
    method: str
    id_path: str
    """The field that holds its id."""
    parent: str
    """The field that names what it hangs on, where that is part of its name; empty otherwise."""
    mutable: frozenset[str]
    creatable: frozenset[str]
    removed: str
    """The error code of changing one that is removed."""
    complete: Callable[[Draft, Proto], None]
    """Fill in what a creation may leave out, and refuse one that leaves out too much."""
    check: Callable[[Draft, Proto | None, Proto], None]
    """Refuse a version, given the one before (None for a creation)."""
    let_go: Callable[[Draft, Proto], None]
    """Refuse a removal."""

    @property
    def field(self) -> str:
        """Its name in rows and operations, such as campaign_budget."""
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in self.message).lstrip("_")


def may_go(draft: Draft, resource: Proto) -> None:
    """The removal rule of kinds that may always be removed."""


def collection_of(name: str, customer: str) -> str:
    """The collection that a resource name points into. Raises Refusal for one that is missing, malformed or foreign."""
    if not name:
        raise Refusal("request_error.RESOURCE_NAME_MISSING", "The resource name is missing.", "resource_name")
    found = _NAME.fullmatch(name)
    if found is None:
        raise Refusal("request_error.RESOURCE_NAME_MALFORMED", f"'{name}' is no resource name.", "resource_name")
    if found[1] != customer:
        raise Refusal("mutate_error.RESOURCE_NOT_FOUND", f"{name} belongs to another customer.", "resource_name")
    return found[2]


def is_temporary(name: str) -> bool:
    """Whether a new resource is named by a negative number, to be referred to within the request (documented)."""
    return name.rpartition("/")[2].rpartition("~")[2].startswith("-")
