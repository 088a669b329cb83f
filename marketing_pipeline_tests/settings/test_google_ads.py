import json
import sys
from pathlib import Path

import pytest

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.settings import (
    CredentialMissing,
    EndpointRefused,
    ServiceOff,
    Settings,
    SettingsInvalid,
    google_ads_installed,
)
from marketing_pipeline.settings.google_ads import CONNECTION_FILE

LIVE = {
    "MARKETING_GOOGLE_ADS_MODE": "live",
    "GOOGLE_ADS_DEVELOPER_TOKEN": "token",
    "GOOGLE_ADS_LOGIN_CUSTOMER_ID": "1112223334",
}
KEY_FILE = {"GOOGLE_ADS_JSON_KEY_FILE_PATH": "/etc/key.json"}
OAUTH = {
    "GOOGLE_ADS_CLIENT_ID": "id",
    "GOOGLE_ADS_CLIENT_SECRET": "secret",
    "GOOGLE_ADS_REFRESH_TOKEN": "refresh",
}


def served(home: Path, **changes: str) -> Settings:
    """Settings of a sandbox that wrote down how it is reached."""
    connection = {"endpoint": "localhost:4711", "root_certificate": "/ca.pem", "developer_token": "sandbox", **changes}
    (home / CONNECTION_FILE).parent.mkdir(parents=True)
    (home / CONNECTION_FILE).write_text(json.dumps(connection))
    return Settings.from_environment({"MARKETING_HOME": str(home), **OAUTH})


def test_the_sandbox_is_reached_as_it_wrote_down_and_sees_no_secret(tmp_path: Path) -> None:
    access = served(tmp_path).google_ads()
    assert (access.endpoint, access.root_certificate) == ("localhost:4711", "/ca.pem")
    assert access.developer_token.get_secret_value() == "sandbox"
    assert not access.client_id and not access.refresh_token.get_secret_value()


@pytest.mark.parametrize("endpoint", ["", "googleads.googleapis.com:443", "10.0.0.4:50051"])
def test_the_sandbox_never_leaves_this_machine(tmp_path: Path, endpoint: str) -> None:
    with pytest.raises(EndpointRefused):
        served(tmp_path, endpoint=endpoint).google_ads()


def test_the_sandbox_needs_its_own_authority(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="root certificate"):
        served(tmp_path, root_certificate="").google_ads()


@pytest.mark.parametrize("content", [None, "", "{}x", '{"surprise": 1}'])
def test_a_sandbox_that_does_not_run_says_so(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / CONNECTION_FILE).parent.mkdir(parents=True)
        (tmp_path / CONNECTION_FILE).write_text(content)
    with pytest.raises(SettingsInvalid, match="not running"):
        Settings.from_environment({"MARKETING_HOME": str(tmp_path)}).google_ads()


@pytest.mark.parametrize("key", [KEY_FILE, OAUTH])
def test_live_is_google_itself_by_either_key(key: dict[str, str]) -> None:
    access = Settings.from_environment({**LIVE, **key}).google_ads()
    assert (access.endpoint, access.root_certificate) == ("", "")
    assert access.login_customer_id == "1112223334"


@pytest.mark.parametrize("absent", [*list(LIVE)[1:], *OAUTH])
def test_live_names_what_is_missing(absent: str) -> None:
    environ = {**LIVE, **OAUTH}
    del environ[absent]
    with pytest.raises(CredentialMissing, match=absent):
        Settings.from_environment(environ).google_ads()


def test_a_manager_id_with_dashes_is_refused() -> None:
    environ = {**LIVE, **KEY_FILE, "GOOGLE_ADS_LOGIN_CUSTOMER_ID": "111-222-3334"}
    with pytest.raises(SettingsInvalid, match="no dashes"):
        Settings.from_environment(environ).google_ads()


def test_off_is_off() -> None:
    with pytest.raises(ServiceOff):
        Settings.from_environment({"MARKETING_GOOGLE_ADS_MODE": "off"}).google_ads()


def test_only_brands_with_an_ad_account_need_credentials(brand: Brand, tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {"MARKETING_HOME": str(tmp_path), "MARKETING_GOOGLE_ADS_MODE": "live", "MARKETING_AUDIT_KEY": "k" * 32}
    )
    bare = brand.model_copy(update={"channels": brand.channels.model_copy(update={"google_ads": None})})
    settings.require_credentials([bare])
    with pytest.raises(CredentialMissing, match="GOOGLE_ADS_DEVELOPER_TOKEN"):
        settings.require_credentials([brand])


def test_without_the_extra_nothing_fails_and_nobody_advertises(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("google.ads", "google.ads.googleads"):
        monkeypatch.setitem(sys.modules, name, None)
    assert not google_ads_installed()
