"""Rows of a post: variations, creatives with verdicts, the effect that published it, its insights."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.identifiers import post_id
from marketing_pipeline.domain.metrics import METRICS, PostPerformance, SnapshotAge
from marketing_pipeline.domain.plan import Hook
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store import tables
from marketing_pipeline_tests.store.warehouse_weeks import planning_of, put

_TASTE = {
    "garden": 1.5,
    "brewing": 1.0,
    "people": 0.7,
    "carousel": 1.3,
    "square": 0.8,
    "question": 1.2,
    "claim": 0.8,
}


def put_post(
    connection: Connection, brand: Brand, week: Week, position: int, dice: random.Random, *, published: bool
) -> Mapping[str, Any]:
    """A post with three variations; published, or on its way, the first waiting for a person."""
    slot = brand.posting.slots[position - 1]
    scheduled = week.moment(slot.weekday_number, slot.at, brand.zone)
    post = post_id(brand.brand_id, week.key, position)
    waiting = not published and position == 1
    row = put(
        connection,
        tables.posts,
        id=post,
        brand=brand.id,
        week=week.key,
        plan=f"{brand.id}-{week.key}-v1",
        position=position,
        state="published" if published else "needs_human" if waiting else "scheduled",
        state_reason="below the bar after 3 attempts" if waiting else "on its way",
        slot=slot.id,
        scheduled_at=scheduled,
        pillar=dice.choices(["garden", "brewing", "people"], [5, 3, 2])[0],
        format=dice.choice(list(PostFormat)).value,
        hook=dice.choice(list(Hook)).value,
        assignment_reason="exploring",
        topic=f"Topic {position} of {week.key}",
        angle="A close look at one leaf",
        key_message="Good tea takes time",
        audience="drinkers",
        call_to_action="Come in",
        chosen_variation=f"{post}-v1",
        chosen_creative=f"{post}-c1",
        published_at=scheduled if published else None,
        media_id=f"179{position}" if published else None,
        permalink=f"https://instagram.example/p/{post}" if published else None,
        created_at=planning_of(brand, week),
        updated_at=scheduled if published else planning_of(brand, week),
    )
    for number in range(1, 4):
        put(
            connection,
            tables.post_variations,
            id=f"{post}-v{number}",
            post=post,
            round=1,
            position=number,
            hook=row["hook"],
            hook_line=f"First line {number} of {post}",
            caption="Loose leaf, slow water. " * 3,
            hashtags=["#tearoom"],
            alt_text="A cup of tea by the window",
            difference="Another way in",
            chosen=number == 1,
            choice_reason="clearest" if number == 1 else None,
            author="copywriter",
            created_at=row["created_at"],
            updated_at=row["created_at"],
        )
    return row


def put_creatives(connection: Connection, post: Mapping[str, Any], dice: random.Random) -> None:
    """One creative that meets the bar; three times in ten after one that did not."""
    attempts = 2 if dice.random() < 0.3 else 1
    for attempt in range(1, attempts + 1):
        good = attempt == attempts
        checks = [{"name": "contrast", "passed": good, "severity": "revise", "value": 3.1, "limit": 4.5, "reason": "x"}]
        creative = f"{post['id']}-c{attempts - attempt + 1}"
        put(
            connection,
            tables.creatives,
            id=creative,
            post=post["id"],
            round=1,
            attempt=attempt,
            brief={"template": "statement", "headline": "Slow water"},
            media=[{"sha256": "ab" * 32, "width": 1080, "height": 1350, "byte_count": 5, "mime": "image/jpeg"}],
            text_runs=[],
            checks=checks,
            meets_bar=good,
            score=0.9 if good else 0.5,
            reasons=[] if good else ["contrast: the headline is hard to read"],
            perceptual_hash="0" * 64,
            picture_source="procedural",
            chosen=good,
            created_at=post["created_at"],
            updated_at=post["created_at"],
        )
        put(
            connection,
            tables.evaluations,
            id=f"{creative}-legibility",
            creative=creative,
            post=post["id"],
            criterion="legibility",
            level="good" if good else "poor",
            reason="Reads well" if good else "The headline melts into the picture",
            defect="" if good else "low_contrast",
            evaluator="claude-sonnet-5",
            created_at=post["created_at"],
        )


def put_effect(connection: Connection, brand: Brand, post: Mapping[str, Any]) -> None:
    """Its publish effect with attempt, approvals and audit row."""
    effect = f"publish-{post['id']}"
    at = post["published_at"]
    put(
        connection,
        tables.effects,
        id=effect,
        kind="publish_post",
        brand=brand.id,
        channel="instagram",
        subject=post["id"],
        payload={"post": post["id"], "caption": "Loose leaf"},
        fingerprint="c" * 64,
        idempotency_key=effect,
        approval=f"approval-{post['id']}",
        state="succeeded",
        state_reason="published",
        due_at=at,
        attempts=1,
        progress={"container": "1"},
        result=None,
        created_at=post["created_at"],
        updated_at=at,
    )
    put(
        connection,
        tables.effect_attempts,
        id=f"{effect}-1",
        effect=effect,
        number=1,
        fence=1,
        owner="run",
        request={"creation_id": "1"},
        outcome="succeeded",
        detail=post["media_id"],
        started_at=at,
        ended_at=at,
        updated_at=at,
    )
    for sequence, (decision, actor) in enumerate(
        (("requested", "writer"), ("approve", "policy:1"), ("used", "worker")), 1
    ):
        put(
            connection,
            tables.approvals,
            id=f"approval-{post['id']}",
            sequence=sequence,
            kind="publish_post",
            subject=post["id"],
            brand=brand.id,
            fingerprint="c" * 64,
            decision=decision,
            actor=actor,
            source="policy",
            note="",
            decided_at=post["created_at"],
            expires_at=at + timedelta(days=7),
            signature="SECRET-SIGNATURE",
        )
    put(
        connection,
        tables.audit_log,
        at=at,
        actor="worker",
        action="post.published",
        subject=post["id"],
        brand=brand.id,
        detail={"media_id": post["media_id"]},
        previous_mac="SECRET-MAC",
        mac="SECRET-MAC",
    )


def put_snapshots(
    connection: Connection, brand: Brand, post: Mapping[str, Any], now: datetime, dice: random.Random
) -> list[PostPerformance]:
    """Its insights at every age reached by `now`; returns the newest."""
    taste = 1.0
    for level in (post["pillar"], post["format"], post["hook"]):
        taste *= _TASTE.get(level, 1.0)
    final = 900 * taste * dice.lognormvariate(0, 0.2)
    newest: list[PostPerformance] = []
    for age in SnapshotAge:
        taken = post["published_at"] + age.delta
        if taken > now:
            break
        hours = age.delta / timedelta(hours=1)
        reach = final * (1 - 0.5 ** (hours / 20))
        values: dict[str, int | None] = dict.fromkeys(METRICS)
        values |= {
            "reach": round(reach),
            "views": round(reach * 1.4),
            "likes": round(reach * 0.05 * taste),
            "comments": round(reach * 0.006 * taste),
            "saved": round(reach * 0.01 * taste),
            "shares": round(reach * 0.004 * taste),
        }
        put(
            connection,
            tables.insight_snapshots,
            post=post["id"],
            age=age.value,
            brand=brand.id,
            media_id=post["media_id"],
            taken_at=taken,
            age_hours=hours,
            **values,
            missing={"follows": "not given for this kind of post"},
            updated_at=taken,
        )
        newest = [
            PostPerformance.model_validate(
                {**post, **values, "post": post["id"], "age": age, "age_hours": hours, "hook_line": ""}
            )
        ]
    return newest
