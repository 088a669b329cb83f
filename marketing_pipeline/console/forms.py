"""What a browser sends: forms, queries and addresses, as text that can be stored."""

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from marketing_pipeline.domain.errors import MarketingError

MOST_FIELDS = 1_000
FORM_TYPE = "application/x-www-form-urlencoded"


class FormUnreadable(MarketingError):
    """What was sent is no text: not UTF-8, with a null character, or with far too many fields. Nothing was done."""


class Form(Mapping[str, str]):
    """The fields of a form. `form["name"]` is the first value of a name, `all` gives each."""

    def __init__(self, pairs: tuple[tuple[str, str], ...] = ()) -> None:
        self._pairs = pairs
        self._first = dict(reversed(pairs))

    def __getitem__(self, name: str) -> str:
        return self._first[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a name, in the order in which they were sent."""
        return tuple(value for key, value in self._pairs if key == name)


def form_of(request: Request) -> Form:
    """The form of a request that the guards have let in; empty where none was sent."""
    found: Form = request.state.form
    return found


def parsed_form(body: bytes) -> Form:
    """Read an urlencoded form. Raises FormUnreadable."""
    return Form(_pairs(body, "The form"))


def require_text(path: str, query: bytes) -> None:
    """Return where address and query are text. Raises FormUnreadable."""
    if "\0" in path or "\N{REPLACEMENT CHARACTER}" in path:
        raise _unreadable("The address")
    _pairs(query, "The address")


def _pairs(content: bytes, what: str) -> tuple[tuple[str, str], ...]:
    try:
        pairs = tuple(parse_qsl(content.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise _unreadable(what) from error
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise _unreadable(what)
    return pairs


def _unreadable(what: str) -> FormUnreadable:
    return FormUnreadable(
        f"{what} is not readable text: broken Unicode, a null character, or more than {MOST_FIELDS} fields.",
        "Nothing was done. Type the text anew, or copy it from somewhere else.",
    )
