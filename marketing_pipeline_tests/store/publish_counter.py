"""A counter for tests of the gate and the queue of posts: the control plane with one designed post."""

from datetime import timedelta
from typing import Any

from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.brand import Brand, ContentApproval
from marketing_pipeline.domain.effect import Effect, PublishPost
from marketing_pipeline.domain.identifiers import PostId, Sha256
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.posting import LatePolicy
from marketing_pipeline.store.approval_request import ApprovalRequest
from marketing_pipeline.store.control_plane import ControlPlane
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.effect_rows import get_effect, newest_effect_of
from marketing_pipeline.store.sweep import Sweep
from marketing_pipeline_tests.fixtures import NOW
from marketing_pipeline_tests.store.planned_week import record_week

DUE = NOW + timedelta(hours=2)
LEASE = timedelta(minutes=10)


class Counter:
    """The control plane with one designed post."""

    def __init__(self, database: Database, brand: Brand) -> None:
        self.database = database
        self.brand = brand
        self.plane = ControlPlane.of(database, b"key")
        self.posts = [post.id for post in record_week(database, brand, self.plane.audit).posts]
        for post in self.posts:
            for state in (PostState.DRAFTED, PostState.DESIGNED):
                self.plane.posts.move(post, state, actor="test", reason="made")
        self.post: PostId = self.posts[0]

    def payload(self, **changes: Any) -> PublishPost:
        content: dict[str, Any] = {
            "account_id": self.brand.channels.instagram.account_id,
            "post": self.post,
            "caption": "Cotton paper",
            "alt_text": "A print",
            "media": (Sha256("a" * 64),),
            "is_ai_generated": True,
        }
        return PublishPost.model_validate({**content, **changes})

    def policy(self, approval: ContentApproval, late: LatePolicy = LatePolicy.ASK) -> None:
        policies = self.brand.policies.model_copy(update={"content_approval": approval})
        posting = self.brand.posting.model_copy(update={"late_policy": late})
        self.brand = self.brand.model_copy(update={"policies": policies, "posting": posting})

    def queue(self, **options: Any) -> Effect:
        content: dict[str, Any] = {"brand": self.brand, "payload": self.payload(), "due_at": DUE}
        return self.plane.queue.queue_post(**{**content, **options})

    def decide(self, effect: Effect, decision: Decision, saw: ApprovalState, **options: Any) -> Any:
        who: dict[str, Any] = {"actor": "sam", "source": "cli", "note": "why not"}
        return self.plane.decisions.decide(effect.approval, decision, saw=saw, **{**who, **options})

    def state(self) -> PostState:
        return self.plane.posts.get(self.post).state

    def now(self, effect: Effect) -> Effect:
        with self.database.read() as connection:
            return get_effect(connection, effect.id)

    def newest(self) -> Effect:
        with self.database.read() as connection:
            found = newest_effect_of(connection, self.post)
        assert found is not None
        return found

    def requests(self, state: ApprovalState | None = None) -> list[ApprovalRequest]:
        with self.database.read() as connection:
            return self.plane.approvals.list_requests(connection, brand=self.brand.brand_id, state=state)

    def sweep(self) -> Any:
        return Sweep(self.plane.ledger, {self.brand.brand_id: self.brand}).run()
