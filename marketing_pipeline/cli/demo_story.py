"""The demo's time line: whatever falls due next is done by the job that does it in real life, in simulated time.

Nothing about the story is stored: what comes next is read from the stores, so a killed demo goes on where it was.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from marketing_pipeline.cli.dagster_home import JobRun, RunFailed, make_run
from marketing_pipeline.cli.demo_ads import OPERATOR, DemoAds, review_moment
from marketing_pipeline.cli.screen import plain
from marketing_pipeline.domain.approval import ApprovalState, Decision
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.effect_rows import next_due_at
from marketing_pipeline.store.insights import due_snapshots, next_first_snapshot_at
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from dagster import DagsterInstance

BEFORE = timedelta(hours=1)
THURSDAY = 3
UNFINISHED = (PostState.PLANNED, PostState.DRAFTED, PostState.DESIGNED, PostState.READY)


@dataclass(frozen=True)
class DemoStory:
    """Some weeks of one brand, up to the `present`, and the week ahead.

    Until Wednesday the week ahead is the present one, which is planned. From Thursday on little of it lies ahead: then
    it is the last that is lived through, up to now, and the coming week is made.
    """

    workplace: Workplace
    brand: Brand
    weeks: int
    present: datetime
    _ran: set[Week] = field(default_factory=set[Week])

    @property
    def this_week(self) -> Week:
        """The week of the present moment."""
        return Week.containing(self.present, self.brand.zone)

    @property
    def week_ahead(self) -> Week:
        """The week that the story ends with."""
        late = self.present.astimezone(self.brand.zone).weekday() >= THURSDAY
        return self.this_week.plus(1 if late else 0)

    @property
    def first_week(self) -> Week:
        """The week that the story begins with."""
        return self.week_ahead.plus(-self.weeks)

    def begin(self) -> None:
        """Stop the clock an hour before anything is due; a story begun before goes on at its own time."""
        review = review_moment(self.brand, self.this_week.plus(-1))
        self.workplace.clock.start_stepped(min(self.brand.planning_moment(self.first_week), review) - BEFORE)

    def end(self) -> None:
        """Let time run on from now."""
        self.workplace.clock.follow_real_time()

    def tell(self, instance: "DagsterInstance", console: Console) -> None:
        """Do what falls due, moment by moment, up to the present. Raises RunFailed."""
        ads = DemoAds(self.workplace, self.brand, self.this_week.plus(-1), instance)
        with _progress(console) as progress:
            wanted = self.weeks * self.brand.posting.posts_per_week
            bar = progress.add_task("starting", total=wanted)

            def make(due: Iterator[JobRun]) -> None:
                for run in due:
                    now = self.workplace.clock.now().astimezone(self.brand.zone)
                    words = f"{now:%a %d %b %H:%M}  {_WORDS[run.job]}"
                    progress.update(bar, description=words, completed=self._published())
                    _make_run(instance, run, console)

            self._decide(ads)
            while (moment := self._next_moment(ads)) is not None:
                self.workplace.clock.step_to(moment)
                make(self._due(ads))
                self._decide(ads)
            self.workplace.clock.step_to(self.present)
            make(self._due_at_the_end(ads))
            progress.update(bar, description="done", completed=self._published())

    def _next_moment(self, ads: DemoAds) -> datetime | None:
        """The next moment at which anything is to be done, before the week ahead; None when the story is told."""
        with self.workplace.database.read() as connection:
            effect = next_due_at(connection)
        planning = (self.brand.planning_moment(week) for week in self._unmade())
        metrics = next_first_snapshot_at(self.workplace.database)
        moments = [effect, metrics, min(planning, default=None), ads.next_moment()]
        limit = min(self.week_ahead.start(self.brand.zone), self.present)
        return min((moment for moment in moments if moment is not None and moment < limit), default=None)

    def _due(self, ads: DemoAds) -> Iterator[JobRun]:
        now = self.workplace.clock.now()
        for week in self._unmade():
            if self.brand.planning_moment(week) <= now:
                yield self._making(week)
        if self.workplace.due_effects():
            yield JobRun("run_due_effects")
        if due_snapshots(self.workplace.database, now, self.brand.brand_id):
            yield self._of_week("collect_metrics", Week.containing(now, self.brand.zone))
        yield from ads.due()

    def _due_at_the_end(self, ads: DemoAds) -> Iterator[JobRun]:
        yield self._of_week("collect_metrics", self.this_week)
        yield from map(self._making, self._unmade())
        if self.workplace.due_effects():
            yield JobRun("run_due_effects")
        yield from ads.due_today()

    def _of_week(self, job: str, week: Week) -> JobRun:
        from marketing_pipeline.assets.partitions import partition_key

        return JobRun(job, partition_key(self.brand.brand_id, week))

    def _making(self, week: Week) -> JobRun:
        self._ran.add(week)
        return self._of_week("plan_week" if week == self.this_week == self.week_ahead else "weekly", week)

    def _unmade(self) -> list[Week]:
        weeks = [self.first_week.plus(number) for number in range(self.weeks + 1)]
        return [week for week in weeks if not self._is_made(week)]

    def _is_made(self, week: Week) -> bool:
        """Whether nothing is left to be made of it; a post whose slot passed meanwhile stays as it is."""
        if week in self._ran:
            return True
        if not self.workplace.weeks.is_planned(self.brand, week):
            return False
        posts = self.workplace.posts.find(brand=self.brand.brand_id, week=week.key, states=UNFINISHED)
        return week == self.this_week == self.week_ahead or not posts

    def _published(self) -> int:
        return len(self.workplace.posts.find(brand=self.brand.brand_id, states=[PostState.PUBLISHED]))

    def _decide(self, ads: DemoAds) -> None:
        """The demo's operator approves what waits, as a person would with `marketing approvals approve`.

        What waits of the week ahead is left to whoever looks at the demo.
        """
        ads.decide()
        with self.workplace.database.read() as connection:
            waiting = self.workplace.approvals.list_requests(
                connection, brand=self.brand.brand_id, state=ApprovalState.PENDING
            )
        for request in waiting:
            if request.kind != EffectKind.PUBLISH_POST or self._lies_ahead(PostId(request.subject)):
                continue
            self.workplace.decisions.decide(
                request.id,
                Decision.APPROVE,
                saw=request.state,
                fingerprint=request.fingerprint,
                actor=OPERATOR,
                source="cli",
                note="approved in the demo",
            )

    def _lies_ahead(self, post: PostId) -> bool:
        return self.workplace.posts.get(post).week == self.week_ahead.key


_WORDS = {
    "weekly": "plans, writes and designs a week",
    "plan_week": "plans this week",
    "run_due_effects": "publishes",
    "collect_metrics": "reads insights",
    "daily_ads": "reviews the ad account",
    "apply_ad_change": "changes the ad account",
}


def _make_run(instance: "DagsterInstance", run: JobRun, console: Console) -> None:
    try:
        make_run(instance, run)
    except RunFailed as refused:
        # A cap or a cool-down may refuse an ad change when its turn comes; its row says so, and the story goes on.
        if run.job != "apply_ad_change":
            raise
        console.print(plain(refused))


@contextmanager
def _progress(console: Console) -> Generator[Progress]:
    columns = (
        BarColumn(bar_width=28),
        TextColumn("{task.completed:.0f}/{task.total:.0f} posts"),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console) as progress:
        yield progress
