"""`marketing alerts`: listed, shown, taken on, muted; and a test message over the wire."""

from collections.abc import Iterator

import pytest

from marketing_pipeline.channels.notifications import Notifier
from marketing_pipeline.domain.health import Area, Health, HealthFinding, Level
from marketing_pipeline.operations.alerts import watch
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import BRAND, FIRST, Office
from marketing_pipeline_tests.operations.listener import CANARY, Listener


@pytest.fixture
def alert(office: Office) -> str:
    """The id of an alert about a post that failed."""
    office.failed()
    watch(office.work.health.installation(), Health(at=office.now, findings=()), Notifier(()))
    return office.work.health.alerts.find()[0].id


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Somebody to be told."""
    with Listener() as listening:
        yield listening


def test_alerts_are_listed_shown_and_taken_on(alert: str, run: Run) -> None:
    [listed] = run("alerts", "list", "--json").json
    assert (listed["id"], listed["kind"], listed["state"], listed["subject"]) == (alert, "post_missed", "open", FIRST)
    assert alert in run("alerts", "list", "--brand", BRAND, "--kind", "post_missed").out
    assert run("alerts", "list", "--kind", "unhealthy", "--json").json == []
    assert "posts retry" in run("alerts", "show", alert).words
    assert run("alerts", "show", alert, "--json").json["occurrences"] == 1
    assert "ana has taken on" in run("alerts", "ack", alert, "--note", "on it").words
    twice = run("alerts", "ack", alert)
    assert twice.code == 1 and "acknowledged already by ana" in twice.words
    assert run("alerts", "list", "--state", "open", "--json").json == []
    assert [each["state"] for each in run("alerts", "list", "--json").json] == ["acknowledged"]


def test_status_shows_what_stands_once(alert: str, run: Run, office: Office) -> None:
    bad = HealthFinding(area=Area.DISK, level=Level.BAD, what="is full", mend="Make room.")
    watch(office.work.health.installation(), Health(at=office.now, findings=(bad,)), Notifier(()))
    rows = run("status", "--json").json["rows"]
    [told] = [row for row in rows if row["kind"] == "alert"]
    assert told["subject"].startswith("unhealthy") and not told["ok"]
    assert [row["subject"] for row in rows if row["kind"] == "failed"] == [FIRST], "the post has a line of its own"


def test_mutes_are_set_listed_and_lifted(alert: str, run: Run) -> None:
    said = run("alerts", "mute", "--kind", "post_missed", "--for", "2d", "--note", "fair").words
    assert said.startswith("post_missed: muted until") and "alerts unmute 1" in said
    assert "Every alert: muted until" in run("alerts", "mute").words
    assert "fair" in run("alerts", "list").out
    assert run("alerts", "unmute", "1").code == 0
    assert run("alerts", "unmute", "1").code == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("show", "nothing"), 1, "There is no alert nothing"),
        (("ack", "nothing"), 1, "There is no alert nothing"),
        (("mute", "--for", "soon"), 2, "is no span"),
        (("mute", "--for", "31d"), 1, "within 30 days"),
        (("mute", "--for", "0h"), 1, "ends after now"),
        (("mute", "--kind", "weather"), 2, "weather"),
        (("mute", "--brand", "nobody"), 1, "no brand 'nobody'"),
        (("test",), 1, "names nobody"),
    ],
)
def test_each_refusal_is_one_clear_line(office: Office, run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    refused = run("alerts", *words)
    assert refused.code == code and said in refused.words
    assert "Traceback" not in refused.err


def test_a_test_message_goes_out_and_names_who_did_not_take_it(
    office: Office, run: Run, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKETING_NOTIFY_URLS", listener.url.get_secret_value())
    assert run("alerts", "test").words == "Sent; 1 took it."
    assert listener.titles == ["[info] A test of marketing alerts"]
    monkeypatch.setenv("MARKETING_NOTIFY_URLS", f"{listener.url.get_secret_value()},json://127.0.0.1:9/{CANARY}")
    half = run("alerts", "test")
    assert half.code == 1 and "1 took it; service 2 (JSON) did not take it" in half.words
    assert CANARY not in half.words
