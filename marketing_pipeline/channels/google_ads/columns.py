"""The shape of an answer: each selected field's place in the API's own messages, and its Arrow type."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from marketing_pipeline.channels.google_ads.failure import VERSION

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class SelectedField:
    """A leaf field: the descriptors that lead to it."""

    name: str
    along: tuple[Any, ...]

    @property
    def leaf(self) -> Any:
        """The descriptor of the field itself."""
        return self.along[-1]

    @property
    def is_enum(self) -> bool:
        """Whether its values are names of a closed set."""
        return self.leaf.enum_type is not None

    def enum_names(self) -> list[str | None]:
        """The name of each number, by position; None for numbers without one."""
        numbers = self.leaf.enum_type.values_by_number
        return [numbers[at].name if at in numbers else None for at in range(max(numbers) + 1)]


@cache
def row_message() -> Any:
    """GoogleAdsRow, as a descriptor."""
    return _services().GoogleAdsRow.pb().DESCRIPTOR


def stream_types() -> tuple[Any, Any]:
    """Request and response of SearchStream, as proto-plus messages."""
    module = _services()
    return module.SearchGoogleAdsStreamRequest, module.SearchGoogleAdsStreamResponse


def selected(names: Sequence[str]) -> tuple[SelectedField, ...]:
    """The fields of a SELECT list. Raises ValueError for one that the API has not, or that is no single value."""
    return tuple(_selected(name) for name in names)


def arrow_type(field: SelectedField) -> "pa.DataType":
    """The column's type: enums by name as text."""
    import pyarrow as pa

    leaf = field.leaf
    if field.is_enum or leaf.cpp_type == leaf.CPPTYPE_STRING:
        return pa.string()
    kinds = {
        leaf.CPPTYPE_INT64: pa.int64(),
        leaf.CPPTYPE_INT32: pa.int32(),
        leaf.CPPTYPE_DOUBLE: pa.float64(),
        leaf.CPPTYPE_BOOL: pa.bool_(),
    }
    return kinds[leaf.cpp_type]


def _selected(name: str) -> SelectedField:
    message, along = row_message(), list[Any]()
    for part in name.split("."):
        field = None if message is None else message.fields_by_name.get(part)
        if field is None:
            raise ValueError(f"The API has no field {name}.")
        along.append(field)
        message = field.message_type
    if message is not None or along[-1].is_repeated:
        raise ValueError(f"{name} is no single value: name one of its fields.")
    return SelectedField(name, tuple(along))


def _services() -> Any:
    return import_module(f"google.ads.googleads.{VERSION}.services.types.google_ads_service")
