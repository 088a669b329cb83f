"""Posts that are live in the sandbox."""

import json
import sqlite3
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.sandbox.container import SentPicture
from marketing_pipeline.sandbox.market import Earlier, Response
from marketing_pipeline.sandbox.reading import Reading
from marketing_pipeline.sandbox.state_file import from_stamp, stamp

FIRST_ID = 18_000_000_000_000_000


class Medium(BaseModel):
    """One post as stored."""

    model_config = ConfigDict(frozen=True)

    number: int
    account: str
    media_type: str
    caption: str
    pictures: tuple[SentPicture, ...]
    published_at: datetime
    listed_at: datetime
    shortcode: str
    reading: Reading
    response: Response

    @property
    def id(self) -> str:
        """The id that Graph shows."""
        return str(FIRST_ID + self.number)

    def figures(self, now: datetime) -> dict[str, int]:
        """Its insights as known at `now`."""
        return self.response.figures(now - self.published_at)


def _medium(row: sqlite3.Row) -> Medium:
    return Medium(
        number=row["number"],
        account=row["account"],
        media_type=row["media_type"],
        caption=row["caption"],
        pictures=tuple(SentPicture.model_validate(picture) for picture in json.loads(row["pictures"])),
        published_at=from_stamp(row["published_at"]),
        listed_at=from_stamp(row["listed_at"]),
        shortcode=row["shortcode"],
        reading=Reading.model_validate_json(row["reading"]),
        response=Response.model_validate_json(row["response"]),
    )


def load_medium(connection: sqlite3.Connection, media_id: str) -> Medium | None:
    """The post of that id, if there is one."""
    if not media_id.isdecimal():
        return None
    row = connection.execute("SELECT * FROM media WHERE number = ?", (int(media_id) - FIRST_ID,)).fetchone()
    return None if row is None else _medium(row)


def load_by_shortcode(connection: sqlite3.Connection, shortcode: str) -> Medium | None:
    """The post behind a permalink, if there is one."""
    row = connection.execute("SELECT * FROM media WHERE shortcode = ?", (shortcode,)).fetchone()
    return None if row is None else _medium(row)


def posts_of(connection: sqlite3.Connection, account: str) -> list[Medium]:
    """All posts of an account, newest first."""
    rows = connection.execute(
        "SELECT * FROM media WHERE account = ? ORDER BY published_at DESC, number DESC", (account,)
    ).fetchall()
    return [_medium(row) for row in rows]


def published_since(connection: sqlite3.Connection, account: str, moment: datetime) -> int:
    """How many posts of the account went live after `moment`."""
    count: int = connection.execute(
        "SELECT count(*) AS posts FROM media WHERE account = ? AND published_at > ?", (account, stamp(moment))
    ).fetchone()["posts"]
    return count


def memory_of(posts: list[Medium]) -> list[Earlier]:
    """What an audience remembers of posts."""
    return [
        Earlier(pillar=post.reading.pillar, hook=post.reading.hook, published_at=post.published_at) for post in posts
    ]
