"""`marketing rules`: what was learnt from people's edits and notes, and what people state themselves."""

from typing import Annotated, Any

import typer

from marketing_pipeline.cli import completing
from marketing_pipeline.cli.filters import BrandOption, JsonOption, known_brand
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.person import operator
from marketing_pipeline.cli.screen import console, facts, say, show_json, table
from marketing_pipeline.domain.brand_rule import AppliesTo, BrandRule
from marketing_pipeline.domain.edit_example import EditExample
from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.health import counted
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.domain.proposal import RuleState
from marketing_pipeline.domain.rule_check import statement_of
from marketing_pipeline.workplace import Workplace

rules_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Brand rules: learnt from people's edits, or stated by a person. Accepted ones bind all new copy.",
    epilog="Example: marketing rules list --brand upscale_print --state accepted",
)
RuleArgument = Annotated[str, typer.Argument(help="Rule id.", metavar="ID", autocompletion=completing.rules)]


class WhichBrand(MarketingError):
    """Several brands live here, and none was named."""


@rules_app.command("list", epilog="Example: marketing rules list --brand upscale_print")
def list_rules(
    brand: BrandOption = None,
    state: Annotated[RuleState | None, typer.Option(help="Only rules in this state.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List rules as they were proposed, with where each stands."""
    with opened_home() as workplace:
        found = workplace.teaching.rules(known_brand(workplace, brand), state)
    if as_json:
        show_json([rule.model_dump(mode="json") for rule in found])
    elif found:
        rows = [(rule.id, rule.brand, rule.state, rule.applies_to, rule.statement, rule.lesson) for rule in found]
        console().print(table(counted(len(found), "rule"), ("id", "brand", "state", "about", "rule", "lesson"), rows))
    else:
        typer.echo(
            "No rule yet. Three like edits of different posts propose one; `marketing rules state` is another way."
        )


@rules_app.command(epilog="Example: marketing rules show rule-1f2e3d4c5b")
def show(rule: RuleArgument, as_json: JsonOption = False) -> None:
    """Show a rule, how it is checked, and the edits and notes that it rests on."""
    with opened_home() as workplace:
        found = workplace.teaching.rule(rule)
        evidence = workplace.teaching.evidence(found)
    if as_json:
        show_json(_as_json(found, evidence))
        return
    console().print(facts(found.id, _pairs(found)))
    rows = [
        (item.post, item.kind, item.field, item.actor, item.note, moment(item.created_at, None)) for item in evidence
    ]
    if rows:
        console().print(table("learnt from", ("post", "by", "field", "who", "note", "when"), rows))


@rules_app.command(epilog='Example: marketing rules retire rule-1f2e3d4c5b --note "the season is over"')
def retire(
    rule: RuleArgument, note: Annotated[str, typer.Option(help="Why, for those who read it later.")] = ""
) -> None:
    """End an accepted rule: copy is written and checked without it from now on."""
    with opened_home() as workplace:
        ended = workplace.teaching.retire(operator(), rule, note)
    say(f"{ended.id} is {ended.state}: “{ended.statement}” binds no new copy.")


@rules_app.command(epilog="Example: marketing rules state \"Do not write 'cheap'.\" --brand upscale_print")
def state(
    statement: Annotated[str, typer.Argument(help="The rule in one sentence, as you would tell a new colleague.")],
    brand: BrandOption = None,
    about: Annotated[AppliesTo, typer.Option(help="Words, or pictures.")] = AppliesTo.COPY,
) -> None:
    """Propose a rule in your own words; it binds once it is approved at the gate.

    Code checks rules in these forms: Do not write "x". Write "x" instead of "y". No emoji. No exclamation marks. At
    most 3 hashtags. Do not use the hashtag #x. Captions of at most 600 characters. Say "x" in every caption. Any other
    is told to the agents, and judged by readers.
    """
    with opened_home() as workplace:
        proposed = workplace.teaching.state(operator(), one_brand(workplace, brand), statement, about)
    checked = f"code checks: {statement_of(proposed.check)}" if proposed.check else "only readers can check it"
    say(f"{proposed.id} is proposed ({checked}). `marketing approvals list` shows the request.")


def one_brand(workplace: Workplace, brand: str | None) -> BrandId:
    """The brand that was named, or the only one. Raises WhichBrand, NotFound."""
    if named := known_brand(workplace, brand):
        return named
    known = sorted(workplace.brands)
    if not known:
        raise NotFound("There is no brand here.", "Put one into the folder that MARKETING_BRANDS names.")
    if len(known) > 1:
        raise WhichBrand("This belongs to one brand.", f"Name it with --brand: {', '.join(known)}.")
    return known[0]


def _pairs(rule: BrandRule) -> list[tuple[str, object]]:
    return [
        ("rule", rule.statement),
        ("brand", rule.brand),
        ("about", rule.applies_to),
        ("state", f"{rule.state}: {rule.state_reason}"),
        ("lesson", rule.lesson),
        ("checked by code", statement_of(rule.check) if rule.check else "no; only readers can check it"),
        ("proposed", f"{moment(rule.proposed_at, None)} by {rule.proposed_by}"),
        ("decided", moment(rule.decided_at, None) if rule.decided_at else None),
    ]


def _as_json(rule: BrandRule, evidence: tuple[EditExample, ...]) -> dict[str, Any]:
    return {**rule.model_dump(mode="json"), "examples": [item.model_dump(mode="json") for item in evidence]}
