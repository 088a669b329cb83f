"""A publishing desk for tests: one home, its control plane, an executor, and a sandbox to publish in."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.channels.media_host import MediaHost
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import Effect, PublishPost
from marketing_pipeline.domain.identifiers import BrandId, PostId, Sha256
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.execution.drain import Executor
from marketing_pipeline.execution.rules import ExecutionRules
from marketing_pipeline.execution.steps import OnStep, go_on
from marketing_pipeline.store.control_plane import ControlPlane
from marketing_pipeline.store.effect_rows import get_effect, newest_effect_of
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.post_row import Post
from marketing_pipeline_tests.sandbox.tea_room import ACCOUNT, MONDAY, TOKEN, jpeg, store, tea_room
from marketing_pipeline_tests.store.planned_week import record_week

KEY = b"a key that lives outside the database"
DUE = MONDAY + timedelta(hours=1)


class Desk:
    """Everything that publishes for the tea room; any process can make it from a folder and an address."""

    def __init__(self, root: Path, url: str, brand: Brand | None = None) -> None:
        self.home = Home(root)
        self.clock = self.home.clock()
        self.brand = brand or tea_room()
        self.brands: Mapping[BrandId, Brand] = {self.brand.brand_id: self.brand}
        self.url = url
        self.database = self.home.open_database()
        self.plane = ControlPlane.of(self.database, KEY)
        self._clients: list[InstagramClient] = []
        self.http = httpx.Client(trust_env=False, verify=False)
        self.media_host = MediaHost(f"{url}/media")

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self.media_host.close()
        self.http.close()
        self.database.close()

    def client(self, timeout: float = 10) -> InstagramClient:
        client = InstagramClient(f"{self.url}/instagram", SecretStr(TOKEN), self.clock, timeout)
        self._clients.append(client)
        return client

    def executor(
        self,
        rules: ExecutionRules | None = None,
        on_step: OnStep = go_on,
        client_for: Callable[[Brand], InstagramClient] | None = None,
        **others: Any,
    ) -> Executor:
        client = None if client_for else self.client()
        return Executor(
            ledger=self.plane.ledger,
            holds=self.plane.holds,
            brands=self.brands,
            client_for=client_for or (lambda _: client or self.client()),
            media_host=self.media_host,
            clock=self.clock,
            owner="test run",
            rules=rules,
            on_step=on_step,
            **others,
        )

    def designed(self, posts: int = 1) -> list[PostId]:
        """Planned posts, brought to `designed`."""
        plan = record_week(self.database, self.brand, self.plane.audit, posts=posts)
        for post in plan.posts:
            for state in (PostState.DRAFTED, PostState.DESIGNED):
                self.plane.posts.move(post.id, state, actor="test", reason="made")
        return [post.id for post in plan.posts]

    def payload(self, post: PostId, pictures: int = 1, **changes: Any) -> PublishPost:
        """What goes out for a post, its pictures in the media folder."""
        names = [store(self.home.media, jpeg(seed=number)) for number in range(1, pictures + 1)]
        content: dict[str, Any] = {
            "account_id": ACCOUNT,
            "post": post,
            "caption": f"Leaves for {post} #garden",
            "alt_text": "A pot of tea",
            "media": tuple(Sha256(name.removesuffix(".jpg")) for name in names),
            "is_ai_generated": True,
        }
        return PublishPost.model_validate({**content, **changes})

    def queued(self, pictures: int = 1, due_at: datetime = DUE) -> Effect:
        """One post in the queue, passed by policy, and the clock at the moment at which it is due."""
        [post] = self.designed()
        effect = self.plane.queue.queue_post(brand=self.brand, payload=self.payload(post, pictures), due_at=due_at)
        self.clock.step_to(due_at)
        return effect

    def effect(self, effect: Effect) -> Effect:
        with self.database.read() as connection:
            return get_effect(connection, effect.id)

    def newest_effect(self, post: str) -> Effect:
        with self.database.read() as connection:
            found = newest_effect_of(connection, post)
        assert found is not None
        return found

    def post(self, effect: Effect) -> Post:
        return self.plane.posts.get(PostId(effect.subject))

    def order(self, *faults: dict[str, Any]) -> None:
        """Order faults from the sandbox."""
        answer = self.http.post(f"{self.url}/sandbox/faults", json={"faults": list(faults)})
        assert answer.status_code == 201, answer.text

    def order_none(self) -> None:
        """Forget every fault that was ordered."""
        answer = self.http.delete(f"{self.url}/sandbox/faults")
        assert answer.status_code < 300, answer.text

    def journal(self, kind: str) -> list[dict[str, Any]]:
        """What the sandbox says happened."""
        answer = self.http.get(f"{self.url}/sandbox/journal", params={"kind": kind})
        return answer.json()["rows"]

    @property
    def live(self) -> int:
        """Posts that really went live."""
        return len(self.journal("media_published"))

    @property
    def calls(self) -> int:
        """Publish calls that reached the sandbox."""
        return len(self.journal("publish_received"))
