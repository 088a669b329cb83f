"""What the doctor found: one line, with the way to mend it."""

from collections.abc import Callable

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.errors import MarketingError


class Finding(BaseModel):
    """One thing looked at. `mend` is empty where nothing is to be done."""

    model_config = ConfigDict(frozen=True)

    name: str
    ok: bool
    detail: str
    mend: str = ""


def well(name: str, detail: str) -> Finding:
    """Nothing is wrong with it."""
    return Finding(name=name, ok=True, detail=detail)


def ill(name: str, detail: str, mend: str) -> Finding:
    """Something is wrong with it."""
    return Finding(name=name, ok=False, detail=detail, mend=mend.strip())


def looked_at(name: str, look: Callable[[], str]) -> Finding:
    """Look at one thing: `look` tells what it saw, or raises MarketingError with the way to mend it."""
    try:
        return well(name, look())
    except MarketingError as error:
        return ill(name, error.message, error.mend)
