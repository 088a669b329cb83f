"""A week's plan: code decides slot, pillar, format and hook; the strategist finds the words."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.experiment_arm import TrialArm
from marketing_pipeline.domain.identifiers import BrandId, PlanId, PostId


class Hook(StrEnum):
    """How the first line of a caption earns the second."""

    QUESTION = "question"
    LIST = "list"
    HOW_TO = "how_to"
    STORY = "story"
    CLAIM = "claim"


class Assignment(BaseModel):
    """One slot of a week with the factors that code chose for it, and why."""

    model_config = ConfigDict(frozen=True)

    position: Annotated[int, Field(ge=1, le=21)]
    slot: str
    scheduled_at: AwareDatetime
    pillar: str
    format: PostFormat
    hook: Hook
    reason: str
    arms: Annotated[
        tuple[TrialArm, ...],
        Field(exclude=True, description="Its part in experiments, drawn by chance; kept apart from the post"),
    ] = ()


class PostIdea(BaseModel):
    """What the strategist writes for one assignment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    position: Annotated[int, Field(ge=1, le=21)]
    topic: Annotated[str, Field(min_length=4, max_length=120)]
    angle: Annotated[str, Field(min_length=8, max_length=240, description="The particular way into the topic")]
    key_message: Annotated[str, Field(min_length=8, max_length=240)]
    audience: Annotated[str, Field(description="Id of the audience addressed")]
    product: Annotated[str | None, Field(description="Id of the product shown, or null")]
    occasion: Annotated[str | None, Field(description="Id of the occasion used, or null")]
    call_to_action: Annotated[str, Field(min_length=3, max_length=120)]


class WeeklyPlanDraft(BaseModel):
    """The strategist's answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    theme: Annotated[str, Field(min_length=4, max_length=120)]
    rationale: Annotated[
        str, Field(min_length=20, max_length=1200, description="What was learnt and how it shows here")
    ]
    posts: Annotated[tuple[PostIdea, ...], Field(min_length=1, max_length=21)]


class PlannedPost(BaseModel):
    """An assignment with its idea: one post to be made."""

    model_config = ConfigDict(frozen=True)

    id: PostId
    assignment: Assignment
    idea: PostIdea


class WeeklyPlan(BaseModel):
    """The plan of record of one brand and week."""

    model_config = ConfigDict(frozen=True)

    id: PlanId
    brand: BrandId
    week: str
    version: int
    strategy_version: str
    theme: str
    rationale: str
    posts: tuple[PlannedPost, ...]
    created_at: datetime
