"""A home in which many posts are due at once: brands with an account each, every post approved by policy."""

import os
from dataclasses import dataclass
from pathlib import Path

from benchmarks.agency.full_house import write_brands
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.effect import PublishPost
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.week import Week
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.sandbox.tea_room import jpeg, store
from marketing_pipeline_tests.store.planned_week import record_week

PICTURES = 20


@dataclass(frozen=True)
class DueHouse:
    """Where it is. `database_url` empty: its control plane is a file of the home."""

    home: Path
    brands: Path
    database_url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """What a process that opens it needs."""
        own = {
            "MARKETING_HOME": str(self.home),
            "MARKETING_BRANDS": str(self.brands),
            "MARKETING_DATABASE_URL": self.database_url,
            "MARKETING_AUDIT_KEY": "a key that lives outside the database",
            # Its sandbox would make an account of months for each brand before it answers.
            "MARKETING_GOOGLE_ADS_MODE": "off",
        }
        return {**os.environ, **own}

    @property
    def settings(self) -> Settings:
        """The same, for this process."""
        return Settings.from_environment(self.environment)


def due_house(root: Path, brands: int, posts: int, database_url: str = "") -> DueHouse:
    """Make one below `root`: so many brands, with so many posts each that are due now."""
    house = DueHouse(root / "home", root / "brands", database_url)
    write_brands(house.brands, brands)
    pictures = [store(house.home / "media", jpeg(320, 320, seed=number)) for number in range(PICTURES)]
    names = [Sha256(name.removesuffix(".jpg")) for name in pictures]
    with Workplace.open(house.settings) as place:
        for brand in place.brands.values():
            _queue(place, brand, posts, names)
    return house


def _queue(place: Workplace, brand: Brand, posts: int, pictures: list[Sha256]) -> None:
    now = SystemClock().now()
    week, left = Week.containing(now, brand.zone), posts
    while left:
        plan = record_week(place.database, brand, place.audit, week, min(left, len(brand.posting.slots) - 1))
        for post in plan.posts:
            for state in (PostState.DRAFTED, PostState.DESIGNED):
                place.posts.move(post.id, state, actor="bench", reason="made")
            payload = PublishPost(
                account_id=brand.channels.instagram.account_id,
                post=post.id,
                caption=f"Leaves for {post.id} #paper",
                alt_text="A framed print on a pale wall",
                media=(pictures[left % len(pictures)],),
                is_ai_generated=True,
            )
            place.queue.queue_post(brand=brand, payload=payload, due_at=now)
            left -= 1
        week = week.plus(1)
