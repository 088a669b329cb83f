"""What is wrong with a field of brand.yaml and what would be right, in words."""

import difflib
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from marketing_pipeline.domain.brand import Brand

_EXAMPLES = {
    "id": "upscale_print",
    "name": "Upscale Print",
    "website": "https://upscaleprint.example",
    "time_zone": "Europe/London",
    "currency": "GBP",
    "link": "https://upscaleprint.example/dunes",
    "price": "48 or 48.50",
    "framed_price": "118",
    "weight": "0.25",
    "weekday": "monday",
    "at": "18:30",
    "due": "2027-03-31",
    "start": "2027-03-07",
    "end": "2027-03-07",
    "account_id": '"17841405309213004"',
    "handle": '"@upscaleprint"',
    "posts_per_week": "7",
}
_PATTERNS = {
    r"^[a-z][a-z0-9_]{1,39}$": "use 2 to 40 small letters, digits and _, beginning with a letter, such as art_stories",
    r"^#[0-9A-Fa-f]{6}$": 'write # and six hexadecimal digits in quotes, such as "#B9472A"',
    r"^#[A-Za-z0-9_]{2,50}$": 'write # and letters, digits or _ in quotes, such as "#WallArt"',
    r"^[A-Z]{3}$": "write the three capital letters of ISO 4217, such as GBP",
    r"^[A-Z0-9]{3,20}$": "write 3 to 20 capital letters and digits, such as OAK20",
    r"^\d{5,25}$": 'write the number of the account in quotes, such as "17841405309213004"',
    r"^@[A-Za-z0-9_.]{1,30}$": 'write @ and the account\'s name in quotes, such as "@upscaleprint"',
}


def advice(error: ErrorDetails) -> str:
    """One validation error of `Brand` as what is wrong and what would be right."""
    field = str(error["loc"][-1]) if error["loc"] else ""
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return f"is missing{_such_as(field)}"
        case "extra_forbidden":
            return _unknown(error)
        case "string_pattern_mismatch":
            return f"{_shown(error['input'])}: {_PATTERNS[context['pattern']]}"
        case "value_error":
            return str(context["error"])
        case "string_type" if not isinstance(error["input"], dict | list | None):
            return f"{_shown(error['input'])} was read as no text; put it in quotes"
        case "literal_error" | "enum":
            return _other_word(error["input"], context["expected"])
        case _:
            return f"{_shown(error['input'])}: {_plain(error['msg'])}{_such_as(field)}"


def _such_as(field: str) -> str:
    return f"; write one such as {_EXAMPLES[field]}" if field in _EXAMPLES else ""


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a group of fields"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _plain(message: str) -> str:
    """The first half of the library's sentence; the second tells how its parser failed."""
    first = message.split(", ")[0]
    return first[:1].lower() + first[1:]


def _other_word(given: Any, expected: str) -> str:
    words = [word.strip("' ") for word in expected.replace(" or ", ", ").split(",")]
    near = difflib.get_close_matches(str(given).lower(), words, n=1)
    guess = f"; did you mean {near[0]}?" if near else ""
    return f"{_shown(given)} is none of: {', '.join(words)}{guess}"


def _unknown(error: ErrorDetails) -> str:
    name = str(error["loc"][-1])
    fields = _fields_at(error["loc"][:-1])
    near = difflib.get_close_matches(name, fields, n=1)
    if near:
        return f"there is no such field; did you mean {near[0]}?"
    return f"there is no such field; the fields here are {', '.join(fields)}"


def _fields_at(location: tuple[int | str, ...]) -> list[str]:
    """The names of the fields that the model at `location` has."""
    model: type[BaseModel] = Brand
    for part in location:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return sorted(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation such as tuple[Slot, ...] or dict[str, Palette] is about."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)
