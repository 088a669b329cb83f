"""What every part of brand.yaml shares: closed, frozen models, and the forms of its small values."""

from collections.abc import Sequence
from datetime import date, time
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from marketing_pipeline.domain.hidden_text import hidden_in, look_alikes_in

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
Hashtag = Annotated[str, Field(pattern=r"^#[A-Za-z0-9_]{2,50}$")]


def _no_number(value: Any) -> Any:
    if isinstance(value, int | float):
        raise ValueError(f"{value} is a bare number; write a time as 18:30 and a date as 2027-03-07")
    return value


# A bare number would be taken for seconds: 1830 for half past midnight.
Day = Annotated[date, BeforeValidator(_no_number)]
WallTime = Annotated[time, BeforeValidator(_no_number)]


class BrandPart(BaseModel):
    """A part of brand.yaml: frozen, and closed to fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _can_be_seen(cls, value: Any) -> Any:
        """What a reader of brand.yaml does not see, or takes for something else, nobody is told."""
        texts: Sequence[object] = cast("Sequence[object]", value) if isinstance(value, list | tuple) else (value,)
        for text in texts:
            if isinstance(text, str) and (misleading := (*hidden_in(text), *look_alikes_in(text))):
                raise ValueError(f"it holds what a reader does not see as it is: {', '.join(misleading)}")
        return cast("object", value)
