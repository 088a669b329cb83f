"""`marketing experiments`: planned comparisons of two levels of one factor, read as often as one likes."""

from typing import Annotated, Any

import typer

from marketing_pipeline.cli import completing
from marketing_pipeline.cli.filters import BrandOption, JsonOption, known_brand
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.person import operator
from marketing_pipeline.cli.rules import one_brand
from marketing_pipeline.cli.screen import console, facts, say, show_json, table
from marketing_pipeline.domain.experiment import Experiment, ExperimentState, Metric, Question
from marketing_pipeline.domain.experiment_arm import Arm
from marketing_pipeline.domain.experiment_design import Layout
from marketing_pipeline.domain.experiment_post import Standing
from marketing_pipeline.domain.experiment_readout import Readout, interval_words
from marketing_pipeline.domain.health import counted
from marketing_pipeline.domain.learning import Factor
from marketing_pipeline.domain.local_time import moment

experiments_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Experiments: two levels of one factor, held against each other in posts that chance assigns.",
    epilog="Example: marketing experiments list --state running",
)
ExperimentArgument = Annotated[
    str, typer.Argument(help="Experiment id.", metavar="ID", autocompletion=completing.experiments)
]


@experiments_app.command("list", epilog="Example: marketing experiments list --brand upscale_print --state running")
def list_experiments(
    brand: BrandOption = None,
    state: Annotated[ExperimentState | None, typer.Option(help="Only experiments in this state.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List experiments, the newest first, with what each said when it was last read."""
    with opened_home() as workplace:
        found = workplace.experiments.list(operator(), known_brand(workplace, brand), state)
    if as_json:
        show_json([experiment.model_dump(mode="json") for experiment in found])
    elif found:
        headings = ("id", "brand", "state", "question", "pairs", "times", "interval")
        console().print(table(counted(len(found), "experiment"), headings, map(_row, found)))
    else:
        typer.echo("No experiment yet. `marketing experiments state --help` tells how to state one.")


@experiments_app.command(epilog="Example: marketing experiments state hook question list --ratio 1.3 --dry-run")
def state(
    factor: Annotated[Factor, typer.Argument(help="What differs between the arms.")],
    level: Annotated[str, typer.Argument(help="The level in question.")],
    against: Annotated[str, typer.Argument(help="The level that it is held against.")],
    brand: BrandOption = None,
    metric: Annotated[Metric, typer.Option(help="Figure at 7 days that decides.")] = Metric.ENGAGEMENT,
    ratio: Annotated[float, typer.Option(min=1.02, max=10, help="Smallest effect worth knowing, as a multiple.")] = 1.3,
    alpha: Annotated[float, typer.Option(min=0.001, max=0.2, help="Chance of a verdict where nothing differs.")] = 0.1,
    power: Annotated[
        float, typer.Option(min=0.5, max=0.95, help="Chance of a verdict where the effect is true.")
    ] = 0.8,
    weeks: Annotated[
        int | None, typer.Option(min=1, max=52, help="Longest length; else a quarter more than needed.")
    ] = None,
    first_week: Annotated[str | None, typer.Option(help="Its Monday; else the next week that is not planned.")] = None,
    why: Annotated[str, typer.Option(help="The hypothesis, for those who read it later.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it needs.")] = False,
    as_json: JsonOption = False,
) -> None:
    """State an experiment: what it needs is worked out first, and from its first week on plans give it its posts."""
    with opened_home() as workplace:
        named = one_brand(workplace, brand)
        question = Question(
            brand=named,
            factor=factor,
            level=level,
            against=against,
            metric=metric,
            ratio=ratio,
            alpha=alpha,
            power=power,
            hypothesis=why,
            first_week=first_week or workplace.experiments.next_week(named),
            most_weeks=weeks,
        )
        layout = workplace.experiments.layout(question)
        stated = None if dry_run else workplace.experiments.state(operator(), question)
    if as_json:
        show_json({"needs": _needs(layout), "experiment": stated and stated.model_dump(mode="json")})
        return
    say(f"It needs {layout.posts_per_arm} posts of each arm, about {counted(layout.weeks, 'week')}{_noise(layout)}.")
    say("Nothing was stored." if stated is None else f"{stated.id} is planned from {stated.first_week} on.")


@experiments_app.command(epilog="Example: marketing experiments show experiment-1f2e3d4c5b")
def show(experiment: ExperimentArgument, as_json: JsonOption = False) -> None:
    """Show what an experiment says now, and the posts behind it. Looking costs nothing."""
    with opened_home() as workplace:
        found = workplace.experiments.readout(operator(), experiment)
    if as_json:
        show_json({**found.model_dump(mode="json"), "verdict": found.verdict, "sentence": found.sentence()})
        return
    console().print(facts(found.experiment.id, _pairs(found)))
    headings = ("post", "pair", "arm", "level", "figure", "counts", "differs")
    rows = [
        (
            row.post.post,
            row.post.block,
            row.post.arm,
            row.post.level,
            row.post.figure,
            row.why or "yes",
            row.deviation or None,
        )
        for row in found.posts
    ]
    if rows:
        console().print(table("its posts", headings, rows))


@experiments_app.command(epilog='Example: marketing experiments stop experiment-1f2e3d4c5b --note "the format is gone"')
def stop(
    experiment: ExperimentArgument,
    note: Annotated[str, typer.Option(help="Why, for those who read it later.")] = "",
) -> None:
    """End an experiment before its rule does. Posts that are planned go out as they are; nothing more is drawn."""
    with opened_home() as workplace:
        ended = workplace.experiments.stop(operator(), experiment, note)
    say(f"{ended.id} is {ended.state}: the next weeks are the learner's again.")


def _row(experiment: Experiment) -> tuple[object, ...]:
    return (
        experiment.id,
        experiment.brand,
        experiment.state,
        experiment.question(),
        f"{experiment.measured_blocks} of {experiment.blocks}",
        None if experiment.times is None else f"{experiment.times:.2f}",
        interval_words(experiment.low, experiment.high) if experiment.times is not None else None,
    )


def _pairs(readout: Readout) -> list[tuple[str, object]]:
    experiment = readout.experiment
    return [
        ("question", experiment.question()),
        ("answer", readout.sentence()),
        ("state", f"{experiment.state}: {experiment.state_reason}"),
        ("brand", experiment.brand),
        ("why", experiment.hypothesis or None),
        ("pairs", f"{len(readout.steps)} of {experiment.blocks} measured, {readout.lost_blocks} left out"),
        ("smallest effect", f"{experiment.ratio:g} times, found with {experiment.power:.0%} if true"),
        ("error", f"{experiment.alpha:.0%}, however often it is looked at"),
        ("weeks", f"{experiment.first_week} to {experiment.last_week} at the longest"),
        ("design", experiment.design.replace("_", " ")),
        ("counted", " and ".join(f"{readout.counts(Standing.COUNTED, arm)} {experiment.level_of(arm)}" for arm in Arm)),
        (
            "as published",
            None if readout.as_published is None else f"{readout.as_published:.2f} times; decides nothing",
        ),
        ("stated", f"{moment(experiment.stated_at, None)} by {experiment.stated_by}"),
    ]


def _needs(layout: Layout) -> dict[str, Any]:
    return {
        "posts_per_arm": layout.posts_per_arm,
        "weeks": layout.weeks,
        "design": layout.room.design,
        "noise_sd": layout.noise.sd,
        "noise_posts": layout.noise.posts,
    }


def _noise(layout: Layout) -> str:
    source = f"read from {layout.noise.posts} posts" if layout.noise.posts else "assumed, until the brand has history"
    return f" (noise {layout.noise.sd:.2f} in logs, {source})"
