"""The query language: a text becomes a query, or is refused with the code that the real service documents for it.

The grammar is documented; which of several fitting codes a text gets is assumed.
"""

import re
from dataclasses import dataclass
from typing import Literal

from marketing_pipeline.sandbox.google_ads.refusal import Refusal

_TOKEN = re.compile(
    r"\s*(?:"
    r"(?P<string>'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")"
    r"|(?P<number>-?\d+(?:\.\d+)?)(?![\w.-])"
    r"|(?P<word>[A-Za-z_][\w.]*)"
    r"|(?P<sign>>=|<=|!=|=|<|>|\(|\)|,)"
    r")"
)
_COMPARISONS = ("=", "!=", ">", ">=", "<", "<=")
_LISTS = ("IN", "NOT IN", "CONTAINS ANY", "CONTAINS ALL", "CONTAINS NONE")
_PAIRS = ("NOT IN", "NOT LIKE", "CONTAINS ANY", "CONTAINS ALL", "CONTAINS NONE", "NOT REGEXP_MATCH")
_SINGLES = ("IN", "LIKE", "REGEXP_MATCH", "BETWEEN", "DURING")
_PARAMETERS = ("include_drafts", "omit_unselected_resource_names")
_CLAUSES = ("FROM", "WHERE", "ORDER", "LIMIT", "PARAMETERS")


@dataclass(frozen=True)
class Token:
    """A piece of the text: a quoted string (without its quotes), a number, a word or a sign."""

    kind: Literal["string", "number", "word", "sign"]
    text: str


@dataclass(frozen=True)
class Condition:
    """One condition of WHERE. `values` is empty for IS NULL and IS NOT NULL."""

    field: str
    operator: str
    values: tuple[Token, ...]


@dataclass(frozen=True)
class Query:
    """A query as it is written, its fields not yet looked up."""

    select: tuple[str, ...]
    resource: str
    where: tuple[Condition, ...]
    order_by: tuple[tuple[str, bool], ...]
    """Each field, and whether it is descending."""
    limit: int | None
    parameters: frozenset[str]
    """The parameters that are true."""


def parse(text: str) -> Query:
    """The query that a text writes. Raises Refusal."""
    return _Parser(_tokens(text)).query()


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None:
            raise _bad_piece(text[position:].lstrip())
        kind = found.lastgroup
        piece = found[kind or 0]
        if kind == "string":
            tokens.append(Token("string", re.sub(r"\\(.)", r"\1", piece[1:-1])))
        elif kind in ("number", "word", "sign"):
            tokens.append(Token(kind, piece))
        position = found.end()
    return tokens


def _bad_piece(rest: str) -> Refusal:
    if rest[0] in "'\"":
        line = rest.partition("\n")[0]
        if "\n" in rest and rest[0] in rest[len(line) :]:
            return Refusal("query_error.PROHIBITED_NEWLINE_IN_STRING", "A string may not go over a line end.")
        return Refusal("query_error.STRING_NOT_TERMINATED", "A string is not closed.")
    if rest[0].isdigit() or rest[0] == "-":
        return Refusal("query_error.BAD_NUMBER", f"No number: '{rest.split()[0]}'. A date needs quotes.")
    return Refusal("query_error.BAD_SYMBOL", f"Unexpected symbol '{rest[0]}'.")


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def query(self) -> Query:
        """Everything from SELECT to the end."""
        if not self._take("SELECT"):
            raise Refusal("query_error.EXPECTED_SELECT", "A query begins with SELECT.")
        select = self._fields()
        if not self._take("FROM"):
            raise Refusal("query_error.EXPECTED_FROM", "The FROM clause is missing.")
        resource = self._word("query_error.BAD_RESOURCE_TYPE_IN_FROM_CLAUSE")
        where = self._conditions() if self._take("WHERE") else ()
        order_by = self._order() if self._take("ORDER") else ()
        limit = self._limit() if self._take("LIMIT") else None
        parameters = self._parameters() if self._take("PARAMETERS") else frozenset[str]()
        if self._at < len(self._tokens):
            raise Refusal("query_error.UNEXPECTED_INPUT", f"Unexpected '{self._tokens[self._at].text}'.")
        return Query(select, resource, where, order_by, limit, parameters)

    def _fields(self) -> tuple[str, ...]:
        fields = [self._word("query_error.BAD_FIELD_NAME")]
        while self._take(","):
            fields.append(self._word("query_error.BAD_FIELD_NAME"))
        return tuple(dict.fromkeys(fields))

    def _conditions(self) -> tuple[Condition, ...]:
        conditions = [self._condition()]
        while self._take("AND"):
            conditions.append(self._condition())
        following = self._peek()
        if following is not None and following.text.upper() not in _CLAUSES:
            raise Refusal("query_error.EXPECTED_AND", f"Expected AND, not '{following.text}'.")
        return tuple(conditions)

    def _condition(self) -> Condition:
        field = self._word("query_error.BAD_FIELD_NAME")
        operator = self._operator()
        if operator in ("IS NULL", "IS NOT NULL"):
            return Condition(field, operator, ())
        if operator in _LISTS:
            return Condition(field, operator, self._list())
        if operator == "BETWEEN":
            first = self._value()
            if not self._take("AND"):
                raise Refusal("query_error.EXPECTED_VALUE_WITH_BETWEEN_OPERATOR", "BETWEEN needs two values.")
            return Condition(field, operator, (first, self._value()))
        return Condition(field, operator, (self._value(),))

    def _operator(self) -> str:
        token = self._next()
        if token.kind == "sign" and token.text in _COMPARISONS:
            return token.text
        first = token.text.upper()
        if first == "IS":
            negated = self._take("NOT")
            if not self._take("NULL"):
                raise Refusal("query_error.BAD_OPERATOR", "IS is followed by NULL or NOT NULL.")
            return "IS NOT NULL" if negated else "IS NULL"
        following = self._peek()
        both = f"{first} {following.text.upper()}" if following else first
        if both in _PAIRS:
            self._at += 1
            return both
        if token.kind == "word" and first in _SINGLES:
            return first
        raise Refusal("query_error.BAD_OPERATOR", f"'{token.text}' is no operator.")

    def _value(self) -> Token:
        token = self._next()
        if token.text == "(" and token.kind == "sign":
            raise Refusal("query_error.EXPECTED_SINGLE_VALUE", "This operator takes one value.")
        if token.kind == "sign":
            raise Refusal("query_error.BAD_VALUE", f"'{token.text}' is no value.")
        return token

    def _list(self) -> tuple[Token, ...]:
        if not self._take("("):
            raise Refusal("query_error.EXPECTED_LIST", "This operator takes a list in parentheses.")
        if self._take(")"):
            raise Refusal("query_error.PROHIBITED_EMPTY_LIST_IN_CONDITION", "The list is empty.")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        if not self._take(")"):
            raise Refusal("query_error.EXPECTED_LIST", "The list is not closed.")
        return tuple(values)

    def _order(self) -> tuple[tuple[str, bool], ...]:
        if not self._take("BY"):
            raise Refusal("query_error.EXPECTED_BY", "ORDER is followed by BY.")
        orders: list[tuple[str, bool]] = []
        while True:
            field = self._word("query_error.BAD_FIELD_NAME")
            descending = self._take("DESC")
            if not descending:
                self._take("ASC")
            orders.append((field, descending))
            if not self._take(","):
                return tuple(orders)

    def _limit(self) -> int:
        token = self._next()
        if token.kind != "number" or not token.text.lstrip("-").isdigit():
            raise Refusal("query_error.BAD_LIMIT_VALUE", f"'{token.text}' is no number of rows.")
        if int(token.text) < 1:
            raise Refusal("query_error.LIMIT_VALUE_TOO_LOW", "LIMIT must be at least 1.")
        return int(token.text)

    def _parameters(self) -> frozenset[str]:
        wanted: set[str] = set()
        while True:
            name = self._word("query_error.BAD_PARAMETER_NAME")
            if name not in _PARAMETERS:
                raise Refusal("query_error.BAD_PARAMETER_NAME", f"There is no parameter '{name}'.")
            if not self._take("="):
                raise Refusal("query_error.BAD_PARAMETER_VALUE", f"{name} needs a value.")
            value = self._next().text
            if value not in ("true", "false"):
                raise Refusal("query_error.BAD_PARAMETER_VALUE", f"{name} is true or false.")
            if value == "true":
                wanted.add(name)
            if not self._take(","):
                return frozenset(wanted)

    def _word(self, code: str) -> str:
        token = self._next()
        if token.kind != "word" or token.text.upper() in _CLAUSES:
            raise Refusal(code, f"'{token.text}' is no name.")
        return token.text

    def _take(self, text: str) -> bool:
        token = self._peek()
        if token is None or token.kind == "string" or token.text.upper() != text:
            return False
        self._at += 1
        return True

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> Token:
        token = self._peek()
        if token is None:
            raise Refusal("query_error.UNEXPECTED_END_OF_QUERY", "The query ends too early.")
        self._at += 1
        return token
