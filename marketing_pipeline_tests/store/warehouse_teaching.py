"""What people taught the tea room: an example, the rule that came of it, and the proposal that asked about it."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store import tables
from marketing_pipeline_tests.store.warehouse_weeks import put

RULE = "rule-0123456789"


def put_teaching(connection: Connection, brand: Brand, week: Week, now: datetime) -> None:
    """Three like edits of a week, a rule that was accepted for them, and one that only readers can check."""
    edits = [f"{brand.id}-{week.key}-{number:02d}-x1" for number in (1, 2, 3)]
    for number, edit in enumerate(edits, start=1):
        put(
            connection,
            tables.edit_examples,
            id=edit,
            brand=brand.id,
            post=edit.removesuffix("-x1"),
            kind="edit",
            field="caption",
            before="A lovely cup for you.",
            after="A cup for you.",
            note="plainer",
            lessons=["removes_word:lovely"],
            actor="ana",
            created_at=now - timedelta(days=number),
        )
    common = {"brand": brand.id, "proposed_at": now - timedelta(days=1), "updated_at": now}
    rule = {**common, "evidence": edits, "state_reason": "three edits", "proposed_by": "edits"}
    put(
        connection,
        tables.brand_rules,
        **rule,
        id=RULE,
        lesson="removes_word:lovely",
        applies_to="copy",
        statement="Do not write “lovely”.",
        check={"form": "banned_phrase", "phrase": "lovely", "instead": ""},
        state="accepted",
        decided_at=now,
    )
    put(
        connection,
        tables.brand_rules,
        **{**rule, "evidence": []},
        id="rule-9876543210",
        lesson="stated:1",
        applies_to="creative",
        statement="Light pictures like a room in daylight.",
        state="proposed",
    )
    put(
        connection,
        tables.proposals,
        **common,
        id=f"{RULE}-p1",
        kind="adopt_rule",
        subject=RULE,
        payload={"rule": RULE},
        before={"state": "proposed"},
        fingerprint="f" * 64,
        reason="people did so on 3 posts",
        proposed_by="edits",
        state="done",
        state_reason="every agent is told it",
        expires_at=now + timedelta(days=3),
    )
