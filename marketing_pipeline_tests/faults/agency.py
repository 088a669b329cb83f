"""An agency for faults: many brands with an account each, one home, one sandbox, whose journal is the only judge."""

from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import func, select

from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.channels.media_host import MediaHost
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock, SteppedClock
from marketing_pipeline.domain.effect import Effect, EffectState, PublishPost
from marketing_pipeline.domain.identifiers import BrandId, PostId, Sha256
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.posting import LatePolicy
from marketing_pipeline.domain.week import Week
from marketing_pipeline.execution.drain import Executor
from marketing_pipeline.sandbox.faults import Fault, FaultDesk
from marketing_pipeline.sandbox.journal import Kind
from marketing_pipeline.sandbox.server import SandboxConfig, SandboxServer
from marketing_pipeline.settings.tls import tls
from marketing_pipeline.store.clock import DurableClock
from marketing_pipeline.store.control_plane import ControlPlane
from marketing_pipeline.store.database import BUSY_TIMEOUT_MS, Database
from marketing_pipeline.store.effect_rows import ACTIVE, get_effect
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.tables import effects
from marketing_pipeline_tests.faults.control_planes import home_at, new_home
from marketing_pipeline_tests.faults.row import Figure
from marketing_pipeline_tests.sandbox.tea_room import MONDAY, jpeg, store, tea_room
from marketing_pipeline_tests.store.planned_week import WEEK, record_week

KEY = b"a key that lives outside the database"
POSTS = 6
"""A brand has so many posts a week to queue."""
A_LEASE = timedelta(minutes=16)
PATIENCE = timedelta(hours=24)
"""Virtual time within which every provable outcome must be settled."""


def brands_of(count: int, late: LatePolicy = LatePolicy.PUBLISH_LATE) -> dict[BrandId, Brand]:
    """So many brands, alike but for their names and accounts."""
    model = tea_room()
    posting = model.posting.model_copy(update={"late_policy": late})
    made: dict[BrandId, Brand] = {}
    for number in range(1, count + 1):
        account = model.channels.instagram.model_copy(update={"account_id": f"1784142{number:010d}"})
        channels = model.channels.model_copy(update={"instagram": account})
        update = {"id": f"shop_{number:04d}", "channels": channels, "posting": posting}
        brand = model.model_copy(update=update)
        made[brand.brand_id] = brand
    return made


class Office:
    """What publishes for the agency's brands; any process can open it from a folder and an address."""

    def __init__(
        self,
        root: Path,
        url: str,
        brands: dict[BrandId, Brand],
        clock: Clock | None = None,
        patience_ms: int = BUSY_TIMEOUT_MS,
        database_url: str = "",
    ) -> None:
        self.home = Home(root, database_url) if database_url else home_at(root)
        self.url = url
        self.brands = brands
        self.clock = clock or self.home.clock()
        self.timeout = 10.0
        self.database = Database.open(self.home.control_plane_url, self.clock, patience_ms)
        self.plane = ControlPlane.of(self.database, KEY)
        self.transport = httpx.HTTPTransport(verify=tls(), retries=0, limits=httpx.Limits())
        self.media_host = MediaHost(f"{url}/media")

    def close(self) -> None:
        self.transport.close()
        self.media_host.close()
        self.database.close()

    def client(self, brand: Brand) -> InstagramClient:
        token = SecretStr(f"sandbox-{account_of(brand)}")
        return InstagramClient(f"{self.url}/instagram", token, self.clock, self.timeout, self.transport)

    def executor(self, **others: Any) -> Executor:
        parts: dict[str, Any] = {
            "ledger": self.plane.ledger,
            "holds": self.plane.holds,
            "brands": self.brands,
            "client_for": self.client,
            "media_host": self.media_host,
            "clock": self.clock,
            "owner": "fault run",
        }
        return Executor(**{**parts, **others})

    def effect(self, effect: Effect) -> Effect:
        with self.database.read() as connection:
            return get_effect(connection, effect.id)


class Agency(Office):
    """The office together with its sandbox: queues posts, orders faults, and counts what really happened."""

    def __init__(
        self, server: SandboxServer, root: Path, brands: dict[BrandId, Brand], clock: Clock, database_url: str = ""
    ) -> None:
        super().__init__(root, server.url, brands, clock, database_url=database_url)
        self.server = server
        self.desk = FaultDesk(server.world, server.journal)
        self._unused = iter(self.brands.values())
        self._posts: dict[BrandId, list[PostId]] = {}
        self._weeks: dict[BrandId, Week] = {}

    @cached_property
    def pictures(self) -> tuple[Sha256, ...]:
        """Two small pictures in the media folder."""
        names = [store(self.home.media, jpeg(320, 320, seed=number)) for number in (1, 2)]
        return tuple(Sha256(name.removesuffix(".jpg")) for name in names)

    def fresh_brands(self, count: int) -> list[Brand]:
        """Brands that no effect was queued for yet."""
        found = list(islice(self._unused, count))
        assert len(found) == count, "the agency has too few brands"
        return found

    def queue(self, brand: Brand, pictures: int = 1, after: timedelta = timedelta(0)) -> Effect:
        """One more post of a brand, passed by policy, due `after` from now."""
        post = self._next_post(brand)
        payload = PublishPost(
            account_id=account_of(brand),
            post=post,
            caption=f"Leaves for {post} #garden",
            alt_text="A pot of tea",
            media=self.pictures[:pictures],
            is_ai_generated=True,
        )
        return self.plane.queue.queue_post(brand=brand, payload=payload, due_at=self.clock.now() + after)

    def order(self, brand: Brand | Effect, *faults: dict[str, Any]) -> None:
        """Order faults for one account only."""
        account = account_of(brand) if isinstance(brand, Brand) else brand.payload.account_id
        for fault in faults:
            self.desk.order(Fault.model_validate({"account": account, **fault}))

    def settle(self, executor: Executor | None = None, patience: timedelta = PATIENCE) -> None:
        """Drain again and again, time passing, until nothing waits for time any more or patience ends."""
        ends = self.clock.now() + patience
        while True:
            (executor or self.executor()).drain(wait=timedelta(hours=1))
            wake = self.next_moment()
            if wake is None or wake > ends:
                return
            self.clock.sleep((wake - self.clock.now()).total_seconds())

    def lift_holds(self) -> int:
        """What a person does who has seen to a stopped account; how many there were."""
        with self.database.write() as connection:
            stopped = self.plane.holds.active(connection)
            for hold in stopped:
                self.plane.holds.resume(connection, brand=hold.brand, channel=hold.channel, actor="sam")
        return len(stopped)

    def live(self) -> Counter[str]:
        """By post, how often it really went live."""
        rows = self.server.journal.rows(Kind.MEDIA_PUBLISHED)
        return Counter(str(row.details["caption"]).split()[2] for row in rows)

    def calls(self, effect: Effect) -> int:
        """Publish calls that reached the account of an effect."""
        return len(self.server.journal.rows(Kind.PUBLISH_RECEIVED, effect.payload.account_id))

    def figure(self, queued: Sequence[Effect], *, unprovable: int = 0, note: str = "") -> Figure:
        """What became of these effects, by the journal; the audit chain must hold as well."""
        live = self.live()
        figure = Figure(tries=0, unprovable=unprovable, note=note)
        for effect in queued:
            figure += _verdict(self.effect(effect), live[effect.subject])
        with self.database.read() as connection:
            broken = int(not self.plane.audit.verify(connection).intact)
        return figure + Figure(tries=0, broken=broken)

    def require_standing(self, queued: Iterable[Effect], state: EffectState) -> int:
        """How many of these effects are not in that state."""
        return sum(self.effect(effect).state is not state for effect in queued)

    def next_moment(self) -> datetime | None:
        """The next moment from now at which a slot, a retry, a read-back or the end of a lease falls."""
        moments = (effects.c.due_at, effects.c.not_before, effects.c.lease_until)
        with self.database.read() as connection:
            later = [
                connection.scalar(
                    select(func.min(moment)).where(effects.c.state.in_(ACTIVE), moment > self.clock.now())
                )
                for moment in moments
            ]
        return min((moment for moment in later if moment is not None), default=None)

    def _next_post(self, brand: Brand) -> PostId:
        waiting = self._posts.get(brand.brand_id)
        if not waiting:
            week = self._weeks[brand.brand_id] = self._weeks[brand.brand_id].plus(1) if waiting == [] else WEEK
            plan = record_week(self.database, brand, self.plane.audit, week, posts=POSTS)
            waiting = self._posts[brand.brand_id] = [post.id for post in plan.posts]
        post = waiting.pop(0)
        for state in (PostState.DRAFTED, PostState.DESIGNED):
            self.plane.posts.move(post, state, actor="test", reason="made")
        return post


def account_of(brand: Brand) -> str:
    """The Instagram account of a brand."""
    return brand.channels.instagram.account_id


def _verdict(effect: Effect, live: int) -> Figure:
    """One effect: in the journal once and recorded so, or standing where a person finds it with a reason."""
    succeeded, parked = effect.state is EffectState.SUCCEEDED, effect.state is EffectState.PARKED
    told = bool(effect.state_reason)
    return Figure(
        tries=1,
        effects=live,
        double=int(live > 1),
        lost=int((succeeded and live == 0) or not (succeeded or (parked and told))),
        parked=int(parked),
    )


@contextmanager
def open_agency(
    folder: Path, brands: int | dict[BrandId, Brand], *, shared_time: bool = False, database_url: str = ""
) -> Generator[Agency]:
    """Open one in an empty folder, at Monday 09:00 UTC of virtual time; `shared_time` lets other processes in on it.

    `database_url` puts its control plane elsewhere.
    """
    staff = brands_of(brands) if isinstance(brands, int) else brands
    folder.mkdir(parents=True, exist_ok=True)
    home = Home(folder, database_url) if database_url else new_home(folder)
    clock: Clock = SteppedClock(MONDAY)
    if shared_time:
        clock = DurableClock(home.clock_file)
        clock.start_stepped(MONDAY)
    with SandboxServer(SandboxConfig(home=folder, seed=7, brands=tuple(staff.values())), clock) as server:
        agency = Agency(server, folder, staff, clock, home.database_url)
        try:
            yield agency
        finally:
            agency.close()
