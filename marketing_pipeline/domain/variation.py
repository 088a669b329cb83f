"""Copy variations of one post: at least three, one chosen with a reason."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from marketing_pipeline.domain.plan import Hook

LEAST_VARIATIONS = 3


class CopyVariation(BaseModel):
    """One complete wording. The caption begins with the hook line; hashtags stand apart from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hook: Hook
    hook_line: Annotated[str, Field(min_length=5, max_length=125)]
    caption: Annotated[str, Field(min_length=40, max_length=2200)]
    hashtags: Annotated[tuple[str, ...], Field(max_length=30)]
    alt_text: Annotated[
        str,
        Field(min_length=15, max_length=1000, description="What the picture shows, for those who cannot see it"),
    ]
    difference: Annotated[
        str, Field(min_length=10, max_length=300, description="How and why it differs from the others")
    ]

    def published_text(self) -> str:
        """The caption as Instagram receives it, hashtags last."""
        return f"{self.caption}\n\n{' '.join(self.hashtags)}" if self.hashtags else self.caption


class VariationSet(BaseModel):
    """The copywriter's answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    variations: Annotated[tuple[CopyVariation, ...], Field(min_length=LEAST_VARIATIONS, max_length=6)]
    chosen: Annotated[int, Field(ge=1, le=6, description="Number of the chosen variation, from 1")]
    choice_reason: Annotated[str, Field(min_length=10, max_length=400)]

    @model_validator(mode="after")
    def _chosen_exists(self) -> Self:
        if self.chosen > len(self.variations):
            raise ValueError(f"variation {self.chosen} is chosen, but only {len(self.variations)} are given")
        captions = {variation.caption.strip().casefold() for variation in self.variations}
        if len(captions) < len(self.variations):
            raise ValueError("two variations have the same caption; each must differ")
        return self
