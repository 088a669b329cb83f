"""`marketing tokens` and the doctor's lines on them: ends are shown, tokens never."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from marketing_pipeline import automation
from marketing_pipeline.cli.dagster_home import dagster_instance, run_job
from marketing_pipeline.domain.channel_token import TokenState
from marketing_pipeline.sandbox.faults import Fault, FaultDesk, FaultName, Operation
from marketing_pipeline.sandbox.server import SandboxConfig, SandboxServer
from marketing_pipeline.settings import Settings
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.cli.command_line import Run, row
from marketing_pipeline_tests.cli.office import BRAND, Office
from marketing_pipeline_tests.sandbox.tea_room import TOKEN

DAY = timedelta(days=1)


@pytest.fixture
def world(office: Office) -> Iterator[SandboxServer]:
    """The sandbox, where the home looks for it."""
    config = SandboxConfig(home=office.work.home.root, seed=7, brands=(office.brand,))
    with SandboxServer(config, office.work.clock) as server:
        (office.work.home.sandbox / "url").write_text(server.url, encoding="utf-8")
        yield server


def test_tokens_are_listed_and_refreshed_and_never_shown(office: Office, world: SandboxServer, run: Run) -> None:
    [listed] = run("tokens", "list", "--json").json
    assert (listed["channel"], listed["brand"], listed["state"], listed["expires_at"]) == (
        "instagram", BRAND, "valid", None,
    )  # fmt: skip
    done = run("tokens", "refresh")
    assert done.code == 0 and "refreshed" in done.words and "good until 2027-01-15" in done.words
    [listed] = run("tokens", "list", "--json").json
    assert listed["refreshes"] == 1 and listed["expires_at"].startswith("2027-01-15")
    shown = run("tokens", "list")
    assert "valid" in shown.words
    assert TOKEN not in done.out + done.err + shown.out + shown.err
    too_young = run("tokens", "refresh", "--brand", BRAND, "--json")
    assert (too_young.code, too_young.json[0]["outcome"]) == (0, "not due")
    assert "no brand 'nobody'" in run("tokens", "refresh", "--brand", "nobody").words


def test_the_doctor_tells_each_end_and_a_refused_token_with_the_way_out(
    office: Office, world: SandboxServer, run: Run
) -> None:
    run("tokens", "list")
    name = f"token instagram {BRAND}"
    assert "its end is told at the first refresh" in row(run("doctor", "--json"), name)["detail"]
    run("tokens", "refresh")
    assert "ends 2027-01-15, refreshed after 2026-12-" in row(run("doctor", "--json"), name)["detail"]
    FaultDesk(world.world, world.journal).order(
        Fault(name=FaultName.TOKEN_EXPIRED, operation=Operation.REFRESH_TOKEN, times=2)
    )
    office.step_to(office.now + DAY)
    assert run("tokens", "refresh").code == 1
    told = row(run("doctor", "--json"), name)
    assert told["ok"] is False and "190" in told["detail"]
    file = office.work.home.secrets / f"instagram-{BRAND}.token"
    assert str(file) in told["mend"] and file.exists()
    assert TOKEN not in str(told)
    # What the mend says: without the file the token of the environment is taken up.
    file.unlink()
    assert row(run("doctor", "--json"), name)["ok"] is True


def test_the_sensor_asks_for_a_run_when_a_token_is_due_and_the_run_refreshes_it(
    office: Office, world: SandboxServer
) -> None:
    first = automation.token_refresh(workplace=office.work)
    assert "No token is due" in str(getattr(first, "skip_message", ""))
    office.step_to(office.now + DAY)
    asked, again = (automation.token_refresh(workplace=office.work) for _ in range(2))
    assert getattr(asked, "run_key", "") == getattr(again, "run_key", None)
    done = office.work.tokens.refresh()
    assert [each.outcome for each in done] == ["refreshed"]
    assert office.work.providers.instagram(office.brand).quota(office.brand.channels.instagram.account_id).left
    later = automation.token_refresh(workplace=office.work)
    assert "No token is due" in str(getattr(later, "skip_message", ""))


def test_the_run_that_the_sensor_launches_refreshes_what_is_due(office: Office, world: SandboxServer) -> None:
    office.work.tokens.notice()
    office.step_to(office.now + DAY)
    with dagster_instance(office.work.settings) as instance:
        run_job(instance, "refresh_tokens")
    [known] = office.work.tokens.known()
    assert known.refreshes == 1


def test_a_refreshed_token_is_in_one_file_and_in_no_backup(
    office: Office, world: SandboxServer, run: Run, tmp_path: Path
) -> None:
    office.published()
    office.work.refresh_warehouse()
    run("tokens", "refresh")
    made = run("backup", "--to", str(tmp_path / "backups"))
    assert made.code == 0, made.words
    secret = office.work.tokens.in_use(office.brand).get_secret_value().encode()
    assert secret.startswith(b"sandbox-")
    ours = (file for file in tmp_path.rglob("*") if file.is_file() and "sandbox" not in file.parts)
    assert [file.name for file in ours if secret in file.read_bytes()] == [f"instagram-{BRAND}.token"]


def test_the_drains_client_follows_the_token_in_use(office: Office, world: SandboxServer) -> None:
    before = office.work.providers.instagram(office.brand)
    assert office.work.providers.instagram(office.brand) is before
    office.work.tokens.refresh(forced=True)
    after = office.work.providers.instagram(office.brand)
    assert after.token_sha256 != before.token_sha256
    [known] = office.work.tokens.known()
    assert (known.token_sha256, known.state) == (after.token_sha256, TokenState.VALID)


def test_where_instagram_is_off_there_is_nothing_to_refresh(
    office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKETING_HOME", str(office.work.home.root.with_name("another")))
    monkeypatch.setenv("MARKETING_INSTAGRAM_MODE", "off")
    Workplace.open(Settings.from_environment()).database.close()
    assert run("tokens", "refresh", "--json").json == []
    assert run("tokens", "list", "--json").json == []


def test_google_ads_needs_no_refreshing(office: Office, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETING_GOOGLE_ADS_MODE", "live")
    assert "nothing to refresh" in row(run("doctor", "--json"), "token google_ads")["detail"]
