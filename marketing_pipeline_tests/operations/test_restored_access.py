"""Who is let in after a restore: nobody by what was handed out before, and everybody's name as it was."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.person import Permission, Person, Role
from marketing_pipeline.domain.user import SignInRefused
from marketing_pipeline.operations.restore import RestoreOrder, restore
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.reconciliations import NotReconciled
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.cli.conftest import brands, office
from marketing_pipeline_tests.cli.office import Office
from marketing_pipeline_tests.workplace.people_at_work import told

__all__ = ["brands", "office"]

ANA = Person(name="ana", role=Role.ADMIN, source="cli")
PASSWORD = "a kettle of good water"


def put_back_by_restore(backup: Path) -> Workplace:
    """The home as `marketing restore` leaves it."""
    settings = Settings.from_environment()
    order = RestoreOrder(
        backup=backup,
        home=Workplace.open(settings).home,
        world=settings.world,
        key=lambda home: settings.model_copy(update={"home": home}).audit_key(),
        actor="ana",
    )
    restore(order, real=SystemClock())
    return Workplace.open(settings)


def put_back_by_hand(backup: Path) -> Workplace:
    """The home with an old database file in it, and with a look at its log as every drain takes."""
    settings = Settings.from_environment()
    for left in settings.home.glob("control_plane.sqlite-*"):
        left.unlink()
    (settings.home / "control_plane.sqlite").write_bytes((backup / "control_plane.sqlite").read_bytes())
    opened = Workplace.open(settings)
    with pytest.raises(NotReconciled):
        opened.plane.reconciliations.require_none(opened.database)
    return opened


@pytest.mark.parametrize("put_back", [put_back_by_restore, put_back_by_hand])
def test_nothing_that_was_handed_out_lets_anybody_in(
    office: Office, tmp_path: Path, put_back: Callable[[Path], Workplace]
) -> None:
    people = office.work.people
    people.add(ANA, "ben", Role.EDITOR, password=PASSWORD)
    session, link = people.sign_in("ben", PASSWORD), people.login_link("ben")
    ends = SystemClock().now() + timedelta(days=9)
    number, token = people.make_token(ANA, "weekly report", [Permission.READ], ends, user="ben")
    backup = office.work.upkeep.back_up(tmp_path / "backups").path
    people.revoke_token(ANA, number)
    people.disable(ANA, "ben")
    office.work.anchor_audit()
    office.work.database.close()
    with put_back(backup) as place:
        after = Office(place)
        assert place.people.person_of_session(session) is None
        assert place.people.person_of_token(token) is None
        with pytest.raises(SignInRefused):
            place.people.by_link(link)
        actor = told(after, "reconciliation.opened")[0][1]
        assert told(after, "session.ended") == [("session.ended", actor, "user ben")]
        assert told(after, "token.revoked") == [("token.revoked", actor, f"api token {number}")]
        [ben] = place.people.list(ANA)
        assert ben.disabled_at is None and ben.has_password, "users are as they were then"
        assert place.people.person_of_session(place.people.sign_in("ben", PASSWORD)) is not None


def test_where_nobody_was_let_in_nothing_is_told(office: Office, tmp_path: Path) -> None:
    backup = office.work.upkeep.back_up(tmp_path / "backups").path
    office.work.database.close()
    with put_back_by_restore(backup) as place:
        assert told(Office(place), "session.") == told(Office(place), "token.") == []
