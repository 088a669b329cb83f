"""What each error of Google Ads means for the call that met it: one table, by error code first, then by gRPC status.

The codes are Google's, as the package v26 lists them; the verdicts are ours. Which status carries which code is not
documented, so a status counts only where no code is given or the code is in no row.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from marketing_pipeline.channels.google_ads.message import plain
from marketing_pipeline.domain.ad_platform import AdFailureClass, AdPlatformFailure
from marketing_pipeline.domain.errors import MarketingError

VERSION = "v26"
_DETAIL = f"google.ads.googleads.{VERSION}.errors.googleadsfailure-bin"
_MOST_WORDS = 300


class AdsFailure(AdPlatformFailure):
    """A call that Google Ads did not do, or may not have done. `codes` are Google's: `quota_error.RESOURCE_EXHAUSTED`.

    Its class is the verdict; `regain` stands where Google, or the kind of quota, says when to come back. Its text holds
    no credential.
    """

    def __init__(
        self,
        verdict: AdFailureClass,
        message: str,
        mend: str,
        *,
        codes: Iterable[str] = (),
        request_id: str = "",
        regain: datetime | None = None,
    ) -> None:
        self.codes = tuple(codes)
        self.request_id = request_id
        super().__init__(verdict, message, mend, code=", ".join(self.codes), regain=regain)

    @property
    def stops_account(self) -> bool:
        """Whether no other call for this account will pass until a person acts or the quota is renewed."""
        return self.failure in (AdFailureClass.HUMAN, AdFailureClass.DEFER)


class AdsNotInstalled(MarketingError):
    """The package google-ads is absent: it comes with the extra `ads`."""


_V = AdFailureClass
_Row = tuple[AdFailureClass, str]
_WAIT = "Nothing needs to be done: it is tried again later."
_ACCESS = "A person with access to the manager account must look at the credentials and at who may reach the account."
_FIX = "The request itself is wrong: correct it, or propose another change."
_LOOK = "Read what stands in the account before doing anything else."
_CODES: dict[str, _Row] = {
    "quota_error.RESOURCE_TEMPORARILY_EXHAUSTED": (_V.RETRY, _WAIT),
    "quota_error.EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION": (_V.RETRY, _WAIT),
    "database_error.CONCURRENT_MODIFICATION": (_V.RETRY, _WAIT),
    "internal_error.INTERNAL_ERROR": (_V.UNKNOWN_OUTCOME, _LOOK),
    "internal_error.TRANSIENT_ERROR": (_V.UNKNOWN_OUTCOME, _LOOK),
    "internal_error.DEADLINE_EXCEEDED": (_V.UNKNOWN_OUTCOME, _LOOK),
}
"""Whole codes, which count before their kind."""
_KINDS: dict[str, _Row] = {
    "quota_error": (_V.DEFER, "The developer token has no operations left today: wait for tomorrow."),
    "authentication_error": (_V.HUMAN, _ACCESS),
    "authorization_error": (_V.HUMAN, _ACCESS),
    "internal_error": (_V.UNKNOWN_OUTCOME, _LOOK),
}
"""Kinds of code."""
_STATUSES: dict[str, _Row] = {
    "INVALID_ARGUMENT": (_V.REFUSED, _FIX),
    "NOT_FOUND": (_V.REFUSED, _FIX),
    "ALREADY_EXISTS": (_V.REFUSED, _FIX),
    "FAILED_PRECONDITION": (_V.REFUSED, _FIX),
    "OUT_OF_RANGE": (_V.REFUSED, _FIX),
    "UNIMPLEMENTED": (_V.REFUSED, _FIX),
    "PERMISSION_DENIED": (_V.HUMAN, _ACCESS),
    "UNAUTHENTICATED": (_V.HUMAN, _ACCESS),
}
"""gRPC statuses. All others, RESOURCE_EXHAUSTED without a detail among them, leave the outcome unknown."""
_UNKNOWN = (_V.UNKNOWN_OUTCOME, _LOOK)
_DAY = timedelta(days=1)


def call_errors() -> tuple[type[Exception], ...]:
    """Everything that a call through the genuine client may raise."""
    import grpc
    from google.ads.googleads.errors import GoogleAdsException
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.exceptions import GoogleAuthError

    return (GoogleAdsException, GoogleAPICallError, grpc.RpcError, GoogleAuthError)


def failure_of(error: Exception, now: datetime) -> AdsFailure:
    """Any of `call_errors()` as one failure with a verdict; `now` is when it happened."""
    from google.ads.googleads.errors import GoogleAdsException
    from google.auth.exceptions import GoogleAuthError, TransportError

    if isinstance(error, TransportError):
        # Without an access token the call itself was never sent.
        return AdsFailure(_V.RETRY, f"Google's access tokens could not be reached: {_short(str(error))}.", _WAIT)
    if isinstance(error, GoogleAuthError):
        return AdsFailure(_V.HUMAN, f"Google refused the credentials: {_short(str(error))}.", _ACCESS)
    if isinstance(error, GoogleAdsException):
        return _judged(error.error.code().name, error.failure, str(error.request_id or ""), str(error), now)
    call: Any = getattr(error, "response", None) or error
    if not hasattr(call, "trailing_metadata"):
        status = getattr(error, "grpc_status_code", None)
        return _judged(status.name if status else "UNKNOWN", None, "", str(error), now)
    metadata = {str(key): value for key, value in call.trailing_metadata() or ()}
    words = call.details() or "" if hasattr(call, "details") else str(error)
    return _judged(call.code().name, _detail(metadata.get(_DETAIL)), str(metadata.get("request-id", "")), words, now)


def _detail(content: bytes | None) -> Any:
    if content is None:
        return None
    from google.ads.googleads.v26.errors.types.errors import GoogleAdsFailure

    return GoogleAdsFailure.deserialize(content)


def _judged(status: str, failure: Any, request_id: str, words: str, now: datetime) -> AdsFailure:
    errors = list(failure.errors) if failure is not None else []
    codes = tuple(_code(error.error_code) for error in errors)
    verdict, mend = _meaning(status, codes)
    said = "; ".join(f"{code} ({error.message})" for code, error in zip(codes, errors, strict=True)) or words
    waits = [error.details.quota_error_details.retry_delay for error in errors]
    # Without this a spent quota that names no time would be tried at once.
    wait = max((_duration(delay) for delay in waits), default=timedelta(0)) or (_DAY if verdict is _V.DEFER else None)
    return AdsFailure(
        verdict,
        f"Google Ads answered {status}: {_short(said)}.",
        mend,
        codes=codes,
        request_id=request_id,
        regain=now + wait if wait else None,
    )


def _meaning(status: str, codes: tuple[str, ...]) -> _Row:
    """The row that counts: of several codes the first in the order of caution, unknown before everything."""
    found = [_CODES.get(code) or _KINDS.get(code.partition(".")[0]) for code in codes]
    rows = [row or _STATUSES.get(status, _UNKNOWN) for row in found]
    order = (_V.UNKNOWN_OUTCOME, _V.DEFER, _V.HUMAN, _V.REFUSED, _V.RETRY)
    return min(rows, key=lambda row: order.index(row[0]), default=_STATUSES.get(status, _UNKNOWN))


def _code(error_code: Any) -> str:
    """`quota_error.RESOURCE_EXHAUSTED`, of proto-plus and plain messages alike."""
    message = plain(error_code)
    field = message.WhichOneof("error_code")
    if field is None:
        return "unset"
    value = message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number.get(getattr(message, field))
    return f"{field}.{value.name if value else 'UNKNOWN'}"


def _duration(delay: Any) -> timedelta:
    """A proto-plus message gives a timedelta, a plain one a Duration; None where nothing is said."""
    if delay is None:
        return timedelta(0)
    return delay if isinstance(delay, timedelta) else timedelta(seconds=delay.seconds)


def _short(words: str) -> str:
    line = " ".join(words.split()).rstrip(".")
    return line if len(line) <= _MOST_WORDS else f"{line[:_MOST_WORDS]}…"
