"""Ad outcomes: what applied ad changes really did, each against its own forecast, and what that teaches."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import dagster as dg

from marketing_pipeline.assets.ad_performance import ad_performance
from marketing_pipeline.assets.partitions import BRAND_WEEK, brand_and_week
from marketing_pipeline.assets.tables_for_people import Table, table
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from marketing_pipeline.domain.ad_experience import PastAdChange
    from marketing_pipeline.workflows.review_ad_outcomes import OutcomeReview

SHOWN = 30


@dg.asset(partitions_def=BRAND_WEEK, group_name="ads", deps=[ad_performance], kinds={"python"})
def ad_outcomes(context: dg.AssetExecutionContext, workplace: dg.ResourceParam[Workplace]) -> dg.MaterializeResult[Any]:
    """Verdicts on applied changes whose window is over (improved, worse, inconclusive), and what each kind teaches."""
    review = workplace.ads.review_outcomes(*brand_and_week(context.partition_key))
    if review is None:
        return dg.MaterializeResult(metadata={"judged now": 0, "why": "no figures of an ad account have been read yet"})
    if review.problem:
        context.log.warning(f"Nothing was judged: {review.problem}")
    return dg.MaterializeResult(
        metadata={
            "judged now": len(review.judged),
            "problem": review.problem or "none",
            "verdicts": _verdicts(change for change in review.past if change.outcome is not None),
            "no verdict yet": table(
                ("Change", "Applied", "State"),
                [(change.label, change.day or "–", change.state) for change in review.past if change.outcome is None],
            ),
            "learnt": _learnt(review),
            **({"snapshot": workplace.refresh_warehouse()} if review.judged else {}),
        }
    )


def _verdicts(changes: "Iterable[PastAdChange]") -> Table:
    from marketing_pipeline.domain.ad_value import step
    from marketing_pipeline.domain.ad_verdict_words import band, figure, forecast_band

    newest = list(changes)[::-1][:SHOWN]
    return table(
        ("Change", "Step", "Applied", "Forecast", "90 % interval", "Seen", "Noise band", "Verdict", "Why"),
        [
            (
                change.label,
                step(change.payload),
                change.day or "–",
                figure(change, change.forecast.expected),
                forecast_band(change),
                figure(change, change.outcome and change.outcome.effect),
                band(change, change.outcome),
                change.outcome and change.outcome.verdict,
                change.outcome and change.outcome.why,
            )
            for change in newest
        ],
    )


def _learnt(review: "OutcomeReview") -> Table:
    return table(
        ("Kind", "Share of the forecast that came about", "90 % interval", "Known", "Changes"),
        [
            (
                effect.level.replace("_", " "),
                f"{effect.multiple:.2f} x",
                f"{effect.low:.2f} to {effect.high:.2f}",
                "yes" if effect.known else "not yet",
                ", ".join(effect.evidence),
            )
            for effect in review.effects
        ],
    )


@dg.asset_check(asset=ad_outcomes, partitions_def=BRAND_WEEK)
def applied_changes_are_judged(
    context: dg.AssetCheckExecutionContext, workplace: dg.ResourceParam[Workplace]
) -> dg.AssetCheckResult:
    """Every applied change whose window is over has a verdict."""
    waiting = workplace.ads.without_verdict(*brand_and_week(context.partition_key))
    return dg.AssetCheckResult(
        passed=not waiting, severity=dg.AssetCheckSeverity.WARN, metadata={"without a verdict": list(waiting)}
    )
