"""`marketing effects`: the ledger, and a person's word on what could not be proved."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from marketing_pipeline.cli import completing
from marketing_pipeline.cli.ad_effects import is_ad_effect, require_parked, settle_ad_effect, show_ad_effect
from marketing_pipeline.cli.deciding import deciding
from marketing_pipeline.cli.filters import BrandOption, JsonOption, YesOption, known_brand
from marketing_pipeline.cli.moments import typed_moment
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.person import SOURCE, require_yes, whoami
from marketing_pipeline.cli.screen import console, facts, say, show_json, table
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import Effect, EffectRow, EffectState
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.health import counted
from marketing_pipeline.domain.identifiers import EffectId
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.store.ad_effect_rows import list_ad_effects
from marketing_pipeline.store.effect_rows import get_effect, list_effects
from marketing_pipeline.workplace import Workplace
from marketing_pipeline.workplace.brands import readable_brand
from marketing_pipeline.workplace.post_file import EffectStory, calls_of

LISTED = ("id", "kind", "brand", "subject", "state", "state_reason", "due_at", "attempts")

effects_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="The ledger: every act on the outside world, and what came of it.",
    epilog="Example: marketing effects list --state parked",
)

EffectArgument = Annotated[
    str, typer.Argument(help="Id of the effect.", metavar="ID", autocompletion=completing.effects)
]


class Outcome(StrEnum):
    """What a person says of an effect that could not be proved. For an ad change `done` and `not_done` read better."""

    PUBLISHED = "published"
    NOT_PUBLISHED = "not_published"
    DONE = "done"
    NOT_DONE = "not_done"
    DROP = "drop"

    @property
    def is_done(self) -> bool:
        """Whether it says that the act on the outside world took place."""
        return self in (Outcome.PUBLISHED, Outcome.DONE)


def _means(outcome: Outcome) -> str:
    if outcome is Outcome.DROP:
        return "records that the post is not live, and drops it for good"
    if outcome.is_done:
        return "records that the post is live; nothing is sent"
    return "records that the post is not live, and publishes it again now"


class NotYet(MarketingError):
    """Something was said to have happened in the future."""


@effects_app.command("list", epilog="Example: marketing effects list --state parked --state unknown")
def list_all(
    brand: BrandOption = None,
    state: Annotated[list[EffectState] | None, typer.Option(help="Only in this state; may be repeated.")] = None,
    post: Annotated[str | None, typer.Option(help="Only of this post or ad change.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 1_000,
    as_json: JsonOption = False,
) -> None:
    """List effects in the order in which they fall due."""
    with opened_home() as workplace:
        wanted = known_brand(workplace, brand)
        with workplace.database.read() as connection:
            states = tuple(state or ())
            posts = list_effects(connection, brand=wanted, states=states, subject=post, limit=limit)
            ads = list_ad_effects(connection, brand=wanted, states=states, subject=post, limit=limit)
        every: list[EffectRow] = [*posts, *ads]
        found = sorted(every, key=lambda effect: effect.due_at)[-limit:]
        if as_json:
            show_json([effect.model_dump(mode="json", include=set(LISTED)) for effect in found])
        elif found:
            _print(workplace, found)
        else:
            typer.echo("There is no such effect. Posts enter the ledger when a week is made: marketing run week")
        if len(found) == limit:
            typer.echo(f"These are the newest {limit}: raise --limit to see more.", err=True)


@effects_app.command(epilog="Example: marketing effects show upscale_print-2026-11-23-01-e1")
def show(effect: EffectArgument, as_json: JsonOption = False) -> None:
    """Show an effect: exactly what goes out, every call made for it, and what is proved so far."""
    with opened_home() as workplace:
        if is_ad_effect(workplace, effect):
            show_ad_effect(workplace, EffectId(effect), as_json=as_json)
            return
        story = _story(workplace, effect)
        if as_json:
            show_json(story.as_json())
        else:
            _show(story, readable_brand(workplace, story.effect.brand))


@effects_app.command(epilog='Example: marketing effects resolve ID --outcome published --note "seen in the app" --yes')
def resolve(
    effect: EffectArgument,
    outcome: Annotated[Outcome, typer.Option(help="What you found out: done (a post: published), or not, or drop it.")],
    note: Annotated[str, typer.Option(help="How you know.")],
    media_id: Annotated[
        str | None, typer.Option(help="Instagram's id of the post, where it is live; without it nothing is measured.")
    ] = None,
    published_at: Annotated[
        str | None, typer.Option(help="When it went live, as 2026-11-25T18:30 in the brand's zone; default: now.")
    ] = None,
    yes: YesOption = False,
) -> None:
    """Settle a parked effect by your word: look at the account first. Your word counts as proof."""
    if not outcome.is_done and (media_id or published_at):
        raise typer.BadParameter("Only a published post has them.", param_hint="--media-id and --published-at")
    with deciding() as workplace:
        if is_ad_effect(workplace, effect):
            if media_id or published_at:
                raise typer.BadParameter("Only a post has them.", param_hint="--media-id and --published-at")
            settled = settle_ad_effect(
                workplace,
                EffectId(effect),
                done=outcome.is_done,
                drop=outcome is Outcome.DROP,
                note=note,
                sure=lambda: require_yes(yes),
            )
            say(f"{settled.id} is {settled.state}: {settled.state_reason}")
            return
        story = _story(workplace, effect)
        brand = readable_brand(workplace, story.effect.brand)
        require_parked(story.effect)
        live_since = _live_since(workplace, published_at, brand)
        _show(story, brand)
        say(f"This {_means(outcome)}: {note}")
        require_yes(yes)
        after = _settle(workplace, story.effect.id, outcome, note, media_id, live_since)
    say(f"{after.id} is {after.state}: {after.state_reason}")


def _settle(
    workplace: Workplace, effect: EffectId, outcome: Outcome, note: str, media_id: str | None, at: datetime | None
) -> Effect:
    if outcome is Outcome.DROP:
        return workplace.decisions.drop(effect, actor=whoami(), note=note, source=SOURCE)
    return workplace.decisions.resolve(
        effect, done=outcome.is_done, media_id=media_id, published_at=at, actor=whoami(), note=note, source=SOURCE
    )


def _live_since(workplace: Workplace, given: str | None, brand: Brand | None) -> datetime | None:
    if given is None:
        return None
    at = typed_moment(given, UTC if brand is None else brand.zone, "--published-at")
    if at > workplace.clock.now():
        raise NotYet(f"{moment(at, brand)} has not come yet.", "Name the moment at which the post went live.")
    return at


def _story(workplace: Workplace, effect_id: str) -> EffectStory:
    with workplace.database.read() as connection:
        effect = get_effect(connection, EffectId(effect_id))
    return EffectStory(effect, calls_of(workplace, effect))


def _print(workplace: Workplace, found: list[EffectRow]) -> None:
    brands = {name: readable_brand(workplace, name) for name in {effect.brand for effect in found}}
    rows = [
        (effect.id, effect.state, moment(effect.due_at, brands[effect.brand]), effect.attempts, effect.state_reason)
        for effect in found
    ]
    console().print(table(counted(len(found), "effect"), ("id", "state", "due", "calls", "because"), rows))


def _show(story: EffectStory, brand: Brand | None) -> None:
    effect, screen = story.effect, console()
    pairs: list[tuple[str, object]] = [
        ("state", effect.state),
        ("because", effect.state_reason),
        ("held", "yes, by its post" if effect.held else None),
        ("due", moment(effect.due_at, brand)),
        ("not before", moment(effect.not_before, brand) if effect.not_before else None),
        ("approval", effect.approval),
        ("account", f"{effect.channel} {effect.payload.account_id}"),
        ("caption", effect.payload.caption),
        ("alt text", effect.payload.alt_text),
        ("pictures", " ".join(effect.payload.media)),
        ("fingerprint", effect.fingerprint),
        ("read-backs", effect.read_backs or None),
        *((f"proved: {name}", value) for name, value in effect.progress.items()),
        *((f"result: {name}", value) for name, value in (effect.result or {}).items()),
    ]
    screen.print(facts(f"{effect.id}: {effect.kind} of {effect.subject}", pairs))
    calls = [
        (call["number"], moment(call["started_at"], brand), call["outcome"], call["detail"]) for call in story.attempts
    ]
    if calls:
        screen.print(table("\nCalls", ("call", "sent", "outcome", "words"), calls))
    else:
        screen.print("\nNo call was made yet.")
