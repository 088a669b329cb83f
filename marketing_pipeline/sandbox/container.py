"""Media containers: what may be put into one, and what one says of itself."""

import json
import re
import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.sandbox import graph_errors
from marketing_pipeline.sandbox.graph_errors import GraphError
from marketing_pipeline.sandbox.picture import Picture
from marketing_pipeline.sandbox.state_file import from_stamp

LIFE = timedelta(hours=24)
"""Documented: a container that is not published within 24 hours expires."""
FIRST_ID = 17_900_000_000_000_000
_MOST_CAPTION, _MOST_HASHTAGS, _MOST_MENTIONS, _MOST_ALT_TEXT = 2200, 30, 20, 1000
_LEAST_CHILDREN, _MOST_CHILDREN = 2, 10
_HASHTAG = re.compile(r"(?<!\w)#\w+")
_MENTION = re.compile(r"(?<!\w)@\w")


class ContainerKind(StrEnum):
    """The shapes of post that the sandbox knows."""

    IMAGE = "image"
    CHILD = "child"
    CAROUSEL = "carousel"


class ContainerStatus(StrEnum):
    """Graph's own words for `status_code`."""

    IN_PROGRESS = "IN_PROGRESS"
    FINISHED = "FINISHED"
    PUBLISHED = "PUBLISHED"
    ERROR = "ERROR"
    EXPIRED = "EXPIRED"


STATUS_TEXT = {
    ContainerStatus.IN_PROGRESS: "In Progress: Media is still being processed.",
    ContainerStatus.FINISHED: "Finished: Media has been uploaded and it is ready to be published.",
    ContainerStatus.PUBLISHED: "Published: Media has been successfully published.",
    ContainerStatus.ERROR: "Error: Media upload has failed with error code 2207001",
    ContainerStatus.EXPIRED: "Expired: Media was not published within 24 hours.",
}

_SHARED = frozenset({"access_token"})
_PARAMETERS = {
    ContainerKind.IMAGE: frozenset(
        {"image_url", "caption", "alt_text", "user_tags", "location_id", "collaborators", "is_ai_generated"}
    ),
    ContainerKind.CHILD: frozenset({"image_url", "is_carousel_item", "alt_text", "user_tags"}),
    ContainerKind.CAROUSEL: frozenset(
        {"media_type", "children", "caption", "location_id", "collaborators", "is_ai_generated"}
    ),
}
_REQUIRED = {ContainerKind.IMAGE: "image_url", ContainerKind.CHILD: "image_url", ContainerKind.CAROUSEL: "children"}


class ContainerRequest(BaseModel):
    """A container as asked for, checked as far as that goes without looking at the picture."""

    model_config = ConfigDict(frozen=True)

    kind: ContainerKind
    image_url: str
    caption: str
    alt_text: str
    ai_generated: bool
    children: tuple[str, ...]

    @classmethod
    def parse(cls, parameters: Mapping[str, str]) -> "ContainerRequest":
        """Read the parameters of `POST /{ig}/media`.

        Raises GraphError: 100 for a parameter that is unknown, missing or not allowed on this kind (that unknown ones
        are refused, and not overlooked, is assumed), 100/2207023, 100/2207028, 36004/2207010, 100/2207040.
        """
        kind = _kind(parameters)
        for name in sorted(set(parameters) - _PARAMETERS[kind] - _SHARED):
            raise graph_errors.bad_parameter(f"Param {name} is not allowed on a container of kind {kind}.")
        if not parameters.get(_REQUIRED[kind]):
            raise graph_errors.bad_parameter(f"The parameter {_REQUIRED[kind]} is required.")
        _check_caption(parameters.get("caption", ""))
        if len(parameters.get("alt_text", "")) > _MOST_ALT_TEXT:
            raise graph_errors.bad_parameter(f"alt_text may have at most {_MOST_ALT_TEXT} characters.")
        children = tuple(child for child in re.split(r"[,\s]+", parameters.get("children", "")) if child)
        if kind is ContainerKind.CAROUSEL and not _LEAST_CHILDREN <= len(children) <= _MOST_CHILDREN:
            raise GraphError(graph_errors.CAROUSEL_SIZE)
        return cls(
            kind=kind,
            image_url=parameters.get("image_url", ""),
            caption=parameters.get("caption", ""),
            alt_text=parameters.get("alt_text", ""),
            ai_generated=_flag(parameters, "is_ai_generated"),
            children=children,
        )


class SentPicture(BaseModel):
    """One picture of a container with the words for those who cannot see it."""

    model_config = ConfigDict(frozen=True)

    picture: Picture
    alt_text: str


class Container(BaseModel):
    """One container as stored. `pictures` are its own, or those of its children in order."""

    model_config = ConfigDict(frozen=True)

    number: int
    account: str
    kind: ContainerKind
    caption: str
    ai_generated: bool
    pictures: tuple[SentPicture, ...]
    created_at: datetime
    ready_at: datetime
    forced_status: ContainerStatus | None
    published_at: datetime | None
    shows_published_at: datetime | None

    @property
    def id(self) -> str:
        """The id that Graph shows."""
        return str(FIRST_ID + self.number)

    def status(self, now: datetime) -> ContainerStatus:
        """What a reader is told at `now`."""
        if self.published_at is not None and self.shows_published_at is not None:
            return ContainerStatus.PUBLISHED if now >= self.shows_published_at else ContainerStatus.FINISHED
        if self.forced_status is not None:
            return self.forced_status
        if now >= self.created_at + LIFE:
            return ContainerStatus.EXPIRED
        return ContainerStatus.IN_PROGRESS if now < self.ready_at else ContainerStatus.FINISHED


def load_container(connection: sqlite3.Connection, container_id: str) -> Container | None:
    """The container of that id, if there is one."""
    if not container_id.isdecimal():
        return None
    row = connection.execute("SELECT * FROM containers WHERE number = ?", (int(container_id) - FIRST_ID,)).fetchone()
    if row is None:
        return None
    return Container(
        number=row["number"],
        account=row["account"],
        kind=ContainerKind(row["kind"]),
        caption=row["caption"],
        ai_generated=bool(row["ai_generated"]),
        pictures=tuple(SentPicture.model_validate(picture) for picture in json.loads(row["pictures"])),
        created_at=from_stamp(row["created_at"]),
        ready_at=from_stamp(row["ready_at"]),
        forced_status=ContainerStatus(row["forced_status"]) if row["forced_status"] else None,
        published_at=from_stamp(row["published_at"]) if row["published_at"] else None,
        shows_published_at=from_stamp(row["shows_published_at"]) if row["shows_published_at"] else None,
    )


def _flag(parameters: Mapping[str, str], name: str) -> bool:
    text = parameters.get(name, "false")
    if text not in {"true", "false"}:
        raise graph_errors.bad_parameter(f"The parameter {name} must be true or false.")
    return text == "true"


def _kind(parameters: Mapping[str, str]) -> ContainerKind:
    media_type = parameters.get("media_type")
    if media_type == "CAROUSEL":
        return ContainerKind.CAROUSEL
    if media_type is not None:
        raise GraphError(graph_errors.UNKNOWN_MEDIA_TYPE)
    if "is_carousel_item" in parameters:
        return ContainerKind.CHILD if _flag(parameters, "is_carousel_item") else ContainerKind.IMAGE
    return ContainerKind.IMAGE


def _check_caption(caption: str) -> None:
    if len(caption) > _MOST_CAPTION or len(_HASHTAG.findall(caption)) > _MOST_HASHTAGS:
        raise GraphError(graph_errors.CAPTION_TOO_LONG)
    if len(_MENTION.findall(caption)) > _MOST_MENTIONS:
        raise GraphError(graph_errors.TOO_MANY_TAGS)
