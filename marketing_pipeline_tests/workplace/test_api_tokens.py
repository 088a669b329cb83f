"""API tokens, on the real database, in time that a test moves."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from marketing_pipeline.domain.clock import SteppedClock
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.person import NotAllowed, Permission, Person, Role
from marketing_pipeline.domain.user import UserRefused
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline.workplace.people import PeopleDesk
from marketing_pipeline_tests.cli.conftest import brands, office
from marketing_pipeline_tests.cli.office import BRAND, Office
from marketing_pipeline_tests.fixtures import NOW

__all__ = ["brands", "office"]

BOSS = Person(name="ana", role=Role.ADMIN, source="cli")
READ, EDIT, DECIDE = Permission.READ, Permission.EDIT, Permission.DECIDE


@pytest.fixture
def people(office: Office, clock: SteppedClock) -> PeopleDesk:
    return PeopleDesk(office.work, clock)


def actions(people: PeopleDesk) -> list[str]:
    """What the audit log tells, in order."""
    with people.place.database.read() as connection:
        return list(connection.scalars(select(audit_log.c.action).order_by(audit_log.c.sequence)))


def viewer(name: str = "vic") -> Person:
    return Person(name=name, role=Role.VIEWER, source="console")


def test_a_token_acts_within_its_scopes_its_role_and_its_days(people: PeopleDesk, clock: SteppedClock) -> None:
    people.add(BOSS, "ben", Role.EDITOR, brands=[BRAND])
    number, token = people.make_token(BOSS, "report", [READ, EDIT], NOW + timedelta(days=2), user="ben")
    person = people.person_of_token(token)
    assert person is not None and (person.name, person.source, person.brands) == ("ben", "api", {BRAND})
    assert [person.may(each) for each in Permission] == [True, True, False, False]
    people.change(BOSS, "ben", role=Role.VIEWER)
    demoted = people.person_of_token(token)
    assert demoted is not None and not demoted.may(EDIT)
    [known] = people.tokens(BOSS)
    assert (known.id, known.user, known.name, known.used_at) == (number, "ben", "report", NOW)
    clock.step_to(NOW + timedelta(days=2))
    assert people.person_of_token(token) is None
    assert people.person_of_token("") is None


def test_a_token_that_was_taken_back_is_void_at_once(people: PeopleDesk) -> None:
    people.add(BOSS, "vic", Role.VIEWER)
    number, token = people.make_token(viewer(), "report", [READ], NOW + timedelta(days=2))
    others, _ = people.make_token(BOSS, "theirs", [READ], NOW + timedelta(days=2), user="vic")
    people.add(BOSS, "zoe", Role.VIEWER)
    for refused in (number, others):
        with pytest.raises(NotAllowed):
            people.revoke_token(viewer("zoe"), refused)
    assert people.tokens(viewer("zoe")) == ()
    people.revoke_token(viewer(), number)
    people.revoke_token(viewer(), number)
    assert people.person_of_token(token) is None
    with pytest.raises(NotFound, match="no API token '99'"):
        people.revoke_token(BOSS, "99")
    assert actions(people).count("token.revoked") == 1


@pytest.mark.parametrize(
    ("changes", "refusal", "words"),
    [
        ({"name": " "}, UserRefused, "needs a name"),
        ({"name": "x" * 101}, UserRefused, "needs a name"),
        ({"name": "hid\u200bden"}, UserRefused, "needs a name"),
        ({"scopes": []}, UserRefused, "without scopes"),
        ({"scopes": [DECIDE]}, UserRefused, "vic is viewer and may not decide"),
        ({"expires": NOW}, UserRefused, "ends after now"),
        ({"expires": NOW + timedelta(days=367)}, UserRefused, "ends after now"),
        ({"user": "boss"}, NotAllowed, "may not administer"),
        ({"person": viewer().model_copy(update={"permissions": frozenset({READ})})}, NotAllowed, "makes no tokens"),
        ({"person": viewer("ghost")}, NotFound, "no user 'ghost'"),
    ],
)
def test_a_token_that_cannot_be_is_refused(
    people: PeopleDesk, changes: dict[str, Any], refusal: type[Exception], words: str
) -> None:
    people.add(BOSS, "vic", Role.VIEWER)
    people.add(BOSS, "boss", Role.ADMIN)
    asked: dict[str, Any] = {
        "person": viewer(),
        "name": "report",
        "scopes": [READ],
        "expires": NOW + timedelta(days=1),
        **changes,
    }
    with pytest.raises(refusal, match=words):
        people.make_token(**asked)
    assert people.tokens(BOSS) == ()
