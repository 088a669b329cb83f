"""The JSON API: the same acts, permissions and refusals as the pages, for programs."""

from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.approval import ApprovalState
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Permission, Person, Role
from marketing_pipeline.domain.post import PostState
from marketing_pipeline_tests.cli.office import EFFECT, FIRST, REQUEST, Office, state_of
from marketing_pipeline_tests.console.browser import ORIGIN, Site
from marketing_pipeline_tests.console.program import API, program


def test_posts_are_read_page_by_page_and_each_whole(office: Office, site: Site) -> None:
    office.published()
    bot = program(site, Permission.READ)
    first = bot.get("/posts", limit="1")
    rest = bot.get("/posts", after=first[0]["id"])
    assert [post["id"] for post in first + rest] == [post.id for post in office.work.posts.find()]
    assert [post["id"] for post in bot.get("/posts", state=PostState.PUBLISHED)] == [FIRST]
    whole = bot.get(f"/posts/{FIRST}")
    assert whole["effects"][0]["id"] == EFFECT and whole["insights"][0]["values"]["reach"] == 321
    assert {entry["kind"] for entry in bot.get(f"/posts/{FIRST}/trace")} >= {"effect", "attempt", "audit"}
    assert bot.get(f"/effects/{EFFECT}")["calls"][0]["outcome"] == "succeeded"


def test_every_act_on_a_post(office: Office, site: Site) -> None:
    effect = office.queued()
    bot = program(site, Permission.READ, Permission.EDIT)
    held = bot.post(f"/posts/{FIRST}/hold", note="ask the gardener")
    assert held["held"] is True
    assert bot.post(f"/posts/{FIRST}/release", revision=held["revision"])["held"] is False
    later = (effect.due_at + timedelta(days=1)).isoformat()
    assert bot.post(f"/posts/{FIRST}/reschedule", to=later)["scheduled_at"].startswith(later[:16])
    words = "What does steam smell of? Of the garden, says the gardener, and of rain."
    edited = bot.post(f"/posts/{FIRST}/edit", caption=words, note="his own words")
    assert edited["chosen_variation"] != effect.payload.caption
    assert bot.get(f"/posts/{FIRST}")["variations"][-1]["wording"]["caption"] == words
    assert bot.post(f"/posts/{FIRST}/cancel", note="over")["state"] == "cancelled"


def test_a_decision_is_bound_to_what_was_seen(office: Office, site: Site) -> None:
    effect = office.awaiting()
    bot = program(site)
    [waiting] = bot.get("/approvals", state="pending")
    assert waiting["id"] == REQUEST and bot.get(f"/approvals/{REQUEST}")["fingerprint"] == effect.fingerprint
    seen: dict[str, Any] = {"decision": "approve", "saw": "pending"}
    other = bot.post(f"/approvals/{REQUEST}/decision", 409, fingerprint="0" * 64, **seen)
    assert "Look at it again" in other["mend"]
    assert bot.post(f"/approvals/{REQUEST}/decision", **seen, fingerprint=effect.fingerprint)["state"] == "approved"
    assert (state_of(office), office.effect().state) == (ApprovalState.APPROVED, EffectState.QUEUED)
    lost = bot.post(f"/approvals/{REQUEST}/decision", 409, **seen, fingerprint=effect.fingerprint)
    assert "approved" in lost["error"]


def test_a_proposal_is_made_and_decided_at_the_same_gate(office: Office, site: Site) -> None:
    effect = office.queued()
    bot = program(site)
    to = (effect.due_at + timedelta(hours=3)).isoformat()
    made = bot.post("/proposals", 201, payload={"post": FIRST, "to": to}, reason="people are up later")
    assert made["kind"] == "reschedule_post" and bot.get(f"/proposals/{made['id']}")["state"] == "awaiting_approval"
    assert [each["id"] for each in bot.get("/proposals", state="awaiting_approval")] == [made["id"]]
    assert office.post().scheduled_at == effect.due_at
    decision: dict[str, Any] = {"decision": "approve", "saw": "pending", "fingerprint": made["fingerprint"]}
    bot.post(f"/approvals/{made['id']}/decision", **decision)
    assert office.post().scheduled_at == effect.due_at + timedelta(hours=3)


def test_what_has_moved_since_is_a_conflict(office: Office, site: Site) -> None:
    effect = office.queued()
    bot = program(site)
    to = (effect.due_at + timedelta(hours=3)).isoformat()
    made = bot.post("/proposals", 201, payload={"post": FIRST, "to": to}, reason="people are up later")
    bot.post(f"/posts/{FIRST}/reschedule", to=(effect.due_at + timedelta(hours=1)).isoformat())
    decision: dict[str, Any] = {"decision": "approve", "saw": "pending", "fingerprint": made["fingerprint"]}
    lost = bot.post(f"/approvals/{made['id']}/decision", 409, **decision)
    assert "has changed since this was proposed" in lost["error"]


def test_an_act_is_recorded_with_the_way_by_which_it_came(office: Office, site: Site) -> None:
    office.queued()
    office.work.post_desk.hold(Person(name="ann", role=Role.ADMIN, source="cli"), FIRST, "a look")
    site.submit(f"/posts/{FIRST}/release", note="seen", revision=str(office.post().revision))
    bot = program(site)
    bot.post(f"/posts/{FIRST}/cancel", note="over")
    ways = {row["action"]: row["detail"].get("source") for row in bot.get("/audit", subject=FIRST)}
    done = {"post.held": "cli", "post.released": "console", "post.cancelled": "api"}
    assert ways.items() >= done.items()
    assert ways["post.drafted"] is None, "what the program did by itself came by no way"


def test_the_kill_switch(office: Office, site: Site) -> None:
    office.queued()
    bot = program(site)
    assert bot.post("/holds", 201, brand="tea_room", note="a storm")["brand"] == "tea_room"
    assert [hold["note"] for hold in bot.get("/holds")] == ["a storm"]
    bot.post("/holds/resume", 204, brand="tea_room")
    assert bot.get("/holds") == []


def test_questions_in_sql_and_what_else_is_read(office: Office, site: Site) -> None:
    office.published()
    office.work.refresh_warehouse()
    bot = program(site, Permission.READ)
    found = bot.post("/query", sql="SELECT state, count(*) FROM posts GROUP BY 1 ORDER BY 1")
    assert found["rows"] == [["planned", 1], ["published", 1]]
    assert "read" in bot.post("/query", 400, sql="DELETE FROM posts")["mend"].lower() + "read"
    assert bot.get("/me")["permissions"] == ["read"]
    assert [brand["id"] for brand in bot.get("/brands")] == ["tea_room"]
    assert bot.get("/learnings", brand="tea_room") is None and bot.get("/rules", brand="tea_room") == []
    assert bot.get("/audit", action="post.published")[0]["subject"] == FIRST
    assert bot.get("/ads/changes", brand="tea_room") == [] and bot.get("/alerts") == []
    assert bot.get("/health")["findings"]


@pytest.mark.parametrize(
    ("scopes", "role"),
    [((Permission.READ,), Role.ADMIN), (tuple(Permission)[:1], Role.VIEWER)],
    ids=["a token that may only read", "a viewer's token"],
)
@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"/posts/{FIRST}/hold", {}),
        (f"/posts/{FIRST}/edit", {"caption": "x", "note": "y"}),
        (f"/approvals/{REQUEST}/decision", {"decision": "approve", "saw": "pending", "fingerprint": "0" * 64}),
        ("/proposals", {"payload": {"post": FIRST, "to": "2026-11-20T10:00:00Z"}, "reason": "why not"}),
        ("/holds", {"brand": "tea_room"}),
        ("/holds", {}),
        ("/holds/resume", {"brand": "tea_room"}),
    ],
)
def test_who_may_only_read_changes_nothing(
    office: Office, site: Site, scopes: tuple[Permission, ...], role: Role, path: str, body: dict[str, Any]
) -> None:
    office.awaiting()
    before = office.post()
    refused = program(site, *scopes, role=role).post(path, 403, **body)
    assert "may not" in refused["error"] and refused["mend"]
    assert office.post() == before and state_of(office) is ApprovalState.PENDING


def test_another_brand_s_people_see_nothing_of_it(office: Office, site: Site) -> None:
    office.awaiting()
    office.work.settings.brands.joinpath("tea_house").mkdir()
    text = office.work.settings.brands.joinpath("tea_room", "brand.yaml").read_text().replace("tea_room", "tea_house")
    office.work.settings.brands.joinpath("tea_house", "brand.yaml").write_text(text.replace("17841", "17842"))
    bot = program(site, Permission.READ, brands=frozenset({BrandId("tea_house")}))
    assert bot.get("/posts") == [] and bot.get("/approvals") == [] and bot.get("/proposals") == []
    for path in (f"/posts/{FIRST}", f"/approvals/{REQUEST}", f"/effects/{EFFECT}", f"/posts/{FIRST}/trace"):
        bot.get(path, 403)
    for path in ("/effects", "/ads/changes", "/learnings", "/rules"):
        bot.get(path, 404, brand="tea_room")
    assert bot.get("/audit") == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"/posts/{FIRST}/hold", {"note": "x" * 2_001}, 422),
        (f"/posts/{FIRST}/hold", {"note": "half a \ud83d character"}, 422),
        (f"/posts/{FIRST}/hold", {"notes": "misspelt"}, 422),
        (f"/posts/{FIRST}/hold", {"revision": 99}, 409),
        (f"/posts/{FIRST}/reschedule", {"to": "2026-11-20T10:00:00"}, 422),
        (f"/posts/{FIRST}/reschedule", {"to": "2020-11-20T10:00:00Z"}, 400),
        (f"/posts/{FIRST}/reschedule", {"to": "2999-12-31T23:59:59Z"}, 400),
        (f"/posts/{FIRST}/reschedule", {"to": "9999-12-31T23:59:59-23:59"}, 422),
        (f"/posts/{FIRST}/reschedule", {"to": "0001-01-01T00:00:00+23:59"}, 422),
        ("/proposals", {"payload": {"post": FIRST, "to": "9999-12-31T23:59:59-23:59"}, "reason": "for ever"}, 400),
        ("/proposals", {"payload": {"post": FIRST, "to": "2996-02-29T10:00:00Z"}, "reason": "for ever"}, 400),
        ("/posts/none/hold", {}, 404),
        ("/approvals/none/decision", {"decision": "approve", "saw": "pending", "fingerprint": "0" * 64}, 404),
        ("/proposals", {"payload": {"post": FIRST}, "reason": "nothing"}, 422),
    ],
)
def test_bad_input_is_refused_with_words(
    office: Office, site: Site, path: str, body: dict[str, Any], status: int
) -> None:
    office.queued()
    before = office.post()
    program(site).post(path, status, **body)
    assert office.post() == before


def test_nobody_without_a_good_token(site: Site) -> None:
    site.client.cookies.clear()
    for token in ("", "Bearer ", "Bearer nonsense", "Basic cm9vdDpyb290"):
        headers = {"authorization": token} if token else {}
        answer = site.client.get(f"{API}/posts", headers=headers)
        assert answer.status_code == 401 and answer.json()["mend"], answer.text


def test_a_session_needs_the_csrf_token_here_too(office: Office, site: Site) -> None:
    office.queued()
    path, headers = f"{API}/posts/{FIRST}/hold", {"origin": ORIGIN}
    assert site.client.post(path, json={}, headers=headers).status_code == 403
    headers["x-csrf-token"] = site.csrf()
    assert site.client.post(path, json={}, headers=headers).json()["held"] is True
