"""The weeks of one installation: planned or not, made or not."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from marketing_pipeline.domain.identifiers import BrandId, short_hash
from marketing_pipeline.domain.week import Week

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.domain.identifiers import BrandId
    from marketing_pipeline.domain.model_batch import ModelBatch
    from marketing_pipeline.workplace.workplace import Workplace

KEPT_AT = timedelta(hours=12)
"""For so long after its last step a post that is not made yet is worked on again, each hour."""

DISTANT_HOURS = 14 * 24
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WeekToMake:
    """A week that a run is to be asked for. `first_slot`: the first of its slots that is still to come."""

    brand: "Brand"
    week: Week
    first_slot: datetime
    asked_at: datetime

    @property
    def priority(self) -> int:
        """Its place in Dagster's queue, where more goes first: less than 0, and one less for each hour that is left.

        Runs of minutes, such as drains and metrics, keep their 0 or more, and pass a rush of weekly runs.
        """
        hours = int((self.first_slot - self.asked_at) / timedelta(hours=1))
        return -1 - min(max(hours, 0), DISTANT_HOURS)


def first_slot(brand: "Brand", week: Week, now: datetime) -> datetime:
    """The first slot of a week that is not over yet; the week's end where all are."""
    slots = (week.moment(slot.weekday_number, slot.at, brand.zone) for slot in brand.posting.slots)
    return min((slot for slot in slots if slot > now), default=week.end(brand.zone))


class WeekDesk:
    """How far a `Workplace` is with a brand's week; reached as `workplace.weeks`."""

    def __init__(self, place: "Workplace") -> None:
        self._place = place

    def to_make(self) -> "tuple[list[WeekToMake], dict[BrandId, str]]":
        """Every brand's weeks that are to be made now, the one whose first slot is nearest first; and who failed.

        The coming week from its planning moment on, and the present one for as long as a planned post of it is unmade.
        Brands whose slots fall together come in another order each week, by a hash: no name is always the last. What
        goes wrong with one brand's rows is told beside, by brand, and takes nothing from the others.
        """
        found: list[WeekToMake] = []
        failed = {name: str(error) for name, error in self._place.broken_brands.items()}
        for name, brand in self._place.brands.items():
            try:
                found += self._to_make_of(brand)
            except Exception as error:
                log.error("%s cannot be planned", name, exc_info=error)
                failed[name] = f"unexpected {type(error).__name__}"
        return sorted(found, key=lambda item: (item.first_slot, short_hash(item.brand.id, item.week.key))), failed

    def _to_make_of(self, brand: "Brand") -> "list[WeekToMake]":
        now = self._place.clock.now()
        present = Week.containing(now, brand.zone)
        coming = present.plus(1)
        weeks = [present] if self.is_planned(brand, present) else []
        weeks += [coming] if now >= brand.planning_moment(coming) else []
        unfinished = [week for week in weeks if self.is_unfinished(brand, week)]
        return [WeekToMake(brand, week, first_slot(brand, week, now), now) for week in unfinished]

    def is_planned(self, brand: "Brand", week: Week) -> bool:
        """Whether the week has a plan of record."""
        from marketing_pipeline.store.plans import plan_of

        return plan_of(self._place.database, brand.brand_id, week.key) is not None

    def waiting_for(self, brand: "BrandId", week: Week) -> "tuple[ModelBatch, ...]":
        """The batches of model calls that the week waits for."""
        from marketing_pipeline.store.model_batches import ModelBatchBook

        return ModelBatchBook(self._place.database).waiting(brand, week.key)

    def is_unfinished(self, brand: "Brand", week: Week) -> bool:
        """Whether making the week has work to do: no plan yet, or a post in time that nobody began or that moves on.

        A post that was begun and has stood still for longer than `KEPT_AT` fails for a reason of its own: it is left to
        a person, not paid for again and again. One whose slot has passed is not made any more.
        """
        from marketing_pipeline.store.late_posts import UNMADE
        from marketing_pipeline.store.model_calls import ModelCalls

        if not self.is_planned(brand, week) or self.waiting_for(brand.brand_id, week):
            return True
        now, too_late = self._place.clock.now(), brand.posting.is_too_late
        begun = {call.subject.post for call in ModelCalls(self._place.database).of_week(brand.brand_id, week.key)}
        unmade = self._place.posts.find(brand=brand.brand_id, week=week.key, states=UNMADE)
        in_time = [post for post in unmade if not too_late(post.scheduled_at, now)]
        return any(post.id not in begun or now - post.updated_at < KEPT_AT for post in in_time)
