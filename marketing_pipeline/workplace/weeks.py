"""The weeks of one installation: planned or not, made or not."""

from datetime import timedelta
from typing import TYPE_CHECKING

from marketing_pipeline.domain.week import Week

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.workplace.workplace import Workplace

KEPT_AT = timedelta(hours=12)
"""For so long after its last step a post that is not made yet is worked on again, each hour."""


class WeekDesk:
    """How far a `Workplace` is with a brand's week; reached as `workplace.weeks`."""

    def __init__(self, place: "Workplace") -> None:
        self._place = place

    def is_planned(self, brand: "Brand", week: Week) -> bool:
        """Whether the week has a plan of record."""
        from marketing_pipeline.store.plans import plan_of

        return plan_of(self._place.database, brand.brand_id, week.key) is not None

    def is_unfinished(self, brand: "Brand", week: Week) -> bool:
        """Whether making the week has work to do: no plan yet, or a post in time that nobody began or that moves on.

        A post that was begun and has stood still for longer than `KEPT_AT` fails for a reason of its own: it is left to
        a person, not paid for again and again. One whose slot has passed is not made any more.
        """
        from marketing_pipeline.store.late_posts import UNMADE
        from marketing_pipeline.store.model_calls import ModelCalls

        if not self.is_planned(brand, week):
            return True
        now, too_late = self._place.clock.now(), brand.posting.is_too_late
        begun = {call.subject.post for call in ModelCalls(self._place.database).of_week(brand.brand_id, week.key)}
        unmade = self._place.posts.find(brand=brand.brand_id, week=week.key, states=UNMADE)
        in_time = [post for post in unmade if not too_late(post.scheduled_at, now)]
        return any(post.id not in begun or now - post.updated_at < KEPT_AT for post in in_time)
