"""Serves the media folder as a public host would: content-addressed JPEG files, nothing else."""

import re
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from marketing_pipeline.sandbox import striking
from marketing_pipeline.sandbox.faults import FaultDesk, Operation

_NAME = re.compile(r"[0-9a-f]{64}\.jpg")


class MediaHost:
    """One folder of `<sha256>.jpg` files, looked up anew for each request. Any other name is 404."""

    def __init__(self, folder: Path, desk: FaultDesk) -> None:
        self._folder = folder
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """To be mounted under /media."""
        return [Route("/{name}", self._endpoint, methods=["GET", "HEAD"])]

    async def _endpoint(self, request: Request) -> Response:
        return await run_in_threadpool(self._answer, request.path_params["name"])

    def _answer(self, name: str) -> Response:
        fault = self._desk.take_for_call(Operation.SERVE_MEDIA, "")
        return striking.answer(
            fault, lambda: self._file(name), lambda given: PlainTextResponse("refused", given.http_status or 400)
        )

    def _file(self, name: str) -> Response:
        path = self._folder / name
        if not _NAME.fullmatch(name) or not path.is_file():
            return PlainTextResponse("not found", 404)
        return Response(path.read_bytes(), media_type="image/jpeg")
