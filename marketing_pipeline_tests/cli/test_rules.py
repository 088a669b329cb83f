"""Rules as people meet them: learnt from their edits, shown, stated, and in the way of a later edit."""

from pathlib import Path

import pytest

from marketing_pipeline.domain.brand_rule import AppliesTo, BrandRule, RuleInvalid
from marketing_pipeline.domain.errors import NotFound, RefusedTransition
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.person import NotAllowed, Person, Role
from marketing_pipeline.domain.proposal import ExampleKind, RuleState
from marketing_pipeline.domain.rule_check import BannedPhrase
from marketing_pipeline.store.edit_examples import examples_of
from marketing_pipeline.store.tables import audit_log, edit_examples
from marketing_pipeline.workplace.post_words import OffTheRules
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import BRAND, Office

POSTS = tuple(PostId(f"tea_room-2026-11-16-{number:02d}") for number in (1, 2, 3, 4, 5, 6))
TEAS = dict(zip(POSTS, ("assam", "oolong", "sencha", "darjeeling", "keemun", "matcha"), strict=True))
"""No two posts may say the very same words."""
ANA = Person(name="ana", role=Role.APPROVER, source="cli")
EDITOR = Person(name="ed", role=Role.EDITOR, source="console")


@pytest.fixture
def written(office: Office) -> Office:
    """An office with six designed posts, whose captions all speak of good leaf and good water."""
    office.planned(posts=6)
    for post in POSTS:
        office.designed(post)
    return office


def drop_good(office: Office, post: PostId, person: Person = EDITOR) -> None:
    """Take the word `good` out of a caption, as somebody who does not like it would."""
    caption = f"What does steam smell of? Leaf takes its time, and so does water. Ask us about {TEAS[post]}."
    office.work.post_desk.edit(person, post, note="we never call it good", caption=caption)


def learnt(office: Office, posts: tuple[PostId, ...] = POSTS[:3]) -> BrandRule:
    """The rule that like edits of these posts make proposed."""
    for post in posts:
        drop_good(office, post)
    [rule] = office.work.teaching.rules(BRAND, RuleState.PROPOSED)
    return rule


def actions(office: Office) -> list[str]:
    with office.work.database.read() as connection:
        found = connection.execute(audit_log.select().order_by(audit_log.c.sequence)).mappings()
        return [row["action"] for row in found]


def test_three_like_edits_propose_a_rule_with_their_evidence(written: Office) -> None:
    for post in POSTS[:2]:
        drop_good(written, post)
    assert written.work.teaching.rules(BRAND) == ()
    rule = learnt(written, POSTS[2:3])
    assert (rule.lesson, rule.applies_to, rule.check) == (
        "removes_word:good",
        AppliesTo.COPY,
        BannedPhrase(phrase="good"),
    )
    assert rule.statement == "Do not write “good”."
    assert [example.post for example in written.work.teaching.evidence(rule)] == list(POSTS[:3])
    assert [action for action in actions(written) if action.startswith(("example", "rule"))] == [
        *["example.noted"] * 3,
        "rule.proposed",
    ]
    assert written.work.brand(BRAND).rules == ()


def test_an_adopted_rule_is_the_brands_and_refuses_a_later_edit_by_its_name(written: Office) -> None:
    rule = learnt(written)
    written.work.teaching.adopt(ANA, rule.id, "agreed")
    assert [each.id for each in written.work.brand(BRAND).rules] == [rule.id]
    with pytest.raises(OffTheRules) as refused:
        written.work.post_desk.edit(ANA, POSTS[4], note="", caption="What does steam smell of? A good day, to be sure.")
    assert rule.statement in refused.value.message
    assert f"`marketing rules retire {rule.id}`" in refused.value.message
    written.work.teaching.retire(ANA, rule.id, "it was a whim")
    written.work.post_desk.edit(ANA, POSTS[4], note="", caption="What does steam smell of? A good day, to be sure.")
    assert actions(written).count("rule.retired") == 1


def test_a_refused_lesson_comes_back_only_with_three_newer_edits(written: Office) -> None:
    written.work.teaching.reject(ANA, learnt(written).id, "a matter of taste")
    written.step_to(written.now.replace(minute=30))
    for post in POSTS[3:5]:
        drop_good(written, post)
    assert written.work.teaching.rules(BRAND, RuleState.PROPOSED) == ()
    drop_good(written, POSTS[5])
    [again] = written.work.teaching.rules(BRAND, RuleState.PROPOSED)
    assert [example.post for example in written.work.teaching.evidence(again)] == list(POSTS[3:])


@pytest.mark.parametrize("act", ["adopt", "reject", "retire"])
def test_only_approvers_decide(written: Office, act: str) -> None:
    rule = learnt(written)
    with pytest.raises(NotAllowed):
        getattr(written.work.teaching, act)(EDITOR, rule.id, "")
    assert written.work.teaching.rule(rule.id).state is RuleState.PROPOSED


def test_deciding_twice_changes_nothing_and_a_closed_rule_stays_closed(written: Office) -> None:
    desk, rule = written.work.teaching, learnt(written)
    assert desk.adopt(ANA, rule.id, "yes") == desk.adopt(ANA, rule.id, "yes again").model_copy()
    with pytest.raises(RefusedTransition):
        desk.reject(ANA, rule.id, "")
    desk.retire(ANA, rule.id, "")
    with pytest.raises(RefusedTransition):
        desk.adopt(ANA, rule.id, "")
    with pytest.raises(NotFound):
        desk.adopt(ANA, "rule-none", "")


def test_the_same_act_told_twice_teaches_once(written: Office) -> None:
    post = written.work.posts.get(POSTS[0])
    for _ in range(2):
        written.work.teaching.note(ANA, post, ExampleKind.REGENERATION, "creative", "", "", "too dark")
    with written.work.database.read() as connection:
        assert [example.id for example in examples_of(connection, BRAND)] == [f"{POSTS[0]}-x1"]


def test_what_cannot_be_noted_undoes_no_edit(written: Office, caplog: pytest.LogCaptureFixture) -> None:
    with written.work.database.write() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON edit_examples BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    drop_good(written, POSTS[0])
    assert written.work.posts.get(POSTS[0]).chosen_variation == f"{POSTS[0]}-r2-v1"
    assert "taught nothing" in caplog.text
    assert actions(written).count("example.not_noted") == 1
    with written.work.database.read() as connection:
        assert connection.execute(edit_examples.select()).first() is None


def test_a_rejection_with_its_note_is_an_example(run: Run, office: Office) -> None:
    office.awaiting()
    assert run("approvals", "reject", f"{POSTS[0]}-a1", "--note", "too dark, try daylight", "--yes").code == 0
    with office.work.database.read() as connection:
        [example] = examples_of(connection, BRAND)
    told = (example.kind, example.field, example.note, example.actor, example.lessons)
    assert told == (ExampleKind.REJECTION, "post", "too dark, try daylight", "ana", ())
    assert "Good leaf" in example.before


def test_a_learnt_rule_is_decided_at_the_gate(run: Run, written: Office) -> None:
    rule = learnt(written)
    [request] = [each for each in run("approvals", "list", "--json").json if each["kind"] == "adopt_rule"]
    assert request["subject"] == rule.id
    assert run("approvals", "approve", request["id"], "--note", "agreed", "--yes").code == 0
    assert [each.statement for each in written.work.brand(BRAND).rules] == ["Do not write “good”."]


def test_refusing_the_request_refuses_the_rule(run: Run, written: Office) -> None:
    rule = learnt(written)
    [request] = [each for each in run("approvals", "list", "--json").json if each["kind"] == "adopt_rule"]
    assert run("approvals", "reject", request["id"], "--note", "a whim", "--yes").code == 0
    assert written.work.teaching.rule(rule.id).state is RuleState.REJECTED


def test_rules_are_listed_and_shown_with_what_they_rest_on(run: Run, written: Office) -> None:
    rule = learnt(written)
    listed = run("rules", "list", "--brand", BRAND)
    assert rule.id in listed.out
    assert "Do not write “good”." in listed.out
    shown = run("rules", "show", rule.id)
    assert "we never call it good" in shown.out
    assert POSTS[1] in shown.out
    told = run("rules", "show", rule.id, "--json").json
    assert told["check"] == {"form": "banned_phrase", "phrase": "good", "instead": ""}
    assert len(told["examples"]) == 3
    assert run("rules", "list", "--state", "accepted").words.startswith("No rule yet.")


def test_a_person_retires_a_rule(run: Run, written: Office) -> None:
    rule = learnt(written)
    assert run("rules", "retire", rule.id).code == 1
    written.work.teaching.adopt(ANA, rule.id, "")
    assert run("rules", "retire", rule.id, "--note", "enough").code == 0
    assert written.work.teaching.rule(rule.id).state_reason == "retired by ana: enough"


def test_a_stated_rule_waits_at_the_gate_and_is_stated_once(run: Run, office: Office) -> None:
    said = run("rules", "state", "Never write 'cheap'.", "--brand", BRAND)
    assert said.code == 0, said.err
    [rule] = office.work.teaching.rules(BRAND)
    assert (rule.state, rule.proposed_by, rule.check) == (RuleState.PROPOSED, "ana", BannedPhrase(phrase="cheap"))
    assert rule.statement == "Never write 'cheap'."
    again = run("rules", "state", "never write 'cheap'.", "--brand", BRAND)
    assert again.code == 1
    assert f"{rule.id} is proposed" in again.err


@pytest.mark.parametrize("statement", ["", "x" * 201, "Write well\u202e."])
def test_what_cannot_be_told_is_no_rule(office: Office, statement: str) -> None:
    with pytest.raises(RuleInvalid):
        office.work.teaching.state(ANA, BRAND, statement, AppliesTo.COPY)
    assert office.work.teaching.rules() == ()


def test_a_viewer_states_nothing_and_brand_yaml_states_no_rules(run: Run, office: Office, brands: Path) -> None:
    viewer = Person(name="vi", role=Role.VIEWER, source="console")
    with pytest.raises(NotAllowed):
        office.work.teaching.state(viewer, BRAND, "No emoji.", AppliesTo.COPY)
    file = brands / BRAND / "brand.yaml"
    rule = (
        '"rules": [{"id": "r", "brand": "tea_room", "lesson": "l", "applies_to": "copy", "statement": "No emoji.",'
        ' "state": "accepted", "state_reason": "", "proposed_by": "me", "proposed_at": "2026-11-16T09:00:00Z",'
        ' "updated_at": "2026-11-16T09:00:00Z"}], '
    )
    file.write_text(file.read_text().replace("{", "{" + rule, 1))
    assert "marketing rules state" in run("status", "--brand", BRAND).err + run("doctor").out
