"""Notes that people wrote when they refused, changed or asked for something, and what several of them say alike."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from marketing_pipeline.domain.brand_rule import AppliesTo
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.proposal import ExampleKind

LONGEST_RULE = 160


class HeardNote(BaseModel):
    """One note of one example, and what it was written about."""

    model_config = ConfigDict(frozen=True)

    example: str
    post: PostId
    kind: ExampleKind
    field: str
    note: str


class NoteGroup(BaseModel):
    """Notes that ask for the same, and the one rule that they amount to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    examples: Annotated[tuple[str, ...], Field(max_length=60, description="Ids of the examples whose notes are alike")]
    statement: Annotated[
        str, Field(min_length=5, max_length=LONGEST_RULE, description="The rule in one plain sentence")
    ]
    applies_to: Annotated[AppliesTo, Field(description="copy: words; creative: pictures")]


class NoteGroups(BaseModel):
    """The note reader's answer: no group where no three notes are alike."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    groups: Annotated[tuple[NoteGroup, ...], Field(max_length=10)]
