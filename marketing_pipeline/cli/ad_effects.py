"""Effects that change ads, as `marketing effects` shows and settles them."""

from marketing_pipeline.cli.filters import readable_brand
from marketing_pipeline.cli.person import whoami
from marketing_pipeline.cli.screen import console, facts, moment, show_json, table
from marketing_pipeline.domain.effect import AdEffect
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import EffectId
from marketing_pipeline.store.ad_effect_rows import get_ad_effect
from marketing_pipeline.store.effect_rows import attempts_of
from marketing_pipeline.workplace import Workplace


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
        (effect.payload.field, f"{effect.payload.before} -> {effect.payload.after} {effect.payload.currency}"),
        ("fingerprint", effect.fingerprint),
        *((f"proved: {name}", value) for name, value in effect.progress.items()),
    ]
    console().print(facts(f"{effect.id}: {effect.kind} of {effect.subject}", pairs))
    rows = [(number, moment(at, brand), outcome, detail) for number, outcome, detail, at in calls]
    console().print(table("\nCalls", ("call", "sent", "outcome", "words"), rows))


def settle_ad_effect(workplace: Workplace, effect: EffectId, *, done: bool, drop: bool, note: str) -> AdEffect:
    """Settle a parked effect by the word of the person at the keyboard. Raises RefusedTransition."""
    decisions = workplace.plane.ad_decisions
    if drop:
        return decisions.drop(effect, actor=whoami(), note=note)
    return decisions.resolve(effect, done=done, actor=whoami(), note=note)
