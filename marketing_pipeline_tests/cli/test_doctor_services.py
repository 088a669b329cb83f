"""What `marketing doctor` says of credentials, of services that answer or refuse, and of Dagster's daemon."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from marketing_pipeline.cli.checks_of_services import Unreachable, answers
from marketing_pipeline_tests.cli.command_line import Run, row
from marketing_pipeline_tests.cli.office import Office, write_brand


@pytest.mark.parametrize(
    ("service", "name", "missing"),
    [
        ("MODEL", "credentials model", "ANTHROPIC_API_KEY is not set"),
        ("INSTAGRAM", "credentials instagram tea_room", "INSTAGRAM_TOKEN_TEA_ROOM is not set"),
        ("INSTAGRAM", "media address", "MARKETING_MEDIA_BASE_URL is not set"),
        ("INSTAGRAM", "audit key", "MARKETING_AUDIT_KEY is not set"),
        ("INSTAGRAM", "clock", "The time of this home is simulated"),
    ],
)
def test_live_services_name_what_they_lack(
    office: Office, run: Run, monkeypatch: pytest.MonkeyPatch, service: str, name: str, missing: str
) -> None:
    monkeypatch.setenv(f"MARKETING_{service}_MODE", "live")
    said = run("doctor", "--json")
    assert said.code == 1
    assert row(said, name)["ok"] is False
    assert missing in row(said, name)["detail"]


def test_an_image_key_is_asked_for_only_where_a_brand_uses_it(
    office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKETING_IMAGE_MODE", "live")
    assert row(run("doctor", "--json"), "credentials image") == {
        "name": "credentials image",
        "ok": True,
        "detail": "no brand uses it",
        "mend": "",
    }
    look = {**office.brand.look.model_dump(mode="json"), "picture_source": "image_service"}
    write_brand(office.work.settings.brands, look=look)
    assert "IMAGE_API_KEY is not set" in row(run("doctor", "--json"), "credentials image")["detail"]


def test_what_is_off_is_shown_as_off(office: Office, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETING_IMAGE_MODE", "off")
    assert row(run("doctor", "--json"), "credentials image")["detail"] == "off: it is not called"


class _Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(int(self.path.strip("/")))
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[str]:
    """A service that answers with the status that it is asked for."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answering) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("status", [200, 404])
def test_a_service_that_answers(service: str, status: int) -> None:
    assert answers(f"{service}/{status}", {}) == f"{service}/{status} answers"


@pytest.mark.parametrize(
    ("status", "problem"), [(401, "refuses the credential"), (403, "refuses the credential"), (503, "is in trouble")]
)
def test_a_service_that_refuses(service: str, status: int, problem: str) -> None:
    with pytest.raises(Unreachable, match=problem):
        answers(f"{service}/{status}", {"x-api-key": "secret"})
