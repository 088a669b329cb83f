"""Each service is reached by one client, whatever is asked one after the other; the sandbox counts its connections."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from functools import partial
from pathlib import Path

import httpx
import pytest

from marketing_pipeline.channels.image_generation import Aspect, ImageRequest
from marketing_pipeline.console.talks import Talks
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.conversation import Event, Finished
from marketing_pipeline.domain.log_context import about, ids
from marketing_pipeline.domain.person import Person, Role
from marketing_pipeline_tests.end_to_end.company import Company, company, kept_small

ANN = Person(name="ann", role=Role.ADMIN, source="cli")


@pytest.fixture
def bakery(tmp_path: Path, small_brands: dict[str, Brand]) -> Generator[Company]:
    folder = tmp_path / "brands"
    brand = kept_small(small_brands["bakery"], folder, 1, picture_source="image_service")
    with company(tmp_path, brand, brands=folder) as people:
        yield people


def talk(people: Company) -> AsyncGenerator[Event]:
    """One question, which the sandbox answers without a tool."""
    desk = people.workplace.conversations
    return desk.say(ANN, desk.start(ANN).id, "Hello")


async def heard(events: AsyncGenerator[Event]) -> None:
    async with aclosing(events):
        said = [event async for event in events]
    assert isinstance(said[-1], Finished)


async def paint(people: Company, order: int) -> None:
    orders = people.workplace.providers.studio(people.brand).orders
    assert orders is not None
    wish = ImageRequest(prompt="A loaf", aspect=Aspect.SQUARE, idempotency_key=f"order-number-{order}")
    await orders.service.submit(wish)


def test_work_in_several_pieces_opens_one_connection_a_service(bakery: Company) -> None:
    kept = bakery.workplace.providers.kept
    for number in range(2):
        kept.run(heard(talk(bakery)))
        kept.run(paint(bakery, number))
    assert bakery.world.connections.accepted() == {"anthropic": 1, "images": 1}


def test_talks_of_the_console_share_one_connection(bakery: Company) -> None:
    talks = Talks(bakery.workplace.providers.kept.kept_here)
    for _ in range(3):
        asyncio.run(heard(talks.hear(partial(talk, bakery))))
    talks.close()
    assert bakery.world.connections.accepted() == {"anthropic": 1}


def test_another_loop_has_clients_of_its_own_and_leaves_none_open(bakery: Company) -> None:
    for number in range(2):
        asyncio.run(heard(talk(bakery)))
        asyncio.run(paint(bakery, number))
    assert bakery.world.connections.accepted() == {"anthropic": 2, "images": 2}


def test_after_closing_work_begins_anew(bakery: Company) -> None:
    kept = bakery.workplace.providers.kept
    for number in range(2):
        kept.run(paint(bakery, number))
        kept.close()
    told = httpx.get(f"{bakery.world.url}/sandbox/connections", trust_env=False).json()
    assert told == {"accepted": {"images": 2, "sandbox": 1}}


def test_each_piece_of_work_has_its_own_names_in_the_log(bakery: Company) -> None:
    async def names() -> str:
        return ids().get("post", "")

    def named(post: str) -> str:
        with about(post=post):
            return bakery.workplace.providers.kept.run(names())

    assert [named("one"), named("two")] == ["one", "two"]


def test_threads_wait_for_each_other(bakery: Company) -> None:
    seen: list[int] = []

    async def work(number: int) -> None:
        seen.append(number)
        await asyncio.sleep(0.01)
        seen.append(number)

    with ThreadPoolExecutor(4) as threads:
        done = [threads.submit(bakery.workplace.providers.kept.run, work(number)) for number in range(4)]
        assert [each.result() for each in done] == [None] * 4
    assert seen[::2] == seen[1::2]
