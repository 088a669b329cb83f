"""The API as an application of its own, mounted at /api/v1; its description is at /api/v1/openapi.json."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from marketing_pipeline import __version__
from marketing_pipeline.console.api import ads, approvals, experiments, installation, ledger, posts, proposals
from marketing_pipeline.console.api.caller import REFUSALS, failed, misread, refused, refused_by_form
from marketing_pipeline.console.office import Office
from marketing_pipeline.console.rounds import Rounds
from marketing_pipeline.domain.errors import MarketingError

PREFIX = "/api/v1"
_DESCRIPTION = """Everything that the console shows and does, for programs.

Send `Authorization: Bearer TOKEN` with a token from `marketing api-tokens make`: it acts for its user, within its
scopes. The API has no power of its own: whatever is done here passes the same gate as everywhere else.
"""


def api_app(office: Office, rounds: Rounds) -> FastAPI:
    """The API of an open office. The guards in front of it have recognised whoever calls."""
    api = FastAPI(
        title="Marketing pipeline",
        version=__version__,
        description=_DESCRIPTION,
        servers=[{"url": PREFIX}],
        docs_url=None,
        redoc_url=None,
        responses=REFUSALS,
        exception_handlers={
            MarketingError: refused,
            RequestValidationError: misread,
            HTTPException: refused_by_form,
            Exception: failed,
        },
        root_path_in_servers=False,
    )
    api.state.office, api.state.rounds = office, rounds
    for part in (posts, approvals, proposals, experiments, ads, ledger, installation):
        api.include_router(part.router)
    return api
