"""What the ads analyst answers: which of the given candidates to propose, in which order, and why in plain words."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class AdChoice(BaseModel):
    """One candidate to propose. It is named, never described: its figures and values are code's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    candidate: Annotated[str, Field(description="Id of a candidate, exactly as given")]
    reason: Annotated[str, Field(min_length=10, max_length=800, description="Why, for the account's owner")]


class AdAdvice(BaseModel):
    """The analyst's advice, the most important choice first. Candidates that are not named are not proposed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account_summary: Annotated[str, Field(min_length=20, max_length=1200, description="The account in plain words")]
    choices: Annotated[tuple[AdChoice, ...], Field(max_length=20)]
