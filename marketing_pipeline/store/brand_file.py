"""Reading one brand.yaml: YAML without its surprises, and a line number for everything that is wrong."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.store.brand_advice import advice
from marketing_pipeline.store.brand_folder import BrandInvalid, BrandProblem, brands_by_account

MOST_BYTES = 1_000_000
_PNG = b"\x89PNG\r\n\x1a\n"
Location = tuple[int | str, ...]


# The C parser is ten times faster, and not in every build of the library.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _PlainLoader(_Loader):
    """YAML 1.2's core schema: in YAML 1.1, which the library speaks, 18:30 is the number 1110 and `no` is false."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the library's own interface


for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"~|null|", ["~", "n", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))


def read_brand(file: Path, accounts: Mapping[str, Sequence[str]] | None = None) -> Brand:
    """The brand that a file describes. Raises BrandInvalid with every problem found.

    Give `brands_by_account` of the folder where many brands are read: otherwise the other files are read for each.
    """
    node, content = _parsed(file)
    problems = [
        BrandProblem(file=file, line=_line(key), field=str(key.value), problem="stands twice; keep one of them")
        for key in _repeated_keys(node, set())
    ]
    try:
        brand = Brand.model_validate(content)
    except ValidationError as invalid:
        problems += [
            BrandProblem(
                file=file,
                line=_line_of(node, error["loc"], error["type"] == "extra_forbidden"),
                field=".".join(str(part) for part in error["loc"]),
                problem=advice(error),
            )
            for error in invalid.errors(include_url=False)
        ]
        raise BrandInvalid(_in_order(problems)) from invalid
    if accounts is None:
        accounts = brands_by_account(file.parent.parent)
    problems += _misplaced(brand, file, node, accounts)
    if problems:
        raise BrandInvalid(_in_order(problems))
    return brand


def _parsed(file: Path) -> tuple[Node, Any]:
    """The file's YAML as nodes, which know their lines, and as plain values."""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise _whole(file, f"has more than {MOST_BYTES:,} bytes; a brand file is a few pages of text")
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise _whole(file, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _whole(file, "is no text; save it as UTF-8") from error
    try:
        loader = _PlainLoader(text)
        node: Node | None = loader.get_single_node()
        content: Any = None if node is None else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else None
        raise BrandInvalid(
            (BrandProblem(file=file, line=line, field="", problem=f"is no YAML here: {error.problem}"),)
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _whole(file, f"is no YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(node, MappingNode):
        raise _whole(file, "is empty or no list of `field: value`; begin with `id:` and `name:`")
    return node, content


def _whole(file: Path, problem: str) -> BrandInvalid:
    return BrandInvalid((BrandProblem(file=file, line=None, field="", problem=problem),))


def _misplaced(brand: Brand, file: Path, node: Node, accounts: Mapping[str, Sequence[str]]) -> list[BrandProblem]:
    """What only the folder can tell: whether the id is its name, the logo lies in it, and the account is its own."""
    found: list[BrandProblem] = []
    if brand.id != file.parent.name:
        problem = f"is {brand.id!r}, and the folder is named {file.parent.name!r}; they must be the same"
        found.append(BrandProblem(file=file, line=_line_of(node, ("id",)), field="id", problem=problem))
    if brand.rules:
        problem = "is no part of the file; `marketing rules state` proposes a rule, and a person accepts it"
        found.append(BrandProblem(file=file, line=_line_of(node, ("rules",)), field="rules", problem=problem))
    logo = brand.look.logo
    if logo and not _is_png_beside(file, logo):
        problem = f"{logo!r} is no PNG file beside brand.yaml; put it there, or leave the field out"
        found.append(BrandProblem(file=file, line=_line_of(node, ("look", "logo")), field="look.logo", problem=problem))
    account, place = brand.channels.instagram.account_id, ("channels", "instagram", "account_id")
    for other in accounts.get(account, ()):
        if other == file.parent.name:
            continue
        problem = f"{account} is the account of the brand {other} as well; an account belongs to one brand"
        found.append(BrandProblem(file=file, line=_line_of(node, place), field=".".join(place), problem=problem))
    return found


def _is_png_beside(file: Path, name: str) -> bool:
    if Path(name).name != name:
        return False
    try:
        with (file.parent / name).open("rb") as logo:
            return logo.read(len(_PNG)) == _PNG
    except OSError:
        return False


def _in_order(problems: list[BrandProblem]) -> tuple[BrandProblem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.line or 0))


def _repeated_keys(node: Node, seen: set[int]) -> list[ScalarNode]:
    """Keys that stand twice in one mapping: the library would silently keep the last."""
    if id(node) in seen:
        return []
    seen.add(id(node))
    if isinstance(node, SequenceNode):
        return [key for item in node.value for key in _repeated_keys(item, seen)]
    if not isinstance(node, MappingNode):
        return []
    keys = [key for key, _ in node.value if isinstance(key, ScalarNode)]
    names = [key.value for key in keys]
    here = [key for place, key in enumerate(keys) if key.value in names[:place]]
    return here + [key for _, value in node.value for key in _repeated_keys(value, seen)]


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _line_of(node: Node, location: Location, of_key: bool = False) -> int:
    """The line of the field at `location`, or of the nearest part above it that the file has."""
    line = _line(node)
    for depth, part in enumerate(location):
        if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = _line(node)
            continue
        pair = _pair(node, part)
        if pair is None:
            break
        key, node = pair
        is_last = depth == len(location) - 1
        line = _line(key) if of_key and is_last else _line(key) if not isinstance(node, ScalarNode) else _line(node)
    return line


def _pair(node: Node, name: int | str) -> tuple[Node, Node] | None:
    if not isinstance(node, MappingNode):
        return None
    return next(((key, value) for key, value in node.value if key.value == str(name)), None)
