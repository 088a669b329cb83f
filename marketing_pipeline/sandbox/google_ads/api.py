"""The message types that the google-ads package ships, found by name: no generated code, one constant to move on."""

from functools import cache
from importlib import import_module
from typing import Any, cast

from google.protobuf import json_format

VERSION = "v26"
BASE = f"google.ads.googleads.{VERSION}"
Proto = Any
"""A plain protobuf message; its fields are known to the package alone."""


@cache
def message_type(module: str, name: str) -> Any:
    """The plain protobuf class of a type of the package: `message_type("resources.types.campaign", "Campaign")`."""
    return getattr(import_module(f"{BASE}.{module}"), name).pb()


def resource_type(name: str) -> Any:
    """The class of a resource by its name, such as CampaignBudget."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
    return message_type(f"resources.types.{snake}", name)


def google_ads_row() -> Any:
    """The class of one row of a search."""
    return message_type("services.types.google_ads_service", "GoogleAdsRow")


def enum_name(message: Proto, field: str) -> str:
    """The name of an enum field's value, such as ENABLED; UNKNOWN for a number that this version has no name for."""
    value = message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number.get(getattr(message, field))
    return str(value.name) if value else "UNKNOWN"


def set_enum(message: Proto, field: str, name: str) -> None:
    """Give an enum field the value of that name. Raises KeyError for a name it has not."""
    setattr(message, field, message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_name[name].number)


def from_fields(kind: Any, fields: dict[str, Any]) -> Proto:
    """A message from the JSON shape of `to_fields`."""
    return json_format.ParseDict(fields, kind())


def fields_along(descriptor: Any, path: str) -> list[Any]:
    """The field descriptors that a path such as `ad.final_urls` goes through; none where there is no such field."""
    along: list[Any] = []
    for part in path.split("."):
        names: Any = descriptor.fields_by_name if descriptor is not None else {}
        # What is called `type` in the API is `type_` in Python.
        field: Any = names.get(part) or names.get(f"{part}_")
        if field is None or part.endswith("_"):
            return []
        along.append(field)
        descriptor = field.message_type
    return along


def to_fields(message: Proto) -> dict[str, Any]:
    """The set fields of a message as JSON values: integers stay integers, enums are names, `type_` becomes `type`."""
    return {field.name.rstrip("_"): _value(field, value) for field, value in message.ListFields()}


def _value(field: Any, value: Any) -> Any:
    if field.is_repeated:
        return [_one(field, item) for item in value]
    return _one(field, value)


def _one(field: Any, value: Any) -> Any:
    if field.message_type is not None:
        if field.message_type.full_name == "google.protobuf.FieldMask":
            return ",".join(cast(list[str], value.paths))
        return to_fields(value)
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return known.name if known else int(value)
    return value
