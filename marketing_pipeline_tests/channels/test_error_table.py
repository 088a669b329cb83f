"""docs/operation.md says of each known error what the code does about it."""

import re
from pathlib import Path

from marketing_pipeline.channels.instagram_errors import TABLE, FailureClass, Phase, meaning_of

PAGE = Path(__file__).parents[2] / "docs" / "operation.md"


def _written() -> dict[str, set[str]]:
    """By class, the errors that the page names first of all in it; what follows a semicolon is told in words."""
    section = PAGE.read_text(encoding="utf-8").partition("**What each error of Instagram's leads to**")[2]
    rows = re.findall(r"^\| (\w[\w ]*) \| ([^|]*) \| [^|]* \|$", section.partition("\n\n**")[0], re.MULTILINE)
    found: dict[str, set[str]] = {}
    for name, errors in rows[1:]:
        found.setdefault(name, set()).update(re.findall(r"-?\d+(?:/\d+)?", errors.partition(";")[0]))
    return found


def test_each_error_is_told_with_its_class() -> None:
    coded: dict[str, set[str]] = {}
    for code, subcode in TABLE:
        meaning = meaning_of(code, subcode, Phase.CREATE)
        number = str(code) if subcode is None else f"{code}/{subcode}"
        coded.setdefault(meaning.failure.replace("_", " "), set()).add(number)
    assert _written() == coded
    assert set(coded) == {failure.replace("_", " ") for failure in FailureClass}


def test_a_publish_call_is_never_repeated_where_the_page_says_unknown() -> None:
    repeatable = {FailureClass.RETRY, FailureClass.NEW_CONTAINER}
    for code, subcode in TABLE:
        if meaning_of(code, subcode, Phase.CREATE).failure in repeatable:
            assert meaning_of(code, subcode, Phase.PUBLISH).failure is FailureClass.UNKNOWN_OUTCOME
