"""`marketing eval`: how good the agents are, and whether the scorers can be trusted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from marketing_pipeline.cli.eval_tables import MEANS, print_reliability, print_runs, run_facts, share
from marketing_pipeline.cli.filters import BrandOption, JsonOption, known_brand
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.screen import console, facts, say, show_json, table
from marketing_pipeline.domain.agent_evaluation import CORPUS
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.health import counted
from marketing_pipeline.workplace import Workplace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketing_pipeline.evals.running import SuiteResult

eval_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Evaluation suites of the agents: labelled corpora, live runs, and the gate against a baseline.",
    epilog="Example: marketing eval run --suite copywriter",
)
SuiteOption = Annotated[str | None, typer.Option("--suite", help="Only this suite, named after its agent.")]


class BrandNeeded(MarketingError):
    """A live run spends within a brand's cap, and none was named."""


@eval_app.command(epilog="Example: marketing eval run --live --brand upscale_print --suite copywriter --repeat 3")
def run(
    suite: SuiteOption = None,
    live: Annotated[bool, typer.Option("--live", help="Ask the agents too, through the model service in use.")] = False,
    brand: BrandOption = None,
    repeat: Annotated[int, typer.Option(min=1, max=20, help="Times that each situation is put, with --live.")] = 1,
    judge: Annotated[bool, typer.Option("--judge", help="Ask a judge as well; its hints do not count.")] = False,
    baseline: Annotated[str, typer.Option(help="`write`: hold later runs against this one.")] = "",
    corpora: Annotated[Path | None, typer.Option(help="Folder of other corpora.", hidden=True)] = None,
    baselines: Annotated[Path | None, typer.Option(help="Folder of other baselines.", hidden=True)] = None,
    as_json: JsonOption = False,
) -> None:
    """Run the suites, store what came of it, and fail where one has fallen below its baseline.

    Without --live the labelled corpora are scored: free, and no model is asked. With it the agents are asked, within
    the weekly spend cap of the brand; in the sandbox that tests the plumbing only.
    """
    if baseline not in ("", "write"):
        raise typer.BadParameter("only `write` is known", param_hint="--baseline")
    with opened_home() as workplace:
        if live:
            payer = _payer(workplace, brand)
            done = workplace.evals.over_agents(
                payer, suite, repeat=repeat, judge=judge, take_baseline=baseline == "write"
            )
        else:
            done = workplace.evals.over_corpora(
                suite, folder=corpora, baselines=baselines, write_baseline=baseline == "write"
            )
        _show(done, as_json=as_json)
        if baseline != "write":
            workplace.evals.require_no_fall(done)


@eval_app.command("list", epilog="Example: marketing eval list")
def list_runs(
    limit: Annotated[int, typer.Option(min=1, help="Most runs shown.")] = 20, as_json: JsonOption = False
) -> None:
    """List the newest runs."""
    with opened_home() as workplace:
        runs = workplace.evals.runs.newest(limit)
    if as_json:
        show_json([each.model_dump(mode="json") for each in runs])
    elif runs:
        print_runs(counted(len(runs), "run"), runs)
    else:
        typer.echo("No suite has been run yet. `marketing eval run` begins with the corpora, which cost nothing.")


@eval_app.command(epilog="Example: marketing eval show ev-1f2e3d4c5b")
def show(run_id: Annotated[str, typer.Argument(metavar="ID", help="Run id.")], as_json: JsonOption = False) -> None:
    """Show one run: each criterion, how far its scorer can be trusted, and each case that did not come as expected."""
    from marketing_pipeline.evals.reliability import by_criterion, by_kind

    with opened_home() as workplace:
        found = workplace.evals.runs.get(run_id)
        cases, scores = workplace.evals.runs.cases(run_id), workplace.evals.runs.scores(run_id)
    if as_json:
        show_json(
            {
                **found.model_dump(mode="json"),
                "case_results": [case.model_dump(mode="json") for case in cases],
                "scores": [score.model_dump(mode="json") for score in scores],
            }
        )
        return
    console().print(facts(found.id, run_facts(found)))
    if found.provider == CORPUS:
        print_reliability("criteria", by_criterion(scores))
        print_reliability("planted defects", by_kind(cases, scores))
    wrong = [
        (score.case, score.criterion, "passed" if score.passed else "found", score.reason)
        for score in scores
        if score.passed != score.expected
    ]
    wrong += [(case.case, "no answer", "failed", case.error) for case in cases if case.output is None]
    if wrong:
        console().print(table("not as expected", ("case", "criterion", "scorer said", "reason"), wrong))


@eval_app.command(epilog="Example: marketing eval compare ev-1f2e3d4c5b ev-5b4c3d2e1f")
def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="Run id, the earlier.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Run id, the later.")],
    judge: Annotated[bool, typer.Option("--judge", help="Ask which answers are better, in both orders.")] = False,
    brand: BrandOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set two runs of one suite side by side: prompt, model, rubric, every criterion, cost and time."""
    from marketing_pipeline.evals.reliability import by_criterion

    with opened_home() as workplace:
        one, other = workplace.evals.side_by_side(a, b)
        sides = [{row.name: row for row in by_criterion(workplace.evals.runs.scores(each.id))} for each in (one, other)]
        wins = workplace.evals.preferred(a, b, _payer(workplace, brand)) if judge else ()
    if as_json:
        show_json(
            {
                "a": one.model_dump(mode="json"),
                "b": other.model_dump(mode="json"),
                "preferences": [win.model_dump(mode="json") for win in wins],
            }
        )
        return
    pairs = zip(run_facts(one), run_facts(other), strict=True)
    rows: list[Sequence[object]] = [(name, left, right) for (name, left), (_, right) in pairs]
    for name in dict.fromkeys([*sides[0], *sides[1]]):
        rows.append((f"{name}: found", *(side[name].found if name in side else None for side in sides)))
    console().print(table(f"{one.suite} by {one.provider}", ("", a, b), rows))
    if wins:
        count = {better: sum(win.better == better for win in wins) for better in ("a", "b", "tie")}
        flips = sum(win.flipped for win in wins)
        told = f"A judge prefers {a} {count['a']} times, {b} {count['b']} times, neither {count['tie']} times"
        say(f"{told}; in {flips} it went by the order alone.")
    if one.provider in MEANS:
        say(MEANS[one.provider])


@eval_app.command(epilog="Example: marketing eval calibrate --brand upscale_print")
def calibrate(brand: BrandOption = None, as_json: JsonOption = False) -> None:
    """Say whether the evaluator agrees with people's approvals and rejections: Cohen's kappa with its interval."""
    with opened_home() as workplace:
        found = workplace.evals.calibrate(_payer(workplace, brand))
    if as_json:
        show_json({**found.model_dump(mode="json"), "agreement": found.agreement})
        return
    say(f"{found.rater}: {found.sentence()}")
    rows = [("yes", found.both_yes, found.only_rater_yes), ("no", found.only_people_yes, found.both_no)]
    console().print(table("", ("bar says", "people say yes", "people say no"), rows))


def _payer(workplace: Workplace, brand: str | None) -> str:
    named = known_brand(workplace, brand)
    if named is not None:
        return named
    if len(workplace.brands) == 1:
        return next(iter(workplace.brands))
    raise BrandNeeded(
        "Several brands live here, and model calls count in the weekly spend cap of one.",
        f"Name one with --brand: {', '.join(workplace.brands) or 'none is readable'}.",
    )


def _show(done: "Sequence[SuiteResult]", *, as_json: bool) -> None:
    from marketing_pipeline.evals.reliability import by_criterion

    if as_json:
        show_json([result.run.model_dump(mode="json") for result in done])
        return
    print_runs("evaluation", [result.run for result in done])
    if all(result.run.provider == CORPUS for result in done):
        rows = [
            (result.run.suite, row.name, row.planted, row.found, share(row.precision), share(row.recall))
            for result in done
            for row in by_criterion(result.scores)
        ]
        console().print(table("scorers", ("suite", "criterion", "planted", "found", "precision", "recall"), rows))
