"""A revision of a creative brief: why it is asked for, and whether the new brief touches what can mend it."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.domain.caption import Violation
from marketing_pipeline.domain.creative import CreativeBrief

_WORDS = {"headline", "kicker", "supporting_line", "price_label", "price_note", "call_to_action", "slides"}
_GROUND = {"template", "artwork", "artwork_seed", "palette", "picture_prompt"}
_ON_GROUND = {"text_tone", "scrim", "type_scale"}
_SHOWN = frozenset(_WORDS | _GROUND | _ON_GROUND)
# What can mend a defect, by the check or criterion that named it. Any other name: anything that is shown.
_MENDING: dict[str, frozenset[str]] = {
    "contrast": frozenset(_GROUND | _ON_GROUND),
    "legibility": _SHOWN,
    "palette": frozenset(_GROUND | _ON_GROUND),
    "safe_area": frozenset(_WORDS | {"type_scale", "template"}),
    "glyphs": frozenset(_WORDS),
    "near_duplicate": frozenset(_WORDS | _GROUND),
    "message_match": frozenset(_WORDS | _GROUND),
}


class Revision(BaseModel):
    """What was wrong with the last attempt. Each reason begins with the name of a check or criterion and a colon."""

    model_config = ConfigDict(frozen=True)

    attempt: Annotated[int, Field(ge=2, description="Number of the attempt now asked for")]
    brief: CreativeBrief
    reasons: Annotated[tuple[str, ...], Field(min_length=1)]


def unmended(revision: Revision, brief: CreativeBrief) -> Iterable[Violation]:
    """Reasons that the new brief cannot have mended, since it changes nothing that bears on them."""
    changed = {name for name in _SHOWN if getattr(brief, name) != getattr(revision.brief, name)}
    for reason in revision.reasons:
        mending = _MENDING.get(reason.partition(":")[0].strip(), _SHOWN)
        if not changed & mending:
            choices = ", ".join(sorted(mending))
            yield Violation(rule="revision", where="brief", problem=f"{reason} To mend it, change one of: {choices}")
