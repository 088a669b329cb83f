"""Effects that change ads, as `marketing effects` shows and settles them."""

from collections.abc import Callable

from marketing_pipeline.cli.person import SOURCE, whoami
from marketing_pipeline.cli.screen import console, facts, say, show_json, table
from marketing_pipeline.domain.ad_value import readable, step
from marketing_pipeline.domain.effect import AdEffect, EffectRow, EffectState
from marketing_pipeline.domain.errors import MarketingError, NotFound, RefusedTransition
from marketing_pipeline.domain.identifiers import EffectId
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.store.ad_effect_rows import get_ad_effect
from marketing_pipeline.store.effect_rows import attempts_of
from marketing_pipeline.workplace import Workplace
from marketing_pipeline.workplace.brands import readable_brand


def is_ad_effect(workplace: Workplace, effect: str) -> bool:
    """Whether the id names an effect that changes ads."""
    try:
        with workplace.database.read() as connection:
            get_ad_effect(connection, EffectId(effect))
    except NotFound:
        return False
    return True


def show_ad_effect(workplace: Workplace, effect_id: EffectId, *, as_json: bool) -> None:
    """Print what it changes, every call made for it, and what is proved."""
    with workplace.database.read() as connection:
        effect, calls = get_ad_effect(connection, effect_id), attempts_of(connection, effect_id)
    if as_json:
        attempts = [
            {"number": number, "outcome": outcome, "detail": detail, "started_at": at}
            for number, outcome, detail, at in calls
        ]
        show_json({**effect.model_dump(mode="json"), "attempts": attempts})
        return
    brand = readable_brand(workplace, effect.brand)
    pairs: list[tuple[str, object]] = [
        ("state", effect.state),
        ("because", effect.state_reason),
        ("not before", moment(effect.not_before, brand) if effect.not_before else None),
        ("approval", effect.approval),
        ("resource", effect.payload.resource),
        ("change", step(effect.payload)),
        ("fingerprint", effect.fingerprint),
        *((f"proved: {name}", value) for name, value in effect.progress.items()),
    ]
    console().print(facts(f"{effect.id}: {effect.kind} of {effect.subject}", pairs))
    rows = [(number, moment(at, brand), outcome, detail) for number, outcome, detail, at in calls]
    console().print(table("\nCalls", ("call", "sent", "outcome", "words"), rows))


def settle_ad_effect(
    workplace: Workplace, effect_id: EffectId, *, done: bool, drop: bool, note: str, sure: Callable[[], None]
) -> AdEffect:
    """Settle a parked effect by the word of the person at the keyboard, who sees the live account first.

    `sure` asks them, and raises when they are not. Raises RefusedTransition, NotFound.
    """
    with workplace.database.read() as connection:
        effect = get_ad_effect(connection, effect_id)
    require_parked(effect)
    show_ad_effect(workplace, effect_id, as_json=False)
    console().print(facts("\nThe account", _account(workplace, effect)))
    say(f"This {_means(effect, done=done, drop=drop)}: {note}")
    sure()
    decisions = workplace.plane.ad_decisions
    if drop:
        return decisions.drop(effect_id, actor=whoami(), note=note, source=SOURCE)
    return decisions.resolve(effect_id, done=done, actor=whoami(), note=note, source=SOURCE)


def require_parked(effect: EffectRow) -> None:
    """Raise RefusedTransition for an effect that no person's word can settle."""
    if effect.state is not EffectState.PARKED:
        raise RefusedTransition(
            f"Effect {effect.id} is {effect.state}.", "Only what is parked can be resolved by a person's word."
        )


def _means(effect: AdEffect, *, done: bool, drop: bool) -> str:
    before, after = (readable(effect.payload, value) for value in (effect.payload.before, effect.payload.after))
    if drop:
        return f"records that the account never got {after}, and drops the change for good"
    if done:
        return f"records that {after} was set and that the change is applied, to be judged later; nothing is sent"
    return f"records that the account still has {before}, and sets {after} again under the same approval"


def _account(workplace: Workplace, effect: AdEffect) -> list[tuple[str, object]]:
    """What stands there now, and how to look for oneself."""
    from marketing_pipeline.channels.google_ads.looking import query_for

    payload = effect.payload
    try:
        live = workplace.ads.review(effect.subject).live
    except MarketingError as unread:
        live = f"cannot be read now: {unread}"
    return [
        ("live value", live),
        ("asked for", f"{readable(payload, payload.before)} → {readable(payload, payload.after)}"),
        ("look yourself", f"Google Ads account {payload.customer_id}, Change history; or this query:"),
        ("query (GAQL)", query_for(payload)),
    ]
