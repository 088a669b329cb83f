"""Containers are made and posts go live: the two writes of the Graph API."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from pydantic import JsonValue

from marketing_pipeline.domain.identifiers import short_hash
from marketing_pipeline.sandbox import graph_errors
from marketing_pipeline.sandbox.accounts import Account
from marketing_pipeline.sandbox.container import FIRST_ID as FIRST_CONTAINER_ID
from marketing_pipeline.sandbox.container import (
    Container,
    ContainerKind,
    ContainerRequest,
    ContainerStatus,
    SentPicture,
    load_container,
)
from marketing_pipeline.sandbox.faults import FaultDesk, FaultName
from marketing_pipeline.sandbox.feed_page import pictures_folder
from marketing_pipeline.sandbox.graph_errors import GraphError
from marketing_pipeline.sandbox.journal import Journal, Kind
from marketing_pipeline.sandbox.market import Market
from marketing_pipeline.sandbox.medium import FIRST_ID as FIRST_MEDIA_ID
from marketing_pipeline.sandbox.medium import memory_of, posts_of, published_since
from marketing_pipeline.sandbox.picture import fetch, look_at
from marketing_pipeline.sandbox.state_file import from_stamp, stamp
from marketing_pipeline.sandbox.tastes import seeded
from marketing_pipeline.sandbox.world import World

WINDOW = timedelta(hours=24)
QUOTA_TOTAL = 50
"""Documented twice, as 50 and as 100: the smaller is assumed."""
MOST_CONTAINERS = 400
"""Documented: per account and rolling 24 hours."""


@dataclass(frozen=True)
class Publishing:
    """What happens between a picture's URL and a live post."""

    world: World
    journal: Journal
    desk: FaultDesk
    market: Market
    pictures: httpx.Client
    seed: int
    takes: float | None = None
    """Seconds until a container is ready; None: by chance."""

    def create(self, account: Account, parameters: Mapping[str, str], digest: str) -> str:
        """Make a container and return its id. Raises GraphError as the real API would."""
        asked = ContainerRequest.parse(parameters)
        pictures = () if asked.kind is ContainerKind.CAROUSEL else (self._receive(asked),)
        with self.world.transaction() as connection:
            now = self.world.now()
            self._require_container_left(connection, account, now)
            started = now
            if asked.kind is ContainerKind.CAROUSEL:
                children = [self._child(connection, account, child, now) for child in asked.children]
                pictures = tuple(picture for child in children for picture in child.pictures)
                started = max(now, *(child.ready_at for child in children))
            stuck = self.desk.take(FaultName.CONTAINER_STUCK, account.id, asked.kind)
            number = self._store(connection, account, asked, pictures, started, stuck.status if stuck else None)
            container_id = str(FIRST_CONTAINER_ID + number)
            self.journal.write(Kind.CONTAINER_CREATED, account.id, container_id, digest, {"kind": asked.kind})
        return container_id

    def publish(self, account: Account, container_id: str, digest: str, late: timedelta | None = None) -> str:
        """Make a container's post live, or `late` by that much, and return the media id (empty when late).

        Raises GraphError: 24/2207006, 24/2207008, 9007/2207027, 9/2207042, 100.
        """
        with self.world.transaction() as connection:
            now = self.world.now()
            container = load_container(connection, container_id)
            if container is None or container.account != account.id:
                raise GraphError(graph_errors.MEDIA_NOT_FOUND)
            if container.kind is ContainerKind.CHILD:
                raise graph_errors.bad_parameter("A carousel item cannot be published by itself.")
            self._require_publishable(container, now)
            if published_since(connection, account.id, now - WINDOW) >= self.quota_total(account):
                raise GraphError(graph_errors.QUOTA_SPENT)
            if late is not None:
                connection.execute(
                    "INSERT INTO late_commits (container, due_at, request_digest) VALUES (?, ?, ?)",
                    (container.number, stamp(now + late), digest),
                )
                return ""
            return self._go_live(connection, container, now, digest)

    def settle(self) -> None:
        """Let every late publish happen whose time has come."""
        with self.world.transaction() as connection:
            due = connection.execute(
                "SELECT * FROM late_commits WHERE due_at <= ? ORDER BY due_at, number", (stamp(self.world.now()),)
            ).fetchall()
            for row in due:
                connection.execute("DELETE FROM late_commits WHERE number = ?", (row["number"],))
                container = load_container(connection, str(FIRST_CONTAINER_ID + row["container"]))
                if container and (not container.published_at or self._publishes_twice(container)):
                    self._go_live(connection, container, from_stamp(row["due_at"]), row["request_digest"])

    def quota_total(self, account: Account) -> int:
        """The posts that the account may publish in 24 hours."""
        fault = self.desk.take(FaultName.QUOTA_TOTAL, account.id)
        return fault.total if fault else QUOTA_TOTAL

    def _receive(self, asked: ContainerRequest) -> SentPicture:
        content = fetch(self.pictures, asked.image_url)
        picture = look_at(content)
        folder = pictures_folder(self.world)
        folder.mkdir(exist_ok=True)
        (folder / f"{picture.sha256}.jpg").write_bytes(content)
        return SentPicture(picture=picture, alt_text=asked.alt_text)

    def _require_container_left(self, connection: sqlite3.Connection, account: Account, now: datetime) -> None:
        made = connection.execute(
            "SELECT count(*) AS made FROM containers WHERE account = ? AND created_at > ?",
            (account.id, stamp(now - WINDOW)),
        ).fetchone()["made"]
        if made >= MOST_CONTAINERS:
            raise GraphError(graph_errors.CONTAINERS_SPENT)

    def _child(self, connection: sqlite3.Connection, account: Account, child_id: str, now: datetime) -> Container:
        child = load_container(connection, child_id)
        if child is None or child.account != account.id:
            raise GraphError(graph_errors.MEDIA_NOT_FOUND)
        if child.kind is not ContainerKind.CHILD:
            raise graph_errors.bad_parameter("Each child must be made with is_carousel_item=true.")
        if child.status(now) in {ContainerStatus.EXPIRED, ContainerStatus.ERROR}:
            raise GraphError(graph_errors.CONTAINER_EXPIRED)
        return child

    def _store(
        self,
        connection: sqlite3.Connection,
        account: Account,
        asked: ContainerRequest,
        pictures: Sequence[SentPicture],
        started: datetime,
        forced: str | None,
    ) -> int:
        now = self.world.now()
        made = connection.execute("SELECT count(*) AS made FROM containers WHERE account = ?", (account.id,)).fetchone()
        by_chance = seeded(self.seed, account.id, "container", made["made"]).uniform(2, 6)
        takes = timedelta(seconds=by_chance if self.takes is None else self.takes)
        cursor = connection.execute(
            "INSERT INTO containers"
            " (account, kind, caption, ai_generated, pictures, created_at, ready_at, forced_status)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                account.id,
                asked.kind,
                asked.caption,
                asked.ai_generated,
                _pictures_text(pictures),
                stamp(now),
                stamp(started + takes),
                forced,
            ),
        )
        return cursor.lastrowid or 0

    def _require_publishable(self, container: Container, now: datetime) -> None:
        if container.published_at is not None:
            if not self._publishes_twice(container):
                raise GraphError(graph_errors.ALREADY_PUBLISHED)
            return
        status = container.status(now)
        if status is ContainerStatus.EXPIRED:
            raise GraphError(graph_errors.CONTAINER_EXPIRED)
        if status is not ContainerStatus.FINISHED:
            raise GraphError(graph_errors.MEDIA_NOT_READY)

    def _publishes_twice(self, container: Container) -> bool:
        return self.desk.take(FaultName.PUBLISHES_TWICE, container.account, container.kind) is not None

    def _go_live(self, connection: sqlite3.Connection, container: Container, at: datetime, digest: str) -> str:
        earlier = posts_of(connection, container.account)
        pictures = tuple(sent.picture for sent in container.pictures)
        reading = self.market.read(container.account, container.caption, pictures, at)
        first = connection.execute("SELECT followers FROM accounts WHERE id = ?", (container.account,)).fetchone()
        gained = sum(post.figures(at).get("follows", 0) for post in earlier)
        response = self.market.response(container.account, reading, at, memory_of(earlier), first["followers"] + gained)
        lag = self.desk.take(FaultName.MEDIA_LIST_LAG, container.account)
        shown_late = self.desk.take(FaultName.LATE_PUBLISHED, container.account)
        media_type = "CAROUSEL_ALBUM" if container.kind is ContainerKind.CAROUSEL else "IMAGE"
        shortcode = short_hash(str(self.seed), container.account, str(len(earlier)), length=11)
        cursor = connection.execute(
            "INSERT INTO media (account, container, media_type, caption, pictures, published_at, listed_at,"
            " shortcode, reading, response) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                container.account,
                container.number,
                media_type,
                container.caption,
                _pictures_text(container.pictures),
                stamp(at),
                stamp(at + timedelta(seconds=lag.seconds if lag else 0)),
                shortcode,
                reading.model_dump_json(),
                response.model_dump_json(),
            ),
        )
        connection.execute(
            "UPDATE containers SET published_at = coalesce(published_at, ?),"
            " shows_published_at = coalesce(shows_published_at, ?) WHERE number = ?",
            (stamp(at), stamp(at + timedelta(seconds=shown_late.seconds if shown_late else 0)), container.number),
        )
        media_id = str(FIRST_MEDIA_ID + (cursor.lastrowid or 0))
        details: dict[str, JsonValue] = {
            "container": container.id,
            "media_type": media_type,
            "caption": container.caption,
            "pictures": [picture.sha256 for picture in pictures],
            "alt_texts": [sent.alt_text for sent in container.pictures],
            "is_ai_generated": container.ai_generated,
        }
        self.journal.write(Kind.MEDIA_PUBLISHED, container.account, media_id, digest, details, at=at)
        return media_id


def _pictures_text(pictures: Sequence[SentPicture]) -> str:
    return json.dumps([picture.model_dump() for picture in pictures])
