"""What each error of Instagram's Graph API means for the call that met it: one table, by parsed numbers only.

Codes and meanings are Meta's, read in 2026; the classes are ours. A pair of code and subcode counts before the code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from marketing_pipeline.domain.errors import MarketingError


class Phase(StrEnum):
    """What the call was for: nothing is visible to anybody before a publish call."""

    CREATE = "create"
    READ = "read"
    PUBLISH = "publish"


class FailureClass(StrEnum):
    """What to do about a failed call."""

    RETRY = "retry"
    """The same call again after a pause, a bounded number of times."""
    NEW_CONTAINER = "new_container"
    """Create the container again."""
    KEEP_POLLING = "keep_polling"
    """Not an error yet: the media is not ready."""
    DEFER = "defer"
    """Wait for the window to open; keep the job."""
    FIX_INPUT = "fix_input"
    """The post is wrong; somebody changes it."""
    HUMAN = "human"
    """The account or its permission needs a person."""
    UNKNOWN_OUTCOME = "unknown_outcome"
    """The post may be live: read back, never repeat blindly."""


class InstagramFailure(MarketingError):
    """A call that did not succeed, classified. Its text holds no credential."""

    def __init__(
        self,
        failure: FailureClass,
        message: str,
        mend: str,
        *,
        code: int | None = None,
        subcode: int | None = None,
        regain: timedelta | None = None,
        stops_account: bool = False,
    ) -> None:
        super().__init__(message, mend)
        self.failure = failure
        self.code = code
        self.subcode = subcode
        self.regain = regain
        self.stops_account = stops_account

    @property
    def token_refused(self) -> bool:
        """Whether no call will be taken until the account has another token."""
        return self.code in _DEAD_TOKEN

    @property
    def restricted(self) -> bool:
        """Whether it is 4/2207051: the account is restricted, and the post may be live all the same."""
        return (self.code, self.subcode) == RESTRICTED


@dataclass(frozen=True)
class _Meaning:
    """One row. `at` holds the phases in which the class differs from `failure`."""

    failure: FailureClass
    mend: str
    at: Mapping[Phase, FailureClass] | None = None
    stops_account: bool = False

    def in_phase(self, phase: Phase) -> FailureClass:
        return (self.at or {}).get(phase, self.failure)


RESTRICTED = (4, 2207051)
_DEAD_TOKEN = (190, 102, 463, 467)
_F = FailureClass
_MAY_BE_LIVE = {Phase.PUBLISH: _F.UNKNOWN_OUTCOME}
_WAIT = "Nothing to do: it is tried again."
_FIX = "Change the post, then queue it again: `marketing posts edit`."
_ACCOUNT = "Look at the account in the Instagram app, then `marketing resume`."
_TOKEN = "Connect the account again and set its token, then `marketing resume`."
_NEW_TOKEN = "Connect the account again and set its new token; once `marketing doctor` has seen it, what waits goes on."
_HOSTING = "Check that MARKETING_MEDIA_URL is public, served as image/jpeg and without redirects."


def _same(meaning: _Meaning, *keys: tuple[int, int | None]) -> dict[tuple[int, int | None], _Meaning]:
    return dict.fromkeys(keys, meaning)


TABLE: dict[tuple[int, int | None], _Meaning] = {
    (-2, 2207003): _Meaning(_F.RETRY, _HOSTING, _MAY_BE_LIVE),
    (-2, 2207020): _Meaning(_F.NEW_CONTAINER, _WAIT, _MAY_BE_LIVE),
    (-1, 2207001): _Meaning(_F.RETRY, _WAIT, _MAY_BE_LIVE),
    (-1, 2207032): _Meaning(_F.RETRY, _WAIT, _MAY_BE_LIVE),
    (-1, 2207053): _Meaning(_F.NEW_CONTAINER, _WAIT, _MAY_BE_LIVE),
    RESTRICTED: _Meaning(_F.HUMAN, _ACCOUNT, _MAY_BE_LIVE, stops_account=True),
    (9, 2207042): _Meaning(_F.DEFER, _WAIT),
    (24, 2207006): _Meaning(_F.NEW_CONTAINER, _TOKEN, _MAY_BE_LIVE),
    (24, 2207008): _Meaning(_F.NEW_CONTAINER, _WAIT, _MAY_BE_LIVE),
    (25, 2207050): _Meaning(_F.HUMAN, _ACCOUNT, stops_account=True),
    (9004, 2207052): _Meaning(_F.RETRY, _HOSTING, _MAY_BE_LIVE),
    (9007, 2207027): _Meaning(_F.KEEP_POLLING, _WAIT),
    # Also said of containers and posts that are fine: no proof of anything.
    (100, 33): _Meaning(_F.RETRY, _WAIT, _MAY_BE_LIVE),
    # The answer's format was refused after the effect.
    (20, 1772107): _Meaning(_F.UNKNOWN_OUTCOME, "Look whether it is there before repeating it."),
    **_same(
        _Meaning(_F.FIX_INPUT, _FIX),
        (1, 2207057),
        (100, 2207023),
        (100, 2207028),
        (100, 2207035),
        (100, 2207036),
        (100, 2207037),
        (100, 2207040),
        (352, 2207026),
        (36000, 2207004),
        (36001, 2207005),
        (36003, 2207009),
        (36004, 2207010),
    ),
    **_same(_Meaning(_F.HUMAN, _NEW_TOKEN, stops_account=True), *((code, None) for code in _DEAD_TOKEN)),
    **_same(_Meaning(_F.HUMAN, _TOKEN, stops_account=True), (10, None), (200, None)),
    **_same(_Meaning(_F.DEFER, _WAIT), (4, None), (17, None), (32, None), (613, None), (80002, None)),
    **_same(_Meaning(_F.RETRY, _WAIT, _MAY_BE_LIVE), (1, None), (2, None)),
}
_NOT_KNOWN = _Meaning(_F.HUMAN, "Look the error up in Meta's documentation.", _MAY_BE_LIVE)


def is_known(code: int, subcode: int | None) -> bool:
    """Whether the table says anything about an error."""
    return (code, subcode) in TABLE or (code, None) in TABLE


def meaning_of(code: int, subcode: int | None, phase: Phase) -> InstagramFailure:
    """The failure that an error of the Graph API is, to be raised. `subcode` None where the answer has none."""
    meaning = TABLE.get((code, subcode)) or TABLE.get((code, None)) or _NOT_KNOWN
    number = str(code) if subcode is None else f"{code}/{subcode}"
    return InstagramFailure(
        meaning.in_phase(phase),
        f"Instagram answered with error {number}.",
        meaning.mend,
        code=code,
        subcode=subcode,
        stops_account=meaning.stops_account,
    )


def rate_limited(phase: Phase, what: str) -> InstagramFailure:
    """The failure of a call turned away without a number of Graph's: of a publish call it is no clear refusal."""
    failure = _F.UNKNOWN_OUTCOME if phase is Phase.PUBLISH else _F.DEFER
    return InstagramFailure(failure, f"Instagram takes no more calls for now: {what}.", _WAIT)


def transient(phase: Phase, what: str) -> InstagramFailure:
    """The failure of a call without a usable answer: a timeout, a broken connection, a 5xx, a body that is no JSON."""
    failure = _F.UNKNOWN_OUTCOME if phase is Phase.PUBLISH else _F.RETRY
    return InstagramFailure(failure, f"Instagram gave no usable answer: {what}.", _WAIT)
