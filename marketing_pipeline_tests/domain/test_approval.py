"""`authorize` refuses each single deviation, and the fingerprint covers everything that goes out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.approval import (
    ApprovalRow,
    ApprovalState,
    Decision,
    Unauthorized,
    authorize,
    fingerprint_of,
    state_of,
)
from marketing_pipeline.domain.effect import PublishPost
from marketing_pipeline.domain.identifiers import ApprovalId, BrandId, Sha256
from marketing_pipeline_tests.domain.brands import make_brand

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BRAND = make_brand()
PAYLOAD = PublishPost(
    account_id="1784140000", post="tea_room-2026-11-23-01", caption="Hello", alt_text="A pot",
    media=(Sha256("a" * 64),), is_ai_generated=True,
)  # fmt: skip
FINGERPRINT = fingerprint_of(PAYLOAD, BRAND.brand_id)


def row(decision: Decision, sequence: int, **changes: Any) -> ApprovalRow:
    fields: dict[str, Any] = {
        "id": ApprovalId("a1"), "sequence": sequence, "kind": "publish_post", "subject": PAYLOAD.post,
        "brand": BRAND.brand_id, "fingerprint": FINGERPRINT, "decision": decision, "actor": "sam", "source": "cli",
        "note": "", "decided_at": NOW - timedelta(hours=1), "expires_at": NOW + timedelta(days=7), "signature": "x",
    }  # fmt: skip
    return ApprovalRow.model_validate({**fields, **changes})


ASKED = row(Decision.REQUESTED, 1)
APPROVED = (ASKED, row(Decision.APPROVE, 2))
ALLOWED: dict[str, Any] = {
    "payload": PAYLOAD, "brand": BRAND, "fingerprint": FINGERPRINT, "approvals": APPROVED, "signatures_hold": True,
    "held": None, "now": NOW,
}  # fmt: skip


def test_an_approved_effect_may_run() -> None:
    authorize(**ALLOWED)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"held": "everything paused by sam"}, id="held"),
        pytest.param({"approvals": ()}, id="no row at all"),
        pytest.param({"approvals": (ASKED,)}, id="pending"),
        pytest.param({"approvals": (ASKED, row(Decision.REJECT, 2))}, id="rejected"),
        pytest.param({"approvals": (*APPROVED, row(Decision.REVOKE, 3))}, id="revoked"),
        pytest.param({"approvals": (*APPROVED, row(Decision.USED, 3))}, id="used before"),
        pytest.param({"now": NOW + timedelta(days=7)}, id="expired on the moment"),
        pytest.param({"signatures_hold": False}, id="a row that this system did not sign"),
        pytest.param(
            {"approvals": (ASKED, row(Decision.APPROVE, 2, fingerprint=Sha256("b" * 64)))},
            id="another version",
        ),
        pytest.param(
            {
                "brand": make_brand(policies={"content_approval": "all"}),
                "approvals": (ASKED, row(Decision.APPROVE, 2, actor="policy:1")),
            },
            id="approved by a policy that is stricter now",
        ),
        pytest.param(
            {"brand": make_brand(channels={"instagram": {"account_id": "999999", "handle": "@tearoom"}})},
            id="account of the brand changed",
        ),
    ],
)
def test_each_deviation_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized):
        authorize(**{**ALLOWED, **changes})


@pytest.mark.parametrize(
    "change",
    [
        {"account_id": "1784140001"}, {"post": "other"}, {"caption": "Hello."}, {"alt_text": "A cup"},
        {"media": (Sha256("b" * 64),)}, {"media": (Sha256("a" * 64), Sha256("b" * 64))}, {"is_ai_generated": False},
    ],
)  # fmt: skip
def test_one_changed_field_is_refused(change: dict[str, Any]) -> None:
    changed: dict[str, Any] = {**ALLOWED, "payload": PAYLOAD.model_copy(update=change)}
    with pytest.raises(Unauthorized, match="not what was approved"):
        authorize(**changed)


def test_the_fingerprint_belongs_to_one_brand() -> None:
    assert fingerprint_of(PAYLOAD, BrandId("other")) != FINGERPRINT


def test_a_later_decision_replaces_an_earlier_one() -> None:
    rows = [ASKED, row(Decision.REJECT, 2), row(Decision.APPROVE, 3)]
    assert state_of(rows, NOW) is ApprovalState.APPROVED
