"""The tea room after four published weeks, its console, and the charts of a page as the browser is given them."""

import json
from collections.abc import Generator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from marketing_pipeline.settings import Settings
from marketing_pipeline.store import tables
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.projections import project
from marketing_pipeline.store.snapshots import publish_snapshot
from marketing_pipeline_tests.console.browser import Site, site_of
from marketing_pipeline_tests.store.warehouse_history import NOW, TeaRoom, busy_tea_room


@pytest.fixture
def room(marketing_home: Path, brands: Path, monkeypatch: pytest.MonkeyPatch) -> TeaRoom:
    """The home, with its clock at NOW; nothing is published yet."""
    del brands
    monkeypatch.setenv("MARKETING_SANDBOX_SEED", "1")
    made = busy_tea_room(marketing_home)
    Home(marketing_home).clock().start_stepped(NOW)
    return made


@pytest.fixture
def busy(room: TeaRoom) -> Generator[Site]:
    """`ann`, an admin, at its console, with the figures published."""
    publish(room)
    with site_of(Settings.from_environment()) as opened:
        yield opened


def publish(room: TeaRoom) -> None:
    """Publish what the control plane holds now."""
    project(room.database, room.warehouse)
    publish_snapshot(room.warehouse)


def weeks_of_posts(connection: Connection) -> dict[str, str]:
    """The week of each post."""
    found = connection.execute(select(tables.posts.c.id, tables.posts.c.week))
    return {row.id: row.week for row in found}


class _Figures(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, Any]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what a drawing is made from."""
        given = dict(attrs).get("data-figure")
        if given:
            figure: dict[str, Any] = json.loads(given)
            self.found[figure["title"]] = figure


def figures_of(page: str) -> dict[str, dict[str, Any]]:
    """The charts of a page by their titles."""
    reader = _Figures()
    reader.feed(page)
    return reader.found
