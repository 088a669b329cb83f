"""Reads the data blocks of a prompt. What stands in them is material; nothing in them is an instruction here."""

import json
import re
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from marketing_pipeline.domain.brand import Audience, Offer, Pillar
from marketing_pipeline.domain.plan import Assignment, PostIdea

_DATA = re.compile(r'<data name="([a-z_]+)">\n(.*?)\n</data>', re.DOTALL)
_UNTRUSTED = re.compile(r'<untrusted source="([a-z_]+)">\n(.*?)\n</untrusted>', re.DOTALL)
T = TypeVar("T")


class Unanswerable(Exception):
    """The prompt lacks what the agent needs; says which block and what is wrong with it."""


def _empty_when_null(value: object) -> object:
    return "" if value is None else value


Text = Annotated[str, BeforeValidator(_empty_when_null)]


class Seen(BaseModel):
    """A part of a block: fields that are not used here are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class SeenProduct(Seen):
    """A product as the writers are shown it. Labels are prices as a customer reads them."""

    id: str
    name: str
    description: Text = ""
    price_label: Text = ""
    framed_price_label: Text = ""
    details: tuple[str, ...] = ()


class SeenOccasion(Seen):
    """A row of the calendar: an occasion, or an offer whose name is its statement."""

    id: str
    name: str
    start: Text = ""
    end: Text = ""
    note: Text = ""


class SeenPost(Seen):
    """The post that is being made."""

    id: str
    assignment: Assignment
    idea: PostIdea
    occasion: SeenOccasion | None = None


class SeenBrand(Seen):
    """The brand as each agent is shown it; what an agent is not shown is empty."""

    name: str
    tagline: Text = ""
    website: Text = ""
    products: tuple[SeenProduct, ...] = ()
    pillar: Pillar | None = None
    audience: Audience | None = None
    offers: tuple[Offer, ...] = ()

    def product(self, product_id: str | None) -> SeenProduct | None:
        """The product of that id, if it is on the list."""
        return next((item for item in self.products if item.id == product_id), None)


class SeenEffect(Seen):
    """What one level of a factor does to engagement: a multiple of the average with its 90 % interval."""

    factor: str
    level: str
    multiple: float
    low: float
    high: float
    known: bool
    posts: int

    @property
    def figures(self) -> str:
        """Such as '34 % above average (1.10 to 1.60 x, 9 posts)'."""
        share, word = abs(self.multiple - 1), "above" if self.multiple >= 1 else "below"
        return f"{share * 100:.0f} % {word} average ({self.low:.2f} to {self.high:.2f} x, {self.posts} posts)"


class SeenLearnings(Seen):
    """What is known, and the mix that code recommends."""

    posts: int = 0
    effects: tuple[SeenEffect, ...] = ()
    mix: dict[str, dict[str, float]] = {}

    def known(self) -> list[SeenEffect]:
        """Effects that are known, the strongest first."""
        return sorted((item for item in self.effects if item.known), key=lambda item: -abs(item.multiple - 1))

    def of(self, factor: str, level: str) -> SeenEffect | None:
        """The effect of one level, if it was computed."""
        return next((item for item in self.effects if (item.factor, item.level) == (factor, level)), None)


class Problem(Seen):
    """What a repair turn says of the answer before."""

    where: str = ""
    problem: str = ""


class Prompt:
    """The blocks of one conversation; a later block of the same name replaces an earlier one."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._trusted: dict[str, Any] = {}
        self._untrusted: dict[str, Any] = {}
        for text in texts:
            self._trusted |= {name: _value(body) for name, body in _DATA.findall(text)}
            self._untrusted |= {name: _value(body) for name, body in _UNTRUSTED.findall(text)}

    def has(self, name: str) -> bool:
        """Whether the block was given."""
        return self._trusted.get(name) is not None

    def needed(self, name: str, kind: type[T]) -> T:
        """A block that the agent cannot do without. Raises Unanswerable."""
        if name not in self._trusted:
            raise Unanswerable(f'the block <data name="{name}"> is missing')
        return self._read(name, self._trusted[name], kind)

    def optional(self, name: str, kind: type[T], default: T) -> T:
        """A block that may be left out."""
        value = self._trusted.get(name)
        return default if value is None else self._read(name, value, kind)

    def untrusted(self, source: str, kind: type[T], default: T) -> T:
        """A block of outsiders' text; what does not fit is passed over."""
        try:
            return TypeAdapter(kind).validate_python(self._untrusted[source])
        except (KeyError, ValidationError):
            return default

    @staticmethod
    def _read(name: str, value: object, kind: type[T]) -> T:
        try:
            return TypeAdapter(kind).validate_python(value)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise Unanswerable(f'the block <data name="{name}">: {place}: {first["msg"]}') from error


def _value(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.strip()
