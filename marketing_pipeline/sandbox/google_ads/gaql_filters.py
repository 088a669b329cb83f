"""Conditions: whether a value passes, and whether a condition makes sense for its field at all."""

import operator
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from marketing_pipeline.sandbox.google_ads.gaql import Condition, Token
from marketing_pipeline.sandbox.google_ads.gaql_dates import check_aligned, day_of, named_range
from marketing_pipeline.sandbox.google_ads.gaql_fields import Field
from marketing_pipeline.sandbox.google_ads.refusal import Refusal

_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_EQUALITY = frozenset({"=", "!=", "IN", "NOT IN", "IS NULL", "IS NOT NULL"})
_NUMBERS = _EQUALITY | _ORDERED.keys() | {"BETWEEN"}
_TEXTS = _EQUALITY | {"LIKE", "NOT LIKE", "REGEXP_MATCH", "NOT REGEXP_MATCH"}
_LISTS = frozenset({"CONTAINS ANY", "CONTAINS ALL", "CONTAINS NONE", "IS NULL", "IS NOT NULL"})
_DATES = frozenset({"segments.date", "segments.week", "segments.month", "segments.quarter"})
_TIMES = frozenset({"change_event.change_date_time"})
_INTEGERS = frozenset(
    {
        FieldDescriptor.CPPTYPE_INT32,
        FieldDescriptor.CPPTYPE_INT64,
        FieldDescriptor.CPPTYPE_UINT32,
        FieldDescriptor.CPPTYPE_UINT64,
    }
)
_DECIMALS = frozenset({FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT})
Test = Callable[[Any], bool]


def is_date(field: Field) -> bool:
    """Whether the field holds days or moments."""
    return field.name in _DATES | _TIMES


def test_of(field: Field, condition: Condition, today: date) -> Test:
    """The test that a condition is. A value that is absent passes IS NULL and nothing else. Raises Refusal."""
    if condition.operator not in _allowed(field):
        raise Refusal("query_error.OPERATOR_FIELD_MISMATCH", f"{condition.operator} does not go with '{field.name}'.")
    if condition.operator == "IS NULL":
        return lambda value: value is None
    if condition.operator == "IS NOT NULL":
        return lambda value: value is not None
    if condition.operator == "DURING":
        first, last = named_range(condition.values[0].text, today)
        return lambda value: value is not None and first.isoformat() <= value[:10] <= last.isoformat()
    values = [_value(field, token) for token in condition.values]
    passes = _passes(condition.operator, values)
    return lambda value: value is not None and passes(value)


def _allowed(field: Field) -> frozenset[str] | set[str]:
    if field.descriptor.is_repeated:
        return _LISTS
    if is_date(field):
        return _NUMBERS | {"DURING"}
    if field.is_enum or field.descriptor.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return _EQUALITY
    return _NUMBERS if field.descriptor.cpp_type in _INTEGERS | _DECIMALS else _TEXTS


def _passes(name: str, values: list[Any]) -> Test:
    if name in _ORDERED:
        return lambda value: _ORDERED[name](value, values[0])
    if name in ("IN", "NOT IN"):
        return lambda value: (value in values) == (name == "IN")
    if name == "BETWEEN":
        return lambda value: values[0] <= value <= values[1]
    if name.startswith("CONTAINS"):
        return _contains(name, values)
    if name.endswith("LIKE"):
        pattern = re.compile(_like(values[0]), re.IGNORECASE | re.DOTALL)
    else:
        pattern = _regular(values[0])
    wanted = not name.startswith("NOT")
    return lambda value: (pattern.fullmatch(value) is not None) == wanted


def _contains(name: str, values: list[Any]) -> Test:
    if name == "CONTAINS ANY":
        return lambda value: any(one in value for one in values)
    if name == "CONTAINS ALL":
        return lambda value: all(one in value for one in values)
    return lambda value: all(one not in value for one in values)


def _like(text: str) -> str:
    """A pattern of LIKE as a regular expression: % stands for anything, and [%] for itself (documented)."""
    pieces = re.split(r"(\[.\]|%)", text)
    return "".join(".*" if piece == "%" else re.escape(piece[1] if piece[:1] == "[" else piece) for piece in pieces)


def _regular(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise Refusal("query_error.INVALID_STRING_VALUE", f"'{text}' is no regular expression: {error}.") from None


def _value(field: Field, token: Token) -> Any:
    """The value that a token means for the field."""
    if field.is_enum:
        if token.text not in field.descriptor.enum_type.values_by_name:
            raise Refusal("query_error.BAD_ENUM_CONSTANT", f"'{token.text}' is no value of '{field.name}'.")
        return token.text
    kind = field.descriptor.cpp_type
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        if token.text.lower() not in ("true", "false"):
            raise Refusal("query_error.BAD_VALUE", f"'{token.text}' is neither true nor false.")
        return token.text.lower() == "true"
    if kind in _INTEGERS | _DECIMALS:
        return _number(field, token, whole=kind in _INTEGERS)
    if token.kind != "string":
        raise Refusal("query_error.BAD_VALUE", f"'{token.text}' needs quotes.")
    if is_date(field):
        day_of(token.text)
        if field.name in _DATES:
            check_aligned(field.tail, token.text)
    return token.text


def _number(field: Field, token: Token, whole: bool) -> float | int:
    try:
        if token.kind == "word":
            raise ValueError(token.text)
        return int(token.text) if whole else float(token.text)
    except ValueError:
        raise Refusal("query_error.BAD_NUMBER", f"'{token.text}' is no number for '{field.name}'.") from None
