"""`marketing learnings`: what is known of a brand's posts, with intervals, and the posts that it rests on."""

from typing import Annotated

import typer

from marketing_pipeline.cli import completing
from marketing_pipeline.cli.filters import JsonOption, known_brand
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.screen import console, say, show_json, table
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.health import counted
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.learning import FactorEffect, FurtherEffect, told_of_further
from marketing_pipeline.domain.metrics import PostPerformance
from marketing_pipeline.store.learnings import RecordedLearnings, latest_learnings
from marketing_pipeline.workplace import Workplace

learnings_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="What is known of a brand's posts, and the posts that it rests on.",
    epilog="Example: marketing learnings list --brand upscale_print",
)
Brand = Annotated[str, typer.Option(help="Brand id.", autocompletion=completing.brands)]
AsOf = Annotated[str | None, typer.Option("--week", help="As it was known going into this week; its Monday.")]


@learnings_app.command("list", epilog="Example: marketing learnings list --brand upscale_print")
def list_learnings(brand: Brand, week: AsOf = None, as_json: JsonOption = False) -> None:
    """List every effect with its 90 % interval, best first, and what is known beside levels."""
    with opened_home() as workplace:
        recorded = _recorded(workplace, brand, week)
    if as_json:
        show_json(recorded.model_dump(mode="json"))
        return
    learnt = recorded.learnings
    ranked = sorted(learnt.effects, key=lambda effect: (effect.factor, -effect.log_effect))
    rows = [_row(effect, learnt.mix[effect.factor][effect.level]) for effect in ranked]
    title = f"{brand}, going into the week of {learnt.week}: {counted(learnt.posts, 'post')}"
    headings = ("factor", "level", "engagement", "90 % interval", "posts", "recommended")
    console().print(table(title, headings, rows))
    for sentence in told_of_further(learnt.further):
        say(sentence)


@learnings_app.command(epilog="Example: marketing learnings show pillar print_care --brand upscale_print")
def show(
    factor: Annotated[str, typer.Argument(help="pillar, format, hook, slot, pair, fatigue, season or drift.")],
    level: Annotated[str, typer.Argument(help="Its level, as the list names it.")],
    brand: Brand,
    week: AsOf = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is known of one level, and each post that it rests on."""
    with opened_home() as workplace:
        learnt = _recorded(workplace, brand, week).learnings
        effect = next((item for item in (*learnt.effects, *learnt.further) if _is(item, factor, level)), None)
        if effect is None:
            raise NotFound(
                f"Nothing is known of {factor} {level} of {brand} going into the week of {learnt.week}.",
                f"`marketing learnings list --brand {brand}` names every factor and level.",
            )
        measured = {row.post: row for row in workplace.learnt_from(BrandId(brand))}
    if as_json:
        show_json({"week": learnt.week, "sentence": effect.sentence(), **effect.model_dump(mode="json")})
        return
    say(f"{effect.sentence()} (going into the week of {learnt.week})")
    rows = [(post, *_achieved(measured.get(post))) for post in reversed(effect.evidence)]
    if rows:
        console().print(table("rests on", ("post", "published", "first line", "engagement", "reach"), rows))


def _recorded(workplace: Workplace, brand: str, week: str | None) -> RecordedLearnings:
    known_brand(workplace, brand)
    recorded = latest_learnings(workplace.database, BrandId(brand), until_week=week)
    if recorded is None:
        by_then = f" by the week of {week}" if week else ""
        raise NotFound(
            f"Nothing was learnt of {brand}{by_then}.", "Learning comes with each week's run: marketing run week."
        )
    return recorded


def _is(effect: FactorEffect | FurtherEffect, factor: str, level: str) -> bool:
    kind = effect.factor if isinstance(effect, FactorEffect) else effect.kind
    return (kind, effect.level) == (factor, level)


def _row(effect: FactorEffect, share: float) -> tuple[object, ...]:
    said = f"{effect.multiple:.2f} x" if effect.known else "not known yet"
    interval = f"{effect.low:.2f} to {effect.high:.2f}"
    return (effect.factor, effect.level, said, interval, effect.posts, f"{share:.0%}")


def _achieved(row: PostPerformance | None) -> tuple[object, ...]:
    if row is None:
        return ("more than a year ago, or its figures are gone", "", "", "")
    return (f"{row.published_at:%d %b %Y}", row.hook_line or row.topic, row.engagement, row.reach)
