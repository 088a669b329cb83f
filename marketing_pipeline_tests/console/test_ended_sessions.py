"""A session ends with its time, and with what is changed about its user: at once, in a browser that is still open."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.person import Role
from marketing_pipeline.store.tables import sessions
from marketing_pipeline_tests.console.doorway import BOSS, ORIGIN, Doorway

SENT = {"origin": ORIGIN}


def test_a_session_that_is_over_is_over_in_the_browser(door: Doorway, ben: tuple[TestClient, str]) -> None:
    client, csrf = ben
    past = SystemClock().now() - timedelta(seconds=1)
    with door.office.place.database.write() as connection:
        connection.execute(update(sessions).values(expires_at=past))
    assert client.get("/").headers["location"] == "/login"
    assert client.post("/act", data={"csrf": csrf}, headers=SENT).headers["location"] == "/login"
    assert door.done == []


@pytest.mark.parametrize("way", ["disabled", "role", "password"])
def test_a_user_who_is_disabled_or_changed_is_out_at_once(door: Doorway, ben: tuple[TestClient, str], way: str) -> None:
    client, csrf = ben
    people = door.office.place.people
    if way == "disabled":
        people.disable(BOSS, "ben")
    elif way == "role":
        people.change(BOSS, "ben", role=Role.VIEWER)
    else:
        people.change(BOSS, "ben", password="a new kettle of water")
    assert client.get("/").status_code == 303
    assert client.post("/act", data={"csrf": csrf}, headers=SENT).status_code == 303
    assert door.done == []
