"""One brand's week and the stores that it is worked on in: what every use case is given."""

from dataclasses import dataclass
from datetime import datetime

from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.model_call import CallSubject
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.posts import Posts


@dataclass(frozen=True)
class BrandWeek:
    """A brand, a week, and where their rows are kept."""

    brand: Brand
    week: Week
    database: Database
    audit: AuditAppender
    clock: Clock

    def now(self) -> datetime:
        """The present moment in UTC."""
        return self.clock.now()

    def posts_in(self, state: PostState) -> tuple[Post, ...]:
        """The posts of this week that stand in `state`, in the order in which they go out."""
        return Posts(self.database, self.audit).find(brand=self.brand.brand_id, week=self.week.key, states=[state])

    def in_time(self, state: PostState) -> tuple[Post, ...]:
        """Those whose slot has not passed beyond the brand's patience: work on the others would be paid for nothing."""
        too_late, now = self.brand.posting.is_too_late, self.now()
        return tuple(post for post in self.posts_in(state) if not too_late(post.scheduled_at, now))

    def subject(self, post: PostId | None = None) -> CallSubject:
        """What a model call of this week is made for."""
        return CallSubject(brand=self.brand.brand_id, week=self.week.key, post=post)
