"""What came back for one request of a batch, judged as a reply that came at once is."""

import json
from dataclasses import replace
from typing import Any, cast

from marketing_pipeline.agents.exchange import Exchange, NoMessage, judged
from marketing_pipeline.agents.prices import BATCH_SHARE
from marketing_pipeline.agents.question import Answer, Question
from marketing_pipeline.domain.model_call import CallOutcome, TokenUse

_ERRORS = {
    "invalid_request_error": CallOutcome.BAD_REQUEST,
    "not_found_error": CallOutcome.BAD_REQUEST,
    "request_too_large": CallOutcome.BAD_REQUEST,
    "authentication_error": CallOutcome.CREDENTIAL,
    "permission_error": CallOutcome.CREDENTIAL,
    "billing_error": CallOutcome.BILLING,
    "rate_limit_error": CallOutcome.RATE_LIMITED,
    "overloaded_error": CallOutcome.OVERLOADED,
}
_NOT_DONE = {
    "expired": "the batch expired before it came to this request",
    "canceled": "the batch was cancelled before it came to this request",
}


def judged_result(result: str | None, question: Question[Answer]) -> Exchange[Answer]:
    """The exchange that a line of the results stands for; None where they say nothing of the request.

    Only what succeeded is charged, at half the list price. What is missing may have been: its reservation counts.
    """
    sent = Exchange[Answer](CallOutcome.TIMEOUT, "the batch's results say nothing of this request", share=BATCH_SHARE)
    match _parsed(result):
        case {"type": "succeeded", "message": {**message}}:
            return _judged_message(cast(dict[str, Any], message), question, sent)
        case {"type": "errored", "error": {"error": {"type": str(kind), "message": str(words)}}}:
            outcome = _ERRORS.get(kind, CallOutcome.SERVER_ERROR)
            return _free(sent, outcome, f"in the batch: {words}"[:400])
        case {"type": "expired" | "canceled" as why}:
            return _free(sent, CallOutcome.TIMEOUT, _NOT_DONE[str(why)])
        case _:
            return sent


def _judged_message(message: dict[str, Any], question: Question[Answer], sent: Exchange[Answer]) -> Exchange[Answer]:
    from anthropic.types import Message

    try:
        return judged(Message.construct(**message), question, replace(sent, detail="", http_status=200))
    except NoMessage as error:
        return replace(sent, outcome=CallOutcome.BAD_WIRE, detail=str(error))


def _free(sent: Exchange[Answer], outcome: CallOutcome, detail: str) -> Exchange[Answer]:
    return replace(sent, outcome=outcome, detail=detail, use=TokenUse())


def _parsed(result: str | None) -> Any:
    try:
        return json.loads(result or "null")
    except ValueError:
        return None
