"""Who calls the API, and how a refusal reads for programs."""

from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.console.page import status_of
from marketing_pipeline.domain.clock import tellable
from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.domain.written import LONGEST_NOTE

MOST_ROWS = 200
_MOST_PROBLEMS = 20


class Refusal(BaseModel):
    """Why nothing was done, and what mends it."""

    error: str
    mend: str


class Misread(Refusal):
    """A request that is not as the description says, with everything that is wrong. Nothing was done."""

    problems: list[str]


class Command(BaseModel):
    """What somebody asks to be done. Unknown fields are refused: a misspelt one must not be ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _desk(request: Request) -> Desk:
    desk = desk_of(request)
    if request.method == "GET":
        desk.person.require(Permission.READ)
    return desk


Caller = Annotated[Desk, Depends(_desk)]
Id = Annotated[str, Path(min_length=1, max_length=96)]
Note = Annotated[str, Field(max_length=LONGEST_NOTE, description="Why; kept with the act")]
Moment = Annotated[AwareDatetime, AfterValidator(tellable), Field(description="With an offset")]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="At most so many rows")]
BrandQuery = Annotated[str | None, Query(max_length=96, description="Only this brand")]
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Refusal, "description": "It cannot be done as asked"},
    401: {"model": Refusal, "description": "Nobody is signed in, and there is no good token"},
    403: {"model": Refusal, "description": "This person or token may not do that"},
    404: {"model": Refusal, "description": "There is no such thing here"},
    409: {"model": Refusal, "description": "It is not as you saw it: look again"},
    422: {"model": Misread, "description": "The request is not as this description says"},
}


def brands_for(desk: Desk, brand: str | None) -> frozenset[BrandId]:
    """The brand that is asked for, or all that the caller sees. Raises NotFound."""
    if brand is None:
        return frozenset(desk.brands)
    if BrandId(brand) not in desk.brands:
        raise NotFound(f"There is no brand {brand!r} here.", "GET /api/v1/brands lists them.")
    return frozenset({BrandId(brand)})


async def refused(_: Request, error: Exception) -> JSONResponse:
    """A refusal of ours. Raises what is not one of ours."""
    if not isinstance(error, MarketingError):
        raise error
    return JSONResponse({"error": error.message, "mend": error.mend}, status_of(error))


async def refused_by_form(_: Request, error: Exception) -> JSONResponse:
    """A request that fits no address or method here, or is no JSON at all. Raises what is not that."""
    if not isinstance(error, HTTPException):
        raise error
    mend = "GET /api/v1/openapi.json describes what can be sent."
    return JSONResponse({"error": f"{error.detail}.", "mend": mend}, error.status_code, error.headers)


async def failed(_request: Request, _error: Exception) -> JSONResponse:
    """What broke that nobody has thought of: the server logs it, and tells no more than that."""
    mend = "It is logged. Look whether anything was done, then try again."
    return JSONResponse({"error": "The console failed at this.", "mend": mend}, 500)


async def misread(_: Request, error: Exception) -> JSONResponse:
    """A request that is not as described; what was sent is not repeated. Raises what is not that."""
    if not isinstance(error, RequestValidationError):
        raise error
    problems = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()]
    shown = [problem.encode("ascii", "backslashreplace").decode() for problem in problems[:_MOST_PROBLEMS]]
    mend = "GET /api/v1/openapi.json describes what can be sent."
    return JSONResponse({"error": "The request cannot be read as meant.", "mend": mend, "problems": shown}, 422)
