"""Learn from judged ad changes: which kinds bring what was forecast, and what is not done again."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_enable import own_pauses
from marketing_pipeline.domain.ad_experience import AdExperience, PastAdChange, blocked_ways
from marketing_pipeline.domain.ad_learning import (
    REMEMBERED_DAYS,
    AdChangeEffect,
    JudgedAdChange,
    learn_from_ad_changes,
)
from marketing_pipeline.store.ad_learnings import latest_ad_learnings, record_ad_learnings
from marketing_pipeline.store.ad_outcomes import applied_changes, past_change
from marketing_pipeline.workflows.brand_week import BrandWeek

VERDICTS = frozenset({AdChangeState.IMPROVED, AdChangeState.WORSE, AdChangeState.INCONCLUSIVE})
SHOWN_VERDICTS = 20
"""How many of the newest verdicts the analyst is shown."""


def learn_from_ads(work: BrandWeek) -> tuple[AdChangeEffect, ...]:
    """What the judged changes of the last half year teach, stored as learnings of this week.

    A rollback's forecast is that of its original turned round: it teaches nothing.
    """
    since = work.now() - timedelta(days=REMEMBERED_DAYS)
    judged = [
        JudgedAdChange(change.id, change.payload, change.forecast, change.outcome)
        for change in applied_changes(work.database, work.brand.brand_id, since)
        if change.outcome is not None and change.rolls_back is None and change.applied_at and change.applied_at >= since
    ]
    effects = learn_from_ad_changes(judged)
    record_ad_learnings(work.database, work.brand.brand_id, work.week.key, effects)
    return effects


def experience_of(work: BrandWeek, zone: ZoneInfo) -> AdExperience:
    """What is learnt and what became of the changes of the last half year. `zone` is the account's."""
    past = past_changes(work, zone)
    learnt = latest_ad_learnings(work.database, work.brand.brand_id, work.week.key)
    return AdExperience(
        learnt={effect.level: effect for effect in learnt},
        blocked=blocked_ways(past),
        verdicts=tuple(change for change in past if change.state in VERDICTS)[-SHOWN_VERDICTS:],
        paused=own_pauses(past),
    )


def past_changes(work: BrandWeek, zone: ZoneInfo) -> tuple[PastAdChange, ...]:
    """What was applied in the last half year, or may have been, in that order."""
    since = work.now() - timedelta(days=REMEMBERED_DAYS)
    return tuple(past_change(row, zone) for row in applied_changes(work.database, work.brand.brand_id, since))
