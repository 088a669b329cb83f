"""The daily review of applied ad changes: judge what is due, and learn from all verdicts."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_experience import PastAdChange
from marketing_pipeline.domain.ad_learning import AdChangeEffect
from marketing_pipeline.domain.ad_outcome import AdOutcome
from marketing_pipeline.domain.ad_overwrite import AdEdits
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.store.ad_facts import AdFacts
from marketing_pipeline.store.ad_outcomes import applied_changes
from marketing_pipeline.workflows.analyse_ads import read_account
from marketing_pipeline.workflows.brand_week import BrandWeek
from marketing_pipeline.workflows.judge_ad_changes import is_due, judge_ad_changes
from marketing_pipeline.workflows.learn_from_ads import learn_from_ads, past_changes


@dataclass(frozen=True)
class OutcomeReview:
    """Verdicts of this review, every change of the last half year as it stands now, and what they teach.

    With a `problem` nothing was judged: the account could not be asked who else changed something.
    """

    judged: dict[str, AdOutcome]
    past: tuple[PastAdChange, ...]
    effects: tuple[AdChangeEffect, ...]
    problem: str = ""


def review_ad_outcomes(
    work: BrandWeek, facts: AdFacts, platform_for: Callable[[Brand], AdEdits]
) -> OutcomeReview | None:
    """Judge and learn, storing both; None where no account was read. The account is asked only if a change waits."""
    account, zone = read_account(work, facts), zone_of(work, facts)
    if account is None or zone is None:
        return None
    judged: dict[str, AdOutcome] = {}
    problem = ""
    if any(change.state is AdChangeState.APPLIED for change in past_changes(work, zone)):
        try:
            judged = judge_ad_changes(work, account, zone, platform_for(work.brand))
        except MarketingError as error:
            problem = str(error)
    effects = learn_from_ads(work)
    return OutcomeReview(judged, past_changes(work, zone), effects, problem)


def without_verdict(work: BrandWeek, facts: AdFacts) -> tuple[str, ...]:
    """Ids of applied changes whose window is over and that have no verdict."""
    account, zone = read_account(work, facts), zone_of(work, facts)
    if account is None or zone is None:
        return ()
    waiting = applied_changes(work.database, work.brand.brand_id, work.now())
    return tuple(
        change.id
        for change in waiting
        if change.state is AdChangeState.APPLIED and is_due(change, work.brand, zone, account.today)
    )


def zone_of(work: BrandWeek, facts: AdFacts) -> ZoneInfo | None:
    """The time zone of the brand's account; None where it was never read."""
    channel = work.brand.channels.google_ads
    newest = None if channel is None else facts.newest(work.brand.brand_id, channel.customer_id)
    return None if newest is None or newest.time_zone is None else ZoneInfo(newest.time_zone)
