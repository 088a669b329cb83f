"""What a maintenance pass removed, or would remove."""

from pydantic import BaseModel, ConfigDict


class Pruned(BaseModel):
    """One kind of thing: how many, and how many bytes of files they took. Rows give room inside their database."""

    model_config = ConfigDict(frozen=True)

    what: str
    count: int
    byte_count: int = 0
    note: str = ""
