"""One `marketing up` a home: a lock that ends with its process, however that ends."""

import fcntl
import json
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from marketing_pipeline.domain.errors import MarketingError


class AlreadyUp(MarketingError):
    """Another `marketing up` serves this home."""


@contextmanager
def only_one_up(home: Path, address: str) -> Generator[None]:
    """Hold the home for as long as the block lasts; `address` is what another one is told. Raises AlreadyUp."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "up.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise _already_up(home, file.read()) from error
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "address": address}))
        file.flush()
        yield
        file.truncate(0)


def _already_up(home: Path, told: str) -> AlreadyUp:
    who = "another process"
    with suppress(ValueError, KeyError, TypeError):
        holder = json.loads(told)
        who = f"process {holder['pid']}, {holder['address']}"
    return AlreadyUp(
        f"`marketing up` serves the home {home} already ({who}).",
        "Open that address, or end it there with Ctrl-C; for a second installation set MARKETING_HOME.",
    )
