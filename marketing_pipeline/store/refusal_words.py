"""What to do instead of a decision that does not apply."""

from collections.abc import Sequence

from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState

_S = ApprovalState


def refusal_words(rows: Sequence[ApprovalRow], state: ApprovalState, *, look: str, again: str) -> str:
    """The next step for whoever decides about a request that this decision does not apply to.

    `rows` are those of the request, which is in `state`; `look` shows its subject, `again` asks anew.
    """
    last = rows[-1]
    said = f"{last.actor} decided {last.decided_at:%Y-%m-%d %H:%M} UTC"
    ways = {
        _S.PENDING: f"Nobody has decided yet: `marketing approvals approve {last.id}` or `reject`.",
        _S.APPROVED: f"{said}. Take that back with `marketing approvals revoke {last.id}`.",
        _S.USED: f"It has happened; {look} tells what came of it.",
        _S.EXPIRED: f"Its time is over. Ask again: {again}.",
    }
    return ways.get(state, f"{said}. Ask again: {again}.")
