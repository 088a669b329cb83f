"""A year of three brands: every planned post is published once, or stands where a reason and an owner are named."""

import random
import shutil
from collections import Counter
from pathlib import Path

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.sandbox.server import SandboxConfig, SandboxServer
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.brand_folder import load_brand
from marketing_pipeline.store.effect_rows import list_effects
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, Company
from marketing_pipeline_tests.faults.row import FaultRow, Figure
from marketing_pipeline_tests.faults.year import Operation
from marketing_pipeline_tests.fixtures import SHIPPED_BRANDS, TEST_BRANDS

BRANDS = (SHIPPED_BRANDS / "upscale_print", TEST_BRANDS / "bakery", TEST_BRANDS / "bike_shop")
CONTROL_PLANE_BYTES = (2_000_000, 40_000)
WAREHOUSE_BYTES = (14_000_000, 40_000)
"""So much for an empty one, and so much for each planned post: set before the year was run."""
MEGABYTE = 1_000_000


def year(tries: int, seed: int, folder: Path) -> Figure:
    """As many weeks of three brands as make about `tries` posts."""
    for source in BRANDS:
        shutil.copytree(source, folder / "brands" / source.name)
    brands = tuple(load_brand(folder / "brands" / source.name) for source in BRANDS)
    weeks = max(1, round(tries / sum(brand.posting.posts_per_week for brand in brands)))
    environment = {"MARKETING_HOME": str(folder / "home"), "MARKETING_BRANDS": str(folder / "brands")}
    settings = Settings.from_environment(environment, folder)
    with Workplace.open(settings) as place:
        place.clock.start_stepped(min(brand.planning_moment(FIRST_WEEK) for brand in brands))
        config = SandboxConfig(home=settings.home, seed=settings.sandbox_seed, brands=brands)
        with SandboxServer(config, place.clock) as world:
            (settings.home / "sandbox" / "url").write_text(world.url, encoding="utf-8")
            companies = tuple(Company(place, brand, world) for brand in brands)
            operation = Operation(companies, weeks, random.Random(seed))
            operation.live()
            return _figure(operation, brands)


def _figure(operation: Operation, brands: tuple[Brand, ...]) -> Figure:
    place, journal = operation.place, operation.companies[0].world.journal
    place.refresh_warehouse()
    sent = Counter(str(row.details["caption"]) for row in journal.publishes())
    known = {post.media_id for post in place.posts.find() if post.media_id}
    strangers = [row for row in journal.publishes() if row.subject not in known]
    posts = place.posts.find()
    planned = operation.weeks * sum(brand.posting.posts_per_week for brand in brands)
    with place.warehouse.read() as connection:
        waiting = {row[0] for row in connection.execute("SELECT id FROM waiting_for_a_person").fetchall()}
    unowned = [post for post in posts if not _is_owned(post, waiting)]
    with place.database.read() as connection:
        verdict = place.audit.verify(connection, place.home.audit_anchor)
        live = list_effects(connection, states=(EffectState.SUCCEEDED,), limit=planned + 1)
    # Two posts may say the same words, months apart: each may stand there once.
    meant = Counter(effect.payload.caption for effect in live)
    plane = (place.settings.home / "control_plane.sqlite").stat().st_size
    warehouse = (place.home.warehouse / "warehouse.duckdb").stat().st_size
    sizes = ((plane, *CONTROL_PLANE_BYTES), (warehouse, *WAREHOUSE_BYTES))
    too_large = sum(size > empty + each * planned for size, empty, each in sizes)
    states = Counter(post.state for post in posts)
    said = ", ".join(f"{count} {word}" for word, count in (*operation.counts.items(), *sorted(states.items())))
    return Figure(
        tries=planned,
        effects=sum(sent.values()),
        lost=planned - len(posts) + len(unowned) + (states[PostState.PUBLISHED] != sum(sent.values())),
        double=(sent - meant).total(),
        broken=too_large + (not verdict.intact) + len(strangers),
        note=f"{operation.weeks} weeks: {said}; control plane {plane / MEGABYTE:.1f} MB,"
        f" warehouse {warehouse / MEGABYTE:.1f} MB",
    )


def _is_owned(post: Post, waiting: set[str]) -> bool:
    """Published, given up with a reason, or in the list of what waits for a person."""
    if post.state is PostState.PUBLISHED:
        return post.media_id is not None
    if post.state is PostState.CANCELLED:
        return bool(post.state_reason)
    return post.id in waiting and bool(post.state_reason)


ROWS = (FaultRow("a year", "three brands, one year, random faults, crashes and outages", "operation", 15, 1100, year),)
