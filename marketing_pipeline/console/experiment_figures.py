"""Charts and tables of one experiment: its interval pair by pair, how alike the arms were, and the posts behind it."""

from typing import Any

from marketing_pipeline.console.figure import Figure, Kind, Unit
from marketing_pipeline.console.links import post_url
from marketing_pipeline.console.words import in_words
from marketing_pipeline.domain.experiment_readout import Readout


def interval_figure(readout: Readout) -> Figure:
    """The ratio with its interval after each pair."""
    experiment = readout.experiment
    rows = [
        {
            "pair": number,
            "week": step.week,
            "times": step.times,
            "low": step.low,
            "high": step.high,
            "evidence": step.e_value,
            "posts": step.posts,
            "verdict": in_words(step.verdict),
        }
        for number, step in enumerate(readout.steps, start=1)
    ]
    return Figure(
        title=f"{in_words(experiment.level).capitalize()} as a multiple of {in_words(experiment.against)}",
        kind=Kind.BAND,
        rows=rows,
        x="pair",
        y="times",
        low="low",
        high="high",
        unit=Unit.MULTIPLE,
        reference=1.0,
        log=True,
        columns={
            "pair": "Pairs",
            "week": "Week",
            "times": "Times",
            "low": "From",
            "high": "To",
            "evidence": "Evidence",
            "posts": "Posts",
            "verdict": "Verdict",
        },
        source="experiment_results",
        note=(
            f"After each pair, with an interval that holds at every look together in {1 - experiment.alpha:.0%} of"
            " experiments. Empty ends: no limit is known yet. Evidence is what a bet of 1 against “no difference” came"
            f" to at its best; {1 / experiment.alpha:,.0f} ends the experiment."
        ),
        empty="No pair is measured to its end yet: the figures of a post count when it is 7 days old.",
    )


def balance_rows(readout: Readout) -> list[dict[str, Any]]:
    """How many counted posts of each arm had each level of the other factors."""
    return [
        {
            "factor": row.factor.value,
            "level": in_words(row.level),
            "posts": row.posts,
            "against": row.posts_against,
        }
        for row in readout.balance
    ]


def post_rows(readout: Readout) -> list[dict[str, Any]]:
    """Each post with its arm and whether it counts."""
    return [
        {
            "post": row.post.post,
            "url": post_url(row.post.post),
            "pair": row.post.block,
            "level": in_words(row.post.level),
            "figure": row.post.figure,
            "standing": row.standing,
            "why": row.why,
            "deviation": row.deviation,
        }
        for row in readout.posts
    ]
