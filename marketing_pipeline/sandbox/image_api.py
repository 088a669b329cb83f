"""The image service of the sandbox: OpenAI's Images protocol, with a painter behind it."""

import base64
import io
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.identifiers import short_hash
from marketing_pipeline.sandbox import striking
from marketing_pipeline.sandbox.faults import Fault, FaultDesk, FaultName, Operation
from marketing_pipeline.sandbox.journal import Journal, Kind, request_digest
from marketing_pipeline.sandbox.painting import paint
from marketing_pipeline.sandbox.world import World

KEY = "sandbox-images"
REFUSED_TERMS = ("gore", "blood", "nude", "naked", "weapon", "swastika", "suicide", "celebrity")
"""Assumed: the real service judges prompts with a model; the sandbox refuses these words."""
_MOST_PROMPT = 32_000


class ImageRequest(BaseModel):
    """`POST /images/generations`, as documented; a field that the service does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Annotated[str, Field(min_length=1, max_length=100)]
    prompt: Annotated[str, Field(min_length=1, max_length=_MOST_PROMPT)]
    size: Literal["1024x1024", "1024x1536", "1536x1024", "auto"] = "auto"
    n: Annotated[int, Field(ge=1, le=10)] = 1
    quality: Literal["low", "medium", "high", "auto"] = "auto"
    output_format: Literal["png", "jpeg", "webp"] = "png"
    output_compression: Annotated[int, Field(ge=0, le=100)] = 100
    background: Literal["opaque", "transparent", "auto"] = "auto"
    moderation: Literal["low", "auto"] = "auto"
    user: str = ""

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height; auto is square."""
        if self.size == "auto":
            return 1024, 1024
        width, height = self.size.split("x")
        return int(width), int(height)


class ImageApi:
    """Answers image requests after `latency` real seconds. Pictures follow from the prompt and the seed alone."""

    def __init__(self, world: World, journal: Journal, desk: FaultDesk, seed: int, latency: float = 0.0) -> None:
        self._world = world
        self._journal = journal
        self._desk = desk
        self._seed = seed
        self._latency = latency

    def routes(self) -> list[BaseRoute]:
        """To be mounted under /images/v1."""
        return [Route("/images/generations", self._endpoint, methods=["POST"])]

    async def _endpoint(self, request: Request) -> Response:
        body = await request.body()
        if self._latency:
            await SystemClock().pause(self._latency)
        return await run_in_threadpool(self._answer, request.headers.get("authorization", ""), body)

    def _answer(self, authorization: str, body: bytes) -> Response:
        if authorization != f"Bearer {KEY}":
            return _error(401, "Incorrect API key provided.", "invalid_request_error", "invalid_api_key")
        fault = self._desk.take_for_call(Operation.GENERATE_IMAGE, "")
        return striking.answer(fault, lambda: self._generate(body), _fault_error)

    def _generate(self, body: bytes) -> Response:
        try:
            asked = ImageRequest.model_validate_json(body)
        except ValidationError as wrong:
            return _invalid(wrong)
        if any(term in asked.prompt.casefold() for term in REFUSED_TERMS):
            return _moderated()
        pictures = [self._picture(asked, number) for number in range(asked.n)]
        digest = request_digest("POST", "/images/generations", {"body": asked.model_dump_json()})
        self._journal.write(Kind.IMAGE_GENERATED, "", asked.model, digest, {"size": asked.size, "n": asked.n})
        tokens = {"input_tokens": len(asked.prompt) // 4 + 1, "output_tokens": 1056 * asked.n}
        answer: dict[str, JsonValue] = {
            "created": int(self._world.now().timestamp()),
            "background": "opaque",
            "output_format": asked.output_format,
            "quality": "medium" if asked.quality == "auto" else asked.quality,
            "size": f"{asked.pixels[0]}x{asked.pixels[1]}",
            "data": [{"b64_json": picture} for picture in pictures],
            "usage": {**tokens, "total_tokens": sum(tokens.values())},
        }
        return JSONResponse(answer, headers={"x-request-id": f"req_{digest[:24]}"})

    def _picture(self, asked: ImageRequest, number: int) -> str:
        seed = int(short_hash(str(self._seed), asked.prompt, str(number), length=8), 16)
        out = io.BytesIO()
        options = (
            {"compress_level": 1} if asked.output_format == "png" else {"quality": max(asked.output_compression, 1)}
        )
        paint(asked.prompt, *asked.pixels, seed).save(out, asked.output_format.upper(), **options)
        return base64.b64encode(out.getvalue()).decode()


def _error(
    status: int,
    message: str,
    kind: str,
    code: str | None,
    parameter: str | None = None,
    retry_after: float | None = None,
) -> Response:
    headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
    error = {"message": message, "type": kind, "param": parameter, "code": code}
    return JSONResponse({"error": error}, status, headers)


def _invalid(wrong: ValidationError) -> Response:
    first = wrong.errors()[0]
    parameter = ".".join(str(part) for part in first["loc"]) or None
    code = {
        "extra_forbidden": "unknown_parameter",
        "missing": "missing_required_parameter",
        "json_invalid": None,
    }.get(first["type"], "invalid_value")
    message = f"Invalid value for '{parameter}': {first['msg']}" if parameter else "We could not parse the JSON body."
    return _error(400, message, "invalid_request_error", code, parameter)


def _moderated() -> Response:
    message = "Your request was rejected by the safety system."
    return _error(400, message, "image_generation_user_error", "moderation_blocked")


def _fault_error(fault: Fault) -> Response:
    match fault.name:
        case FaultName.IMAGE_MODERATED:
            return _moderated()
        case FaultName.IMAGE_RATE_LIMITED:
            return _error(
                429, "Rate limit reached for images.", "rate_limit_error", "rate_limit_exceeded", None, fault.seconds
            )
        case _:
            return _error(fault.http_status or 500, "The server had an error.", "server_error", str(fault.code))
