"""Ways in which a model's answer is malformed, each derived from a good one; none may be taken for an answer."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any, cast

Json = dict[str, Any]
Spoil = Callable[[Json, random.Random], str]
Path = tuple[str | int, ...]


def _cut(good: Json, chance: random.Random) -> str:
    text = json.dumps(good)
    return text[: chance.randrange(len(text))]


def _extra_key(good: Json, chance: random.Random) -> str:
    key = chance.choice(["approved", "url", "__class__", "tool", "effects", "state"])
    return _changed(good, chance, lambda holder: holder.update({key: chance.choice([True, "yes", {"a": 1}, None])}))


def _prose(good: Json, chance: random.Random) -> str:
    text = json.dumps(good)
    return chance.choice(
        [f"Here you are:\n{text}", f"```json\n{text}\n```", f"{text}\nI hope this helps!", "I would rather not.", ""]
    )


def _huge(good: Json, chance: random.Random) -> str:
    spoilt, (*way, last) = copy.deepcopy(good), chance.choice(_free_texts(good))
    _at(spoilt, tuple(way))[last] = chance.choice("x\u00e9\u4e2d ") * chance.choice([10_000, 400_000])
    return json.dumps(spoilt, ensure_ascii=False)


def _deep(good: Json, chance: random.Random) -> str:
    depth = chance.choice([200, 20_000])
    return '{"posts":' + "[" * depth + "]" * depth + "}"


def _other_language(good: Json, chance: random.Random) -> str:
    return chance.choice(
        [
            "Gerne! Hier ist der Plan f\u00fcr die Woche: erstens Wasser, zweitens Bl\u00e4tter.",
            json.dumps({f"{key}_fran\u00e7ais": value for key, value in good.items()}),
            json.dumps({key[::-1]: value for key, value in good.items()}, ensure_ascii=False),
            "\u8fd9\u662f\u672c\u5468\u7684\u8ba1\u5212\u3002",
        ]
    )


def _null(good: Json, chance: random.Random) -> str:
    spoilt, (*way, last) = copy.deepcopy(good), chance.choice(_required(good))
    _at(spoilt, tuple(way))[last] = None
    return json.dumps(spoilt)


def _other_type(good: Json, chance: random.Random) -> str:
    spoilt, (*way, last) = copy.deepcopy(good), chance.choice(_required(good))
    _at(spoilt, tuple(way))[last] = chance.choice(_NO_VALUES)
    return json.dumps(spoilt)


def _missing(good: Json, chance: random.Random) -> str:
    spoilt, (*way, last) = copy.deepcopy(good), chance.choice(_required(good))
    del _at(spoilt, tuple(way))[last]
    return json.dumps(spoilt)


def _no_number(good: Json, chance: random.Random) -> str:
    """NaN, infinity and numbers beyond any range where a number or a text stands."""
    spoilt, (*way, last) = copy.deepcopy(good), chance.choice(_required(good))
    _at(spoilt, tuple(way))[last] = chance.choice([float("nan"), float("inf"), 1e308, -1])
    return json.dumps(spoilt)


def _twice(good: Json, chance: random.Random) -> str:
    """A key twice, the good value first: whoever reads the first sees another answer than who reads the last."""
    key = chance.choice(list(good))
    return json.dumps(good)[:-1] + f", {json.dumps(key)}: {chance.choice(['null', '[7]', '{}'])}}}"


def _no_object(good: Json, chance: random.Random) -> str:
    return chance.choice(["null", "[]", "42", '"text"', "true", json.dumps([good])])


def _other_ids(good: Json, chance: random.Random) -> str:
    """Ids that do not exist, and ids of another place."""
    spoilt, ways = copy.deepcopy(good), _ids(good)
    *way, last = chance.choice(ways)
    _at(spoilt, tuple(way))[last] = chance.choice(["no_such_id", "../../etc", "", "ASSAM", "c-invented", 21])
    return json.dumps(spoilt)


_NO_VALUES: tuple[Any, ...] = ([[]], {"a": {}}, [None])
SPOILING: tuple[Spoil, ...] = (
    _cut, _extra_key, _prose, _huge, _deep, _other_language, _null, _other_type, _missing, _no_number, _twice,
    _no_object, _other_ids,
)  # fmt: skip
_OPTIONAL = frozenset(
    {
        "product",
        "occasion",
        "price_label",
        "defect",
        "price_note",
        "supporting_line",
        "kicker",
        "intent",
        "call_to_action",
    }
)
_IDS = frozenset(
    {
        "position",
        "audience",
        "product",
        "chosen",
        "hook",
        "palette",
        "artwork",
        "template",
        "format",
        "criterion",
        "level",
    }
    | {"factor", "candidate"}
)


def spoilt(good: Json, count: int, chance: random.Random) -> Iterator[str]:
    """So many malformed answers, every way in turn."""
    for number in range(count):
        yield SPOILING[number % len(SPOILING)](good, chance)


def _ways(value: Any, way: Path = ()) -> Iterator[Path]:
    for key, inner in _items(value):
        yield (*way, key)
        yield from _ways(inner, (*way, key))


def _items(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from cast("Json", value).items()
    elif isinstance(value, list):
        yield from enumerate(cast("list[Any]", value))


def _at(value: Any, way: Path) -> Any:
    for key in way:
        value = value[key]
    return value


def _free_texts(good: Json) -> list[Path]:
    names = _IDS | {"price_label"}
    return [way for way in _ways(good) if isinstance(_at(good, way), str) and way[-1] not in names]


def _required(good: Json) -> list[Path]:
    """Fields that no answer may lack: with text, list or object, and without a default."""
    return [way for way in _ways(good) if isinstance(way[-1], str) and way[-1] not in _OPTIONAL]


def _ids(good: Json) -> list[Path]:
    return [way for way in _ways(good) if way[-1] in _IDS]


def _changed(good: Json, chance: random.Random, change: Callable[[Json], None]) -> str:
    spoilt = copy.deepcopy(good)
    holders = [spoilt, *(_at(spoilt, way) for way in _ways(spoilt) if isinstance(_at(spoilt, way), dict))]
    change(chance.choice(holders))
    return json.dumps(spoilt)
