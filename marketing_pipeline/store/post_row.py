"""A post as it is stored: what was planned, what was chosen, and where it stands."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.identifiers import BrandId, CreativeId, PlanId, PostId, VariationId
from marketing_pipeline.domain.plan import Assignment, Hook, PlannedPost, PostIdea
from marketing_pipeline.domain.post import PostState


class Post(BaseModel):
    """One row of `posts`; the columns' comments say what each holds."""

    model_config = ConfigDict(frozen=True)

    id: PostId
    brand: BrandId
    week: str
    plan: PlanId
    position: int
    state: PostState
    state_reason: str
    held: bool
    held_reason: str | None
    slot: str
    scheduled_at: AwareDatetime
    pillar: str
    format: PostFormat
    hook: Hook
    assignment_reason: str
    topic: str
    angle: str
    key_message: str
    audience: str
    product: str | None
    occasion: str | None
    call_to_action: str
    note: str | None
    chosen_variation: VariationId | None
    chosen_creative: CreativeId | None
    design_note: str | None
    published_at: AwareDatetime | None
    media_id: str | None
    permalink: str | None
    revision: Annotated[int, Field(description="Name it in an edit: a stale one is refused")]
    created_at: AwareDatetime
    updated_at: AwareDatetime

    @property
    def planned(self) -> PlannedPost:
        """Its assignment and idea, as the plan has them."""
        return PlannedPost(
            id=self.id,
            assignment=Assignment(
                position=self.position,
                slot=self.slot,
                scheduled_at=self.scheduled_at,
                pillar=self.pillar,
                format=self.format,
                hook=self.hook,
                reason=self.assignment_reason,
            ),
            idea=PostIdea.model_validate({name: getattr(self, name) for name in PostIdea.model_fields}),
        )


def post_of(row: RowMapping) -> Post:
    """A row of `posts` as a model."""
    return Post.model_validate(row)
