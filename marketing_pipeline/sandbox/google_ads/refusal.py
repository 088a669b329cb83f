"""Errors in the shape in which Google Ads gives them: a code, a message, and where in the request it went wrong.

The codes are documented. Which gRPC status carries which code is not: the statuses here are assumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from grpc import StatusCode

from marketing_pipeline.sandbox.google_ads.api import BASE, Proto, message_type

FAILURE_KEY = f"{BASE}.errors.googleadsfailure-bin"
_STATUS_OF_FIELD = {
    "authentication_error": StatusCode.UNAUTHENTICATED,
    "authorization_error": StatusCode.PERMISSION_DENIED,
    "quota_error": StatusCode.RESOURCE_EXHAUSTED,
}
_STATUS_OF_CODE = {
    "internal_error.INTERNAL_ERROR": StatusCode.INTERNAL,
    "internal_error.TRANSIENT_ERROR": StatusCode.UNAVAILABLE,
    "database_error.CONCURRENT_MODIFICATION": StatusCode.ABORTED,
}
Step = tuple[str, int | None]
"""A field name, and the position in it where it is a list."""


@dataclass(frozen=True)
class AdsError:
    """One error. `code` is `field.VALUE`; `details` is the JSON shape of ErrorDetails."""

    code: str
    message: str
    path: tuple[Step, ...] = ()
    details: tuple[tuple[str, Any], ...] = ()

    def under(self, *steps: Step) -> "AdsError":
        """The same error, further inside the request."""
        return replace(self, path=(*steps, *self.path))


class Refusal(Exception):
    """The call, or one operation, is refused."""

    def __init__(self, code: str, message: str, path: str = "", details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        steps: tuple[Step, ...] = tuple((part, None) for part in path.split(".") if part)
        self.errors: tuple[AdsError, ...] = (AdsError(code, message, steps, tuple((details or {}).items())),)

    @classmethod
    def of(cls, errors: Sequence[AdsError]) -> "Refusal":
        """A refusal for several reasons at once."""
        refusal = cls(errors[0].code, errors[0].message)
        refusal.errors = tuple(errors)
        return refusal

    @property
    def status(self) -> StatusCode:
        """The gRPC status, by the first error."""
        code = self.errors[0].code
        by_field = _STATUS_OF_FIELD.get(code.partition(".")[0], StatusCode.INVALID_ARGUMENT)
        return _STATUS_OF_CODE.get(code, by_field)


def policy_finding(message: str, topic: str, path: str = "") -> Refusal:
    """The refusal of an ad or a keyword that a policy forbids."""
    return Refusal("policy_finding_error.POLICY_FINDING", message, path, {"policy_topics": [topic]})


def failure(errors: Sequence[AdsError], request_id: str) -> Proto:
    """The GoogleAdsFailure message, as it stands in trailers and in partial failures."""
    kind = message_type("errors.types.errors", "GoogleAdsFailure")
    message = kind(request_id=request_id)
    for error in errors:
        _fill(message.errors.add(), error)
    return message


def partial_failure(errors: Sequence[AdsError], request_id: str) -> dict[str, Any]:
    """The google.rpc.Status fields of a request of which only some operations were refused."""
    return {
        "code": StatusCode.INVALID_ARGUMENT.value[0],
        "message": "Multiple errors in 'details'. First error: " + errors[0].message,
        "details": [
            {
                "type_url": f"type.googleapis.com/{BASE}.errors.GoogleAdsFailure",
                "value": failure(errors, request_id).SerializeToString(),
            }
        ],
    }


def _fill(message: Proto, error: AdsError) -> None:
    field, _, value = error.code.partition(".")
    enum = message.error_code.DESCRIPTOR.fields_by_name[field].enum_type
    setattr(message.error_code, field, enum.values_by_name[value].number)
    message.message = error.message
    for name, position in error.path:
        element = message.location.field_path_elements.add(field_name=name)
        if position is not None:
            element.index = position
    _fill_details(message.details, dict(error.details))


def _fill_details(message: Proto, details: dict[str, Any]) -> None:
    quota = details.get("quota")
    if quota is not None:
        rate = message.quota_error_details
        scope = rate.DESCRIPTOR.fields_by_name["rate_scope"].enum_type.values_by_name["DEVELOPER"]
        rate.rate_scope, rate.rate_name = scope.number, quota["rate_name"]
        rate.retry_delay.seconds = int(quota["retry_seconds"])
    for topic in details.get("policy_topics", ()):
        entry = message.policy_finding_details.policy_topic_entries.add(topic=topic)
        entry.type_ = entry.DESCRIPTOR.fields_by_name["type_"].enum_type.values_by_name["PROHIBITED"].number
