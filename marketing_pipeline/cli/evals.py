"""`marketing eval`: how good the agents are, and whether the scorers can be trusted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from marketing_pipeline.cli.eval_file import EvalFile, write_results
from marketing_pipeline.cli.eval_tables import (
    MEANS,
    print_gate,
    print_reliability,
    print_runs,
    print_scorers,
    run_facts,
)
from marketing_pipeline.cli.filters import BrandOption, JsonOption, known_brand
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.screen import console, facts, say, show_json, table
from marketing_pipeline.domain.agent_evaluation import CORPUS, Split
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
    development: Annotated[
        bool, typer.Option("--development", help="With --live: ask in the other half; told, not stored, no quality.")
    ] = False,
    to: Annotated[
        EvalFile | None,
        typer.Option("--to", parser=EvalFile, metavar="FILE", help="Write it there too: .csv, .json, .md."),
    ] = None,
    corpora: Annotated[Path | None, typer.Option(help="Folder of other corpora.", hidden=True)] = None,
    baselines: Annotated[Path | None, typer.Option(help="Folder of other baselines.", hidden=True)] = None,
    as_json: JsonOption = False,
) -> None:
    """Run the suites, write what came of it to the warehouse, and fail where one has fallen below its baseline.

    Without --live the labelled corpora are scored: free, and no model is asked. With it the agents are asked in the
    held-out situations, within the weekly spend cap of the brand; in the sandbox that tests the plumbing only.
    """
    if baseline not in ("", "write"):
        raise typer.BadParameter("only `write` is known", param_hint="--baseline")
    if development and (baseline or not live):
        raise typer.BadParameter("needs --live, and is no baseline", param_hint="--development")
    with opened_home() as workplace:
        if live:
            payer = _payer(workplace, brand)
            done = workplace.evals.over_agents(
                payer,
                suite,
                repeat=repeat,
                judge=judge,
                take_baseline=baseline == "write",
                split=Split.DEVELOPMENT if development else Split.HELD_OUT,
            )
        else:
            done = workplace.evals.over_corpora(
                suite, folder=corpora, baselines=baselines, write_baseline=baseline == "write"
            )
        if not development:
            workplace.refresh_warehouse()
        _show(done, as_json=as_json)
        if development and not as_json:
            say("development half: what prompts are worked on. Never a measure of quality, and not stored.")
        if to is not None:
            write_results(to, done)
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
    from marketing_pipeline.evals.reliability import by_criterion, by_kind, of_split

    with opened_home() as workplace:
        found = workplace.evals.runs.get(run_id)
        cases, scores = workplace.evals.runs.cases(run_id), workplace.evals.runs.scores(run_id)
        gate = workplace.evals.gate_of(found)
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
    print_gate(found, gate.failures, gate.too_few)
    if found.provider == CORPUS:
        for split in Split:
            print_reliability(f"criteria, {split.replace('_', ' ')} half", by_criterion(of_split(scores, split)))
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
    """Set two runs of one suite side by side: prompt, model, rubric, every criterion, steadiness, cost and time.

    Ends with what the gate says of B if A were its baseline; nothing is adopted.
    """
    with opened_home() as workplace:
        found = workplace.evals.side_by_side(a, b)
        wins = workplace.evals.preferred(a, b, _payer(workplace, brand)) if judge else ()
    if as_json:
        show_json(
            {
                "a": found.a.model_dump(mode="json"),
                "b": found.b.model_dump(mode="json"),
                "standing": found.gate.comparison.standing,
                "failures": found.gate.failures,
                "too_few": found.gate.too_few,
                "preferences": [win.model_dump(mode="json") for win in wins],
            }
        )
        return
    pairs = zip(run_facts(found.a), run_facts(found.b), strict=True)
    rows: list[Sequence[object]] = [(name, left, right) for (name, left), (_, right) in pairs]
    rows += found.rows()
    console().print(table(f"{found.a.suite} by {found.a.provider}", ("", a, b), rows))
    say(f"{b} against {a}: {found.gate.comparison.standing.replace('_', ' ')}")
    print_gate(found.b, found.gate.failures, found.gate.too_few)
    if wins:
        count = {better: sum(win.better == better for win in wins) for better in ("a", "b", "tie")}
        flips = sum(win.flipped for win in wins)
        told = f"A judge prefers {a} {count['a']} times, {b} {count['b']} times, neither {count['tie']} times"
        say(f"{told}; in {flips} it went by the order alone. That judge is not calibrated: a hint, no verdict.")
    if found.a.provider in MEANS:
        say(MEANS[found.a.provider])


@eval_app.command(epilog="Example: marketing eval calibrate --brand upscale_print")
def calibrate(
    brand: BrandOption = None,
    judge: Annotated[
        bool, typer.Option("--judge", help="Ask the judge about each caption that people decided about.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Say whether evaluator and judge agree with what people approve, change and refuse: kappa with its interval."""
    with opened_home() as workplace:
        named = _payer(workplace, brand)
        people = workplace.evals.people
        found = [people.evaluator(named), *(people.judge(named) if judge else ())]
        captions = people.captions(named)
    if as_json:
        raters = [{**each.model_dump(mode="json"), "agreement": each.agreement} for each in found]
        show_json({"raters": raters, "captions": captions.model_dump(mode="json")})
        return
    for each in found:
        say(f"{each.rater}: {each.sentence()}")
        rows = [("yes", each.both_yes, each.only_rater_yes), ("no", each.only_people_yes, each.both_no)]
        console().print(table("", (f"{each.rater} says", "people say yes", "people say no"), rows))
    say(f"copywriter: {captions.sentence()}")


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
    if as_json:
        show_json([result.run.model_dump(mode="json") for result in done])
        return
    print_runs("evaluation", [result.run for result in done])
    for result in done:
        print_gate(result.run, result.gate.failures, result.gate.too_few)
    if all(result.run.provider == CORPUS for result in done):
        print_scorers(done)
