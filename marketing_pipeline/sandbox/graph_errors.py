"""Errors of the Graph API in its own shape. Numbers are documented by Meta unless a line says otherwise."""

from dataclasses import dataclass, replace

from pydantic import JsonValue

from marketing_pipeline.domain.identifiers import short_hash


@dataclass(frozen=True)
class Refusal:
    """One entry of the error table."""

    code: int
    subcode: int | None
    message: str
    http_status: int = 400
    transient: bool = False
    regain_minutes: int = 0

    def saying(self, message: str) -> "Refusal":
        """The same numbers with a message of the occasion."""
        return replace(self, message=message)

    def body(self, trace: str) -> dict[str, JsonValue]:
        """The JSON body that Graph answers with. `trace` makes the trace id repeatable."""
        error: dict[str, JsonValue] = {
            "message": self.message,
            "type": "OAuthException",
            "code": self.code,
            "is_transient": self.transient,
            "fbtrace_id": f"A{short_hash('trace', trace, length=22)}",
        }
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
            error["error_user_title"] = self.message.split(".")[0]
            error["error_user_msg"] = self.message
        return {"error": error}


class GraphError(Exception):
    """A call that the Graph API refuses."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


TOKEN_INVALID = Refusal(190, None, "Invalid OAuth access token - Cannot parse access token", 401)
TOKEN_EXPIRED = Refusal(190, 463, "Error validating access token: Session has expired", 401)
TOKEN_MISSING = Refusal(104, None, "An access token is required to request this resource.")
UNKNOWN_PATH = Refusal(2500, None, "Unknown path components")
BAD_PARAMETER = Refusal(100, None, "Invalid parameter")
NOT_VISIBLE = Refusal(
    100,
    33,
    "Unsupported request. Object does not exist, cannot be loaded due to missing permissions, or does not"
    " support this operation",
)
DOWNLOAD_TIMED_OUT = Refusal(-2, 2207003, "It takes too long to download the media.", transient=True)
FETCH_FAILED = Refusal(9004, 2207052, "Only photo or video can be accepted as media type. The fetch failed.")
IMAGE_TOO_LARGE = Refusal(36000, 2207004, "The image is too large to download. It should be less than 8 MiB.")
IMAGE_FORMAT = Refusal(36001, 2207005, "The image format is not supported. It should be JPEG.")
IMAGE_RATIO = Refusal(36003, 2207009, "The submitted image has an aspect ratio outside 4:5 to 1.91:1.")
CAPTION_TOO_LONG = Refusal(36004, 2207010, "The caption is too long: 2,200 characters and 30 hashtags are allowed.")
TOO_MANY_TAGS = Refusal(100, 2207040, "Cannot use more than 20 @ tags in a post.")
UNKNOWN_MEDIA_TYPE = Refusal(100, 2207023, "The media type is unknown.")
CAROUSEL_SIZE = Refusal(100, 2207028, "A carousel needs 2 to 10 photos or videos.")
MEDIA_NOT_FOUND = Refusal(24, 2207006, "The media with that id does not exist or is not yours.")
CONTAINER_EXPIRED = Refusal(24, 2207008, "The media builder with that id was not found or has expired.", transient=True)
# Assumed: whether and how Graph refuses a second publish of one container is not documented.
ALREADY_PUBLISHED = CONTAINER_EXPIRED.saying("The media builder with that id has been published already.")
MEDIA_NOT_READY = Refusal(9007, 2207027, "The media is not ready for publishing. Please wait a moment.")
QUOTA_SPENT = Refusal(9, 2207042, "You reached the maximum number of posts that the API may publish in 24 hours.")
# Assumed: the limit of 400 containers is documented, the numbers of its refusal are not.
CONTAINERS_SPENT = QUOTA_SPENT.saying("You reached the maximum of 400 containers in 24 hours.")


def bad_parameter(message: str) -> GraphError:
    """Code 100 with a message of the occasion."""
    return GraphError(BAD_PARAMETER.saying(f"(#100) {message}"))
