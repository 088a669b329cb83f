"""How a model call fails: one typed failure per outcome, with the way to mend it and whether to try again."""

import json
from collections.abc import Sequence

from marketing_pipeline.domain.caption import Violation
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import ModelCallId
from marketing_pipeline.domain.model_call import CallOutcome

_O = CallOutcome


class ModelCallFailed(MarketingError):
    """A call that yielded no answer. Its row, with outcome and cost, is already stored under `call_id`."""

    def __init__(
        self, outcome: CallOutcome, agent: str, call_id: ModelCallId, detail: str, problems: Sequence[Violation] = ()
    ) -> None:
        super().__init__(f"The {agent}'s model call ended as {outcome}: {detail}.", MENDS[outcome])
        self.outcome = outcome
        self.agent = agent
        self.call_id = call_id
        self.problems = tuple(problems)


class AnswerUnusable(ModelCallFailed):
    """The model answered, but not with something that may be stored; only this one piece of work is lost."""


class ModelUnavailable(ModelCallFailed):
    """The provider could not be reached or did not keep up; the same work may succeed later."""


class ModelMisconfigured(ModelCallFailed):
    """The provider refuses every such call: nothing will succeed until a person has mended the configuration."""


REPAIRABLE = frozenset({_O.INVALID_OUTPUT, _O.OFF_THE_RULES})
TRANSIENT = frozenset({_O.BAD_WIRE, _O.RATE_LIMITED, _O.OVERLOADED, _O.SERVER_ERROR, _O.TIMEOUT, _O.CONNECTION})
MISCONFIGURED = frozenset({_O.BAD_REQUEST, _O.CREDENTIAL, _O.BILLING})
UNBILLED = frozenset({_O.RATE_LIMITED, _O.OVERLOADED, *MISCONFIGURED})
"""Turned away before any token was read, so their cost is zero and not unknown."""

_STREAM_ERRORS = {"overloaded_error": _O.OVERLOADED, "rate_limit_error": _O.RATE_LIMITED, "timeout_error": _O.TIMEOUT}
_LATER = "Run it again later; what was stored so far stays."
MENDS: dict[CallOutcome, str] = {
    _O.TRUNCATED: "Raise the agent's max_tokens, or shorten what it is asked for.",
    _O.INVALID_OUTPUT: "Run it again; if it keeps failing, look at the problems and the agent's prompt file.",
    _O.OFF_THE_RULES: "Run it again, or loosen the rule that is named in brand.yaml.",
    _O.CONTEXT_FULL: "Give the agent less: fewer recent posts, or a shorter brand.yaml.",
    _O.REFUSED: "Reword the post's idea or note; the provider declined this subject.",
    _O.INCOMPLETE: "Run it again; the provider stopped before the answer was complete.",
    _O.UNEXPECTED_STOP: "Check that the configured model supports structured output.",
    _O.BAD_WIRE: "Check that the model's base URL leads to a Messages API, not to a web page or a proxy.",
    _O.RATE_LIMITED: _LATER,
    _O.OVERLOADED: _LATER,
    _O.SERVER_ERROR: _LATER,
    _O.TIMEOUT: _LATER,
    _O.CONNECTION: "Check the network and the model's base URL with `marketing doctor`, then run it again.",
    _O.BAD_REQUEST: "Check the configured model id and base URL with `marketing doctor`.",
    _O.CREDENTIAL: "Check ANTHROPIC_API_KEY with `marketing doctor`.",
    _O.BILLING: "Top up the credit of the account that ANTHROPIC_API_KEY belongs to.",
    _O.INTERNAL: "This is a defect of the program: report it with the call's row.",
}


def failure_of(
    outcome: CallOutcome, agent: str, call_id: ModelCallId, detail: str, problems: Sequence[Violation] = ()
) -> ModelCallFailed:
    """The failure class that fits an outcome."""
    if outcome in TRANSIENT:
        kind = ModelUnavailable
    elif outcome in MISCONFIGURED:
        kind = ModelMisconfigured
    elif outcome is _O.INTERNAL:
        kind = ModelCallFailed
    else:
        kind = AnswerUnusable
    return kind(outcome, agent, call_id, detail, problems)


def outcome_of_error(error: Exception) -> CallOutcome:
    """What an exception of the SDK means, by its type and status, never by its text."""
    import anthropic
    import httpx2

    if isinstance(error, anthropic.APITimeoutError | TimeoutError | httpx2.TimeoutException):
        return _O.TIMEOUT
    if isinstance(error, anthropic.APIConnectionError | httpx2.TransportError):
        return _O.CONNECTION
    if isinstance(error, anthropic.APIStatusError) and error.status_code == 200:  # an error in the middle of a stream
        return _STREAM_ERRORS.get(str(error.type), _O.SERVER_ERROR)
    if isinstance(error, anthropic.APIStatusError):
        return _outcome_of_status(error.status_code)
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | anthropic.APIResponseValidationError):
        return _O.BAD_WIRE
    return _O.INTERNAL


def _outcome_of_status(status: int) -> CallOutcome:
    named = {
        401: _O.CREDENTIAL,
        402: _O.BILLING,
        403: _O.CREDENTIAL,
        408: _O.TIMEOUT,
        409: _O.SERVER_ERROR,
        429: _O.RATE_LIMITED,
        529: _O.OVERLOADED,
    }
    if status in named:
        return named[status]
    return _O.SERVER_ERROR if status >= 500 else _O.BAD_REQUEST
