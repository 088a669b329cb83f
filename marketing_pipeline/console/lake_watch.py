"""A thread that keeps this machine's snapshot up to date with a lake that other machines write, too."""

import threading
from contextlib import closing
from types import TracebackType
from typing import Self

from marketing_pipeline.settings import Settings
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.lake_news import named_lake, read_news

EVERY_SECONDS = 15.0
"""A look at an unchanged lake is one short query of its catalog."""


class LakeWatch:
    """Looks for news while the block lasts. Where the warehouse is a file, whose writers publish it, it has no work."""

    def __init__(self, settings: Settings, every: float = EVERY_SECONDS) -> None:
        self._lake = named_lake(settings.stores, settings.object_storage, Home(settings.home).warehouse)
        self._every = every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lake watch", daemon=True)

    def __enter__(self) -> Self:
        if self._lake is not None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(self._every)

    def _run(self) -> None:
        assert self._lake is not None
        with closing(self._lake):
            read_news(self._lake)
            while not self._ended.wait(self._every):
                read_news(self._lake)
