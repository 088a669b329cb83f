"""A labelled example: what a person changed, refused or asked for, and why."""

from pydantic import AwareDatetime, BaseModel, ConfigDict

from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.domain.proposal import ExampleKind


class EditExample(BaseModel):
    """One row of `edit_examples`; the columns' comments say what each holds."""

    model_config = ConfigDict(frozen=True)

    id: str
    brand: BrandId
    post: PostId
    kind: ExampleKind
    field: str
    before: str
    after: str
    note: str
    lessons: tuple[str, ...]
    actor: str
    created_at: AwareDatetime

    def repeats(self, other: "EditExample") -> bool:
        """Whether both tell of the same act: a form sent twice teaches once."""
        told = {"post", "kind", "field", "before", "after", "note", "actor"}
        return self.model_dump(include=told) == other.model_dump(include=told)
