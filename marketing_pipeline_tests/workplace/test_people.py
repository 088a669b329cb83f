"""Users, sessions and links, on the real database, in time that a test moves."""

from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import NotAllowed, Permission, Person, Role
from marketing_pipeline.domain.user import SignInRefused, SignInWay, UserRefused
from marketing_pipeline.store.tables import audit_log, login_links, sessions, users
from marketing_pipeline.workplace.people import PeopleDesk
from marketing_pipeline_tests.cli.conftest import brands, office
from marketing_pipeline_tests.cli.office import BRAND, Office
from marketing_pipeline_tests.fixtures import NOW

__all__ = ["brands", "office"]

BOSS = Person(name="ana", role=Role.ADMIN, source="cli")
PASSWORD = "a kettle of good water"


@pytest.fixture
def people(office: Office, clock: SteppedClock) -> PeopleDesk:
    return PeopleDesk(office.work, clock)


def audited(people: PeopleDesk) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Rows of the audit log that tell of people."""
    with people.place.database.read() as connection:
        rows = connection.execute(select(audit_log).order_by(audit_log.c.sequence)).all()
    nouns = ("user.", "session.", "login.", "link.", "token.")
    return [(row.action, row.actor, row.subject, row.detail) for row in rows if row.action.startswith(nouns)]


def actions(people: PeopleDesk) -> list[str]:
    return [row[0] for row in audited(people)]


def test_who_is_added_signs_in_with_the_password_and_out_again(people: PeopleDesk) -> None:
    people.add(BOSS, "Ben", Role.EDITOR, brands=[BRAND], password=PASSWORD)
    token = people.sign_in("ben", PASSWORD, address="127.0.0.1")
    found = people.person_of_session(token)
    assert found is not None
    person, session = found
    assert (person.name, person.role, person.source, person.brands) == ("Ben", Role.EDITOR, "console", {BRAND})
    assert person.permissions is None and session.way is SignInWay.PASSWORD
    people.sign_out(token)
    assert people.person_of_session(token) is None
    people.sign_out(token)
    assert audited(people) == [
        ("user.added", "ana", "user Ben", {"role": "editor", "brands": [BRAND], "password": True, "source": "cli"}),
        ("session.opened", "Ben", "user Ben", {"way": "password", "address": "127.0.0.1"}),
        ("session.ended", "Ben", "user Ben", {"reason": "signed out"}),
    ]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("ben", "a kettle of bad water"),
        ("ben", ""),
        ("nobody-here", PASSWORD),
        ("linked", PASSWORD),
        ("gone", PASSWORD),
    ],
)
def test_a_refused_sign_in_says_the_same_whatever_was_wrong(people: PeopleDesk, name: str, word: str) -> None:
    for each in ("ben", "gone"):
        people.add(BOSS, each, Role.VIEWER, password=PASSWORD)
    people.add(BOSS, "linked", Role.VIEWER)
    people.disable(BOSS, "gone")
    with pytest.raises(SignInRefused, match="Name and password do not go together"):
        people.sign_in(name, word, address="10.1.2.3")
    action, actor, subject, detail = audited(people)[-1]
    assert (action, actor) == ("login.refused", "nobody")
    assert subject == ("an unknown user" if name == "nobody-here" else f"user {name}")
    assert detail == {"way": "password", "why": "wrong name or password", "address": "10.1.2.3"}


def test_a_hash_of_other_parameters_is_made_anew_at_the_next_sign_in(people: PeopleDesk) -> None:
    people.add(BOSS, "ben", Role.VIEWER, password=PASSWORD)
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with people.place.database.write() as connection:
        connection.execute(update(users).values(password_hash=old))
    people.sign_in("ben", PASSWORD)
    with people.place.database.read() as connection:
        kept = connection.scalar(select(users.c.password_hash))
    assert kept is not None and kept.startswith("$argon2id$") and "m=47104,t=1,p=1" in kept
    assert people.person_of_session(people.sign_in("ben", PASSWORD))


def test_a_link_lets_in_once_and_for_a_quarter_of_an_hour(people: PeopleDesk, clock: SteppedClock) -> None:
    first, second = people.login_link("ana"), people.login_link("ana", by=BOSS)
    found = people.person_of_session(people.by_link(first))
    assert found is not None and (found[0].role, found[1].way) == (Role.ADMIN, SignInWay.LINK)
    with pytest.raises(SignInRefused, match="used already"):
        people.by_link(first)
    clock.step_to(NOW + timedelta(minutes=15))
    for token in (second, "no-such-token", ""):
        with pytest.raises(SignInRefused, match="lets nobody in"):
            people.by_link(token)
    assert actions(people) == [
        "user.added", "link.made", "link.made", "session.opened", *["login.refused"] * 4,
    ]  # fmt: skip


def test_without_users_the_operator_becomes_the_first_and_later_nobody_does(people: PeopleDesk) -> None:
    people.login_link("ana")
    assert [(user.name, user.role, user.has_password) for user in people.list(BOSS)] == [("ana", Role.ADMIN, False)]
    with pytest.raises(NotFound, match="no user 'eve'"):
        people.login_link("eve")
    people.disable(BOSS, "ana")
    with pytest.raises(UserRefused, match="ana is disabled"):
        people.login_link("ana")


def test_a_session_lives_while_it_is_used_and_no_longer_than_a_week(people: PeopleDesk, clock: SteppedClock) -> None:
    token = people.by_link(people.login_link("ana"))
    for hours in range(11, 7 * 24, 11):
        clock.step_to(NOW + timedelta(hours=hours))
        assert people.person_of_session(token), hours
    clock.step_to(NOW + timedelta(days=7))
    assert people.person_of_session(token) is None


def test_a_session_that_nobody_uses_ends_after_twelve_hours(people: PeopleDesk, clock: SteppedClock) -> None:
    token = people.by_link(people.login_link("ana"))
    clock.step_to(NOW + timedelta(hours=12) - timedelta(seconds=1))
    used, unused = token, people.by_link(people.login_link("ana"))
    assert people.person_of_session(used)
    clock.step_to(NOW + timedelta(hours=24) - timedelta(seconds=1))
    assert people.person_of_session(used) is None and people.person_of_session(unused) is None


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        ({"role": Role.VIEWER}, True),
        ({"password": "another kettle of water"}, True),
        ({"brands": [BRAND]}, False),
        ({"all_brands": True}, False),
    ],
    ids=["role", "password", "brands", "all brands"],
)
def test_another_role_or_password_ends_every_session_and_link(
    people: PeopleDesk, change: dict[str, Any], ends: bool
) -> None:
    people.add(BOSS, "ben", Role.EDITOR, password=PASSWORD)
    people.add(BOSS, "cleo", Role.EDITOR)
    others = people.by_link(people.login_link("cleo"))
    tokens, link = [people.by_link(people.login_link("ben")) for _ in range(2)], people.login_link("ben")
    people.change(BOSS, "BEN", **change)
    assert [people.person_of_session(token) is None for token in tokens] == [ends, ends]
    assert people.person_of_session(others)
    assert ("session.ended" in actions(people)) is ends
    if ends:
        with pytest.raises(SignInRefused):
            people.by_link(link)
    else:
        people.by_link(link)


def test_a_disabled_user_is_out_at_once_in_every_way_and_can_come_back(people: PeopleDesk, clock: SteppedClock) -> None:
    people.add(BOSS, "ben", Role.EDITOR, password=PASSWORD)
    ben = Person(name="ben", role=Role.EDITOR, source="console")
    session, link = people.sign_in("ben", PASSWORD), people.login_link("ben")
    _, token = people.make_token(ben, "report", [Permission.READ], NOW + timedelta(days=1))
    assert people.person_of_token(token) and people.by_proxy("ben")
    people.disable(BOSS, "ben")
    people.disable(BOSS, "ben")
    assert people.person_of_session(session) is None
    assert people.person_of_token(token) is None
    assert people.by_proxy("ben") is None
    for way in (lambda: people.sign_in("ben", PASSWORD), lambda: people.by_link(link)):
        with pytest.raises(SignInRefused):
            way()
    assert actions(people).count("user.disabled") == 1
    people.enable(BOSS, "ben")
    assert people.person_of_session(session) is None and people.person_of_token(token) is None
    assert people.person_of_session(people.sign_in("ben", PASSWORD))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.APPROVER])
def test_who_is_no_admin_changes_nobody(people: PeopleDesk, role: Role) -> None:
    people.add(BOSS, "ben", role)
    ben = Person(name="ben", role=role, source="console")
    for act in (
        lambda: people.list(ben),
        lambda: people.add(ben, "eve", Role.ADMIN),
        lambda: people.change(ben, "ben", role=Role.ADMIN),
        lambda: people.disable(ben, "ben"),
        lambda: people.enable(ben, "ben"),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert actions(people) == ["user.added"]


@pytest.mark.parametrize(
    ("given", "refusal", "words"),
    [
        ({"name": "BEN"}, UserRefused, "BEN already"),
        ({"name": "system"}, UserRefused, "part of the program"),
        ({"name": "policy:solo"}, UserRefused, "cannot be a user's name"),
        ({"brands": [BrandId("no_brand")]}, NotFound, "no brand 'no_brand'"),
        ({"brands": []}, NotFound, "sees nothing"),
        ({"password": "short"}, UserRefused, "fewer than 12"),
    ],
)
def test_a_user_that_cannot_be_is_refused(
    people: PeopleDesk, given: dict[str, Any], refusal: type[Exception], words: str
) -> None:
    people.add(BOSS, "ben", Role.VIEWER)
    asked: dict[str, Any] = {"name": "eve", "role": Role.VIEWER, **given}
    with pytest.raises(refusal, match=words):
        people.add(BOSS, **asked)
    with pytest.raises(UserRefused, match="Nothing was said"):
        people.change(BOSS, "ben")
    assert actions(people) == ["user.added"]


def test_rows_of_sessions_and_links_that_ended_long_ago_are_cleared_away(
    people: PeopleDesk, clock: SteppedClock
) -> None:
    people.by_link(people.login_link("ana"))
    clock.step_to(NOW + timedelta(days=40))
    people.by_link(people.login_link("ana"))
    with people.place.database.read() as connection:
        assert len(connection.execute(select(sessions)).all()) == 1
        assert len(connection.execute(select(login_links)).all()) == 1
