"""Logs: one line an event, named by what it is about, and without credentials wherever it goes."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr

from marketing_pipeline.domain.log_context import about, ids
from marketing_pipeline.settings import Settings, SettingsInvalid
from marketing_pipeline.settings.logs import OURS, guard_records, set_up_logs
from marketing_pipeline.settings.redaction import HIDDEN, hide, redacted
from marketing_pipeline.settings.secret import secrets_in

LOG = logging.getLogger(f"{OURS}.somewhere")


class Lines:
    """What this process wrote to its standard error."""

    def __init__(self, captured: pytest.CaptureFixture[str]) -> None:
        self._captured = captured

    def getvalue(self) -> str:
        return self._captured.readouterr().err


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    """A process whose logs are not set up yet; afterwards all is as it was."""
    root, ours, factory = logging.getLogger(), logging.getLogger(OURS), logging.getLogRecordFactory()
    handlers, level = root.handlers[:], ours.level
    root.handlers[:] = []
    yield Lines(capsys)
    root.handlers[:] = handlers
    ours.setLevel(level)
    logging.setLogRecordFactory(factory)


def test_a_json_line_names_what_it_is_about(lines: Lines) -> None:
    set_up_logs(environ={"MARKETING_LOG_FORMAT": "json"})
    with about(run="r-1", brand="tea_room", week="2026-11-16"), about(post="p-1", effect="e-1", ad_change=None):
        LOG.info("sent %d", 3)
    line = json.loads(lines.getvalue())
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": f"{OURS}.somewhere",
        "message": "sent 3",
        "run": "r-1",
        "brand": "tea_room",
        "week": "2026-11-16",
        "post": "p-1",
        "effect": "e-1",
    }


def test_an_error_brings_its_trace_on_the_same_json_line(lines: Lines) -> None:
    set_up_logs(environ={"MARKETING_LOG_FORMAT": "json"})
    try:
        raise ValueError("odd")
    except ValueError:
        LOG.exception("it failed")
    [line] = lines.getvalue().splitlines()
    assert "ValueError: odd" in json.loads(line)["error"]


def test_a_readable_line_and_what_outside_text_cannot_do_to_it(lines: Lines) -> None:
    set_up_logs(environ={})
    with about(brand="tea_room", ad_change="c-1"):
        LOG.warning("said: %s", "\x1b[31mred\x9b2J\r\n2026-11-16 09:00:00 ERROR forged: all is lost")
    first, second = lines.getvalue().splitlines()
    assert first.endswith("WARNING somewhere: said: [31mred2J")
    assert second.startswith("    2026") and second.endswith("[brand=tea_room ad_change=c-1]")


@pytest.mark.parametrize(
    ("default", "environ", "heard"),
    [
        (logging.INFO, {}, ["info", "warning"]),
        (logging.WARNING, {}, ["warning"]),
        (logging.WARNING, {"MARKETING_LOG_LEVEL": "DEBUG"}, ["debug", "info", "warning"]),
        (logging.INFO, {"MARKETING_LOG_LEVEL": "error"}, []),
    ],
)
def test_levels(lines: Lines, default: int, environ: dict[str, str], heard: list[str]) -> None:
    set_up_logs(default, environ)
    LOG.debug("debug")
    LOG.info("info")
    LOG.warning("warning")
    logging.getLogger("httpx").info("GET https://a.library/that/talks")
    assert [line.rsplit(" ", 1)[1] for line in lines.getvalue().splitlines()] == heard


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"MARKETING_LOG_FORMAT": "xml"}, "MARKETING_LOG_FORMAT is 'xml'"),
        ({"MARKETING_LOG_LEVEL": "loud"}, "MARKETING_LOG_LEVEL is 'loud'"),
    ],
)
def test_a_setting_that_cannot_be_followed_is_named(lines: Lines, environ: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsInvalid, match=named):
        set_up_logs(environ=environ)


def test_the_first_call_of_a_process_decides(lines: Lines) -> None:
    set_up_logs(logging.WARNING, {})
    set_up_logs(logging.INFO, {"MARKETING_LOG_FORMAT": "json"})
    LOG.info("not heard")
    LOG.warning("heard once")
    assert len(lines.getvalue().splitlines()) == 1


def test_names_nest_and_end_with_their_block() -> None:
    with about(run="r", brand="a"):
        with about(brand="b", post="p"):
            assert ids() == {"run": "r", "brand": "b", "post": "p"}
        assert ids() == {"run": "r", "brand": "a"}
    assert ids() == {}


def test_tasks_keep_their_own_names_and_threads_begin_with_none() -> None:
    async def work(post: str) -> str:
        with about(post=post):
            await asyncio.sleep(0)
            return ids()["post"] + ids()["run"]

    async def both() -> list[str]:
        return list(await asyncio.gather(work("p1"), work("p2")))

    with about(run="r"):
        assert asyncio.run(both()) == ["p1r", "p2r"]
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(ids).result() == {}


CANARY = "canary-7f3a9c"
KEY = "sk-ant-api03-abcdefghijklmnop"
META = "IGAA" + "x1" * 20
LEAKS = {
    "a token in an address": (f"GET https://graph.example/me?access_token={META[:12]}&fields=id", META[:12]),
    "a secret in a form": ("client_secret=hunter2hunter2", "hunter2hunter2"),
    "a JSON body": ('{"api_key": "hunter2hunter2"}', "hunter2hunter2"),
    "a header": ("authorization: Bearer abc.def-ghi", "abc.def-ghi"),
    "another header": ("x-api-key: hunter2hunter2", "hunter2hunter2"),
    "a password in an address": ("postgresql+psycopg://ann:hunter2@db/marketing", "hunter2"),
    "a key by its first letters": (f"refused: {KEY}", KEY),
    "a token by its first letters": (f"refused: {META}", META),
    "a signed address": ("https://cdn.example/a.jpg?sig=0123456789abcdef", "0123456789abcdef"),
}
HARMLESS = (
    "Effect tea_room-2026-11-16-01-e1 was published as 17900012345678901",
    "https://www.instagram.com/p/C-abc_123/?igsh=shared",
    "copywriter, try 1: ok of claude-sonnet-5-5 (request req_011CSx): 1200 tokens in, 300 out, 0.004100 USD, 812 ms",
    "max_tokens=4096 input_tokens=12 next_page=3 tokens: 12",
    "the secretary signed the token of thanks",
    "a" * 64,
    "sqlite:////home/ann/.marketing/control_plane.sqlite",
    "ann@example.com wrote to http://127.0.0.1:3000/runs/0f8fad5b",
)


@pytest.mark.parametrize(("text", "secret"), LEAKS.values(), ids=LEAKS.keys())
def test_a_credential_is_taken_out_whatever_brings_it(text: str, secret: str) -> None:
    assert secret not in redacted(text)
    assert HIDDEN in redacted(text)
    assert redacted(redacted(text)) == redacted(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_credential_stays_as_it_is(text: str) -> None:
    assert redacted(text) == text


def test_a_known_secret_is_in_no_line_whoever_logs_it_and_wherever_it_goes(lines: Lines) -> None:
    hide([CANARY])
    set_up_logs(environ={})
    elsewhere = io.StringIO()
    others = logging.getLogger("a library with a handler of its own")
    others.propagate = False
    others.addHandler(logging.StreamHandler(elsewhere))
    for log in (LOG, others):
        log.warning(f"in the text {CANARY}")
        log.warning("in an argument %s and %r", CANARY, {"key": CANARY})
        log.warning("in an error: %s", ValueError(CANARY))
        try:
            raise RuntimeError(f"cause {CANARY}")
        except RuntimeError:
            log.exception("in a trace")
    for written in (lines.getvalue(), elsewhere.getvalue()):
        assert CANARY not in written
        assert written.count(HIDDEN) >= 5
        assert "RuntimeError: cause [hidden]" in written


def test_without_the_guard_the_canary_would_be_found() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    bare = logging.LogRecord("x", logging.INFO, "x.py", 1, "%s", (CANARY,), None)
    handler.emit(bare)
    assert CANARY in written.getvalue()


def test_arguments_that_do_not_fit_stop_nothing(lines: Lines) -> None:
    guard_records()
    record = logging.getLogRecordFactory()("x", logging.INFO, "x.py", 1, "%d", ("no number",), None)
    assert record.args == ("no number",)


def test_the_guard_is_set_once(lines: Lines) -> None:
    guard_records()
    once = logging.getLogRecordFactory()
    guard_records()
    assert logging.getLogRecordFactory() is once


def test_every_secret_of_the_settings_is_known() -> None:
    environ = {
        "ANTHROPIC_API_KEY": "secret-of-anthropic",
        "IMAGE_API_KEY": "secret-of-images",
        "INSTAGRAM_TOKEN_TEA_ROOM": "secret-of-instagram",
        "GOOGLE_ADS_DEVELOPER_TOKEN": "secret-of-developer",
        "GOOGLE_ADS_CLIENT_SECRET": "secret-of-client",
        "GOOGLE_ADS_REFRESH_TOKEN": "secret-of-refresh",
        "MARKETING_AUDIT_KEY": "secret-of-audit-0123456789abcdef0",
        "MARKETING_DATABASE_URL": "postgresql+psycopg://ann:secret-of-db@db/marketing",
        "MARKETING_NOTIFY_URLS": "slack://T1JJ3T3L2SECRETABCD/SECRETPART0123456789/x,mailto://ann:secret-of-mail@m.example",
    }
    settings = Settings.from_environment(environ)
    known = set(secrets_in(settings))
    assert {name for name in environ.values() if "://" not in name} <= known
    assert {"secret-of-db", "secret-of-mail", "SECRETPART0123456789", "T1JJ3T3L2SECRETABCD"} <= known
    assert "postgresql+psycopg://ann:secret-of-db@db/marketing" not in known
    assert "m.example" not in known
    assert set(secrets_in(SecretStr(""))) == {""}


@pytest.mark.parametrize(("default", "traced"), [(logging.INFO, True), (logging.WARNING, False)])
def test_a_person_at_the_terminal_sees_the_error_and_not_its_trace(lines: Lines, default: int, traced: bool) -> None:
    set_up_logs(default, {})
    try:
        raise ValueError("odd")
    except ValueError:
        LOG.exception("it failed")
    said = lines.getvalue()
    assert "ValueError: odd" in said
    assert ("Traceback" in said) is traced
