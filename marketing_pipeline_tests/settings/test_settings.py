import re
from pathlib import Path

import pytest

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.settings import (
    CredentialMissing,
    EndpointRefused,
    Service,
    ServiceMode,
    ServiceOff,
    Settings,
    SettingsInvalid,
)

KEY = "0123456789abcdef" * 4
SANDBOX = {"MARKETING_SANDBOX_URL": "http://127.0.0.1:8700/"}
LIVE = {
    "MARKETING_MODE": "live",
    "ANTHROPIC_API_KEY": "sk-ant-secret",
    "INSTAGRAM_TOKEN_UPSCALE_PRINT": "IGAA-secret",
    "IMAGE_API_KEY": "sk-image-secret",
    "MARKETING_MEDIA_BASE_URL": "https://media.upscaleprint.example/",
    "MARKETING_AUDIT_KEY": KEY,
    "GOOGLE_ADS_DEVELOPER_TOKEN": "ads-secret",
    "GOOGLE_ADS_LOGIN_CUSTOMER_ID": "1112223334",
    "GOOGLE_ADS_JSON_KEY_FILE_PATH": "/etc/ads/key.json",
}


def read(environ: dict[str, str], directory: Path | None = None) -> Settings:
    return Settings.from_environment(environ, directory)


def test_an_empty_environment_is_the_sandbox(tmp_path: Path) -> None:
    settings = read({}, tmp_path)
    assert settings.home == tmp_path / ".marketing"
    assert set(settings.modes.values()) == {ServiceMode.SANDBOX}
    assert settings.world == "sandbox:7"
    assert not settings.acts_live
    assert settings.model_provider == "sandbox"
    assert settings.models["copywriter"] == "claude-sonnet-5-5"


def test_brands_beside_the_working_directory_come_before_those_of_the_project(tmp_path: Path) -> None:
    project = Path(__file__).parents[2] / "brands"
    assert read({}, tmp_path).brands == project
    (tmp_path / "brands").mkdir()
    assert read({}, tmp_path).brands == tmp_path / "brands"
    assert read({"MARKETING_BRANDS": "ours"}, tmp_path).brands == tmp_path / "ours"
    assert read({"MARKETING_BRANDS": "/srv/brands"}, tmp_path).brands == Path("/srv/brands")


def test_each_service_may_be_set_alone() -> None:
    settings = read(
        {"MARKETING_MODE": "live", "MARKETING_INSTAGRAM_MODE": "off", "MARKETING_GOOGLE_ADS_MODE": "sandbox"}
    )
    assert settings.modes[Service.MODEL] is ServiceMode.LIVE
    assert settings.is_off(Service.INSTAGRAM)
    assert settings.modes[Service.GOOGLE_ADS] is ServiceMode.SANDBOX


@pytest.mark.parametrize(
    ("environ", "world"),
    [
        ({"MARKETING_SANDBOX_SEED": "11"}, "sandbox:11"),
        ({"MARKETING_MODEL_MODE": "live", "MARKETING_IMAGE_MODE": "off"}, "sandbox:7"),
        ({"MARKETING_MODE": "live"}, "live"),
        ({"MARKETING_MODE": "live", "MARKETING_MODEL_MODE": "sandbox"}, "live"),
        ({"MARKETING_MODE": "live", "MARKETING_GOOGLE_ADS_MODE": "off"}, "instagram=live,google_ads=off"),
        ({"MARKETING_GOOGLE_ADS_MODE": "live"}, "instagram=sandbox:7,google_ads=live"),
        (
            {"MARKETING_INSTAGRAM_MODE": "off", "MARKETING_GOOGLE_ADS_MODE": "off"},
            "instagram=off,google_ads=off",
        ),
    ],
)
def test_the_world_is_that_of_the_channels(environ: dict[str, str], world: str) -> None:
    assert read(environ).world == world


def test_models_are_named_for_all_agents_or_for_one() -> None:
    settings = read({"MARKETING_MODEL": "claude-haiku-5-5", "MARKETING_MODEL_STRATEGIST": "claude-opus-5-5"})
    assert settings.models["analyst"] == "claude-haiku-5-5"
    assert settings.models["strategist"] == "claude-opus-5-5"
    assert read({"MARKETING_MODEL_EVALUATOR": "claude-fable-5-1"}).models["evaluator"] == "claude-fable-5-1"


def test_whoever_judges_is_not_the_model_that_made() -> None:
    models = read({}).models
    assert models["evaluator"] != models["composer"]


def test_the_sandbox_serves_everything_below_its_own_address(brand: Brand) -> None:
    settings = read(SANDBOX)
    assert settings.anthropic_base_url() == "http://127.0.0.1:8700/anthropic"
    assert settings.instagram_base_url() == "http://127.0.0.1:8700/instagram"
    assert settings.image_base_url() == "http://127.0.0.1:8700/images/v1"
    assert settings.media_base_url() == "http://127.0.0.1:8700/media"


def test_a_running_sandbox_is_found_by_its_file(tmp_path: Path) -> None:
    (tmp_path / ".marketing" / "sandbox").mkdir(parents=True)
    (tmp_path / ".marketing" / "sandbox" / "url").write_text("http://127.0.0.1:4711\n")
    assert read({}, tmp_path).sandbox_base_url() == "http://127.0.0.1:4711"


def test_no_secret_of_the_environment_is_shown_to_the_sandbox(brand: Brand) -> None:
    settings = read({**LIVE, "MARKETING_MODE": "sandbox"})
    shown = {key.get_secret_value() for key in (settings.anthropic_key(), settings.image_key())}
    shown.add(settings.instagram_token(brand).get_secret_value())
    assert shown == {"sandbox-models", "sandbox-images", f"sandbox-{brand.channels.instagram.account_id}"}


def test_live_services_are_the_real_ones(brand: Brand) -> None:
    settings = read(LIVE)
    assert settings.anthropic_base_url() == "https://api.anthropic.com"
    assert settings.instagram_base_url() == "https://graph.instagram.com"
    assert settings.image_base_url() == "https://api.openai.com/v1"
    assert settings.media_base_url() == "https://media.upscaleprint.example"
    assert settings.anthropic_key().get_secret_value() == "sk-ant-secret"
    assert settings.instagram_token(brand).get_secret_value() == "IGAA-secret"
    assert settings.model_provider == "anthropic"
    assert settings.audit_key() == KEY.encode()
    settings.require_credentials([brand])


def test_no_secret_is_printed() -> None:
    environ = {
        **LIVE,
        "MARKETING_DATABASE_URL": "postgresql://marketing:db-secret@host/name",
        "MARKETING_NOTIFY_URLS": "slack://T0/secret/x, mailto://user:secret@example.com",
    }
    settings = read(environ)
    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    names = re.compile(r"""SecretStr|\b(client_)?secret(?=["']?[=:])""")
    assert "secret" not in names.sub("", shown)
    assert KEY not in shown
    assert [url.get_secret_value() for url in settings.notify_urls] == [
        "slack://T0/secret/x",
        "mailto://user:secret@example.com",
    ]


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"MARKETING_MODE": "prod"}, r"MARKETING_MODE is 'prod'.*sandbox or live"),
        ({"MARKETING_MODE": "off"}, r"MARKETING_MODE is 'off'.*sandbox or live"),
        ({"MARKETING_IMAGE_MODE": "on"}, r"MARKETING_IMAGE_MODE is 'on'.*sandbox, live or off"),
        ({"MARKETING_SANDBOX_SEED": "seven"}, r"MARKETING_SANDBOX_SEED is 'seven'.*such as 7"),
    ],
)
def test_a_word_that_means_nothing_is_refused(environ: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsInvalid, match=words):
        read(environ)


def test_every_wrong_mode_is_named() -> None:
    with pytest.raises(SettingsInvalid, match=r"MARKETING_MODEL_MODE.*MARKETING_IMAGE_MODE"):
        read({"MARKETING_MODEL_MODE": "x", "MARKETING_IMAGE_MODE": "y"})


def test_a_sandbox_that_does_not_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"not running.*marketing up"):
        read({}, tmp_path).sandbox_base_url()


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1:8700",
        "https://graph.instagram.com",
        "http://127.0.0.1@evil.example",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "ftp://127.0.0.1",
        "127.0.0.1:8700",
        "http://",
        "http://[::1",
    ],
)
@pytest.mark.parametrize("name", ["MARKETING_SANDBOX_URL", "MARKETING_MEDIA_BASE_URL"])
def test_the_sandbox_never_leads_off_this_machine(url: str, name: str) -> None:
    settings = read({**SANDBOX, name: url})
    with pytest.raises(EndpointRefused, match=name):
        settings.media_base_url() if name == "MARKETING_MEDIA_BASE_URL" else settings.instagram_base_url()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1", "http://x.localhost"])
def test_the_sandbox_may_be_any_loopback_address(url: str) -> None:
    assert read({"MARKETING_SANDBOX_URL": url}).sandbox_base_url() == url


@pytest.mark.parametrize(
    "url",
    ["http://media.example", "https://127.0.0.1", "https://localhost", "https://0.0.0.0", "ftp://x.example", "words"],
)
@pytest.mark.parametrize("name", ["MARKETING_MEDIA_BASE_URL", "ANTHROPIC_BASE_URL", "IMAGE_API_BASE_URL"])
def test_a_live_address_is_public_and_protected(url: str, name: str) -> None:
    settings = read({**LIVE, name: url})
    endpoints = {
        "MARKETING_MEDIA_BASE_URL": settings.media_base_url,
        "ANTHROPIC_BASE_URL": settings.anthropic_base_url,
        "IMAGE_API_BASE_URL": settings.image_base_url,
    }
    with pytest.raises(EndpointRefused, match=name):
        endpoints[name]()


@pytest.mark.parametrize(
    ("missing", "how"),
    [
        ("ANTHROPIC_API_KEY", "Anthropic Console"),
        ("INSTAGRAM_TOKEN_UPSCALE_PRINT", "Meta App Dashboard"),
        ("MARKETING_MEDIA_BASE_URL", "media folder is served"),
        ("MARKETING_AUDIT_KEY", "openssl rand -hex 32"),
    ],
)
def test_a_missing_credential_is_named_with_the_way_to_get_it(brand: Brand, missing: str, how: str) -> None:
    settings = read({name: value for name, value in LIVE.items() if name != missing})
    with pytest.raises(CredentialMissing, match=f"{missing} is not set.*{how}"):
        settings.require_credentials([brand])


def test_all_missing_credentials_are_named_at_once(brand: Brand) -> None:
    painted = brand.model_copy(update={"look": brand.look.model_copy(update={"picture_source": "image_service"})})
    with pytest.raises(CredentialMissing) as caught:
        read({"MARKETING_MODE": "live"}).require_credentials([painted])
    assert all(name in str(caught.value) for name in LIVE if name != "MARKETING_MODE")


def test_a_brand_that_draws_its_own_pictures_needs_no_image_key(brand: Brand) -> None:
    read({name: value for name, value in LIVE.items() if name != "IMAGE_API_KEY"}).require_credentials([brand])


def test_the_sandbox_needs_no_credential(brand: Brand, tmp_path: Path) -> None:
    read({}, tmp_path).require_credentials([brand])


@pytest.mark.parametrize("service", [Service.MODEL, Service.IMAGE, Service.INSTAGRAM])
def test_a_service_that_is_off_is_not_called(brand: Brand, service: Service) -> None:
    settings = read({**LIVE, service.variable: "off"})
    uses = {
        Service.MODEL: (settings.anthropic_base_url, settings.anthropic_key),
        Service.IMAGE: (settings.image_base_url, settings.image_key),
        Service.INSTAGRAM: (
            settings.instagram_base_url,
            settings.media_base_url,
            lambda: settings.instagram_token(brand),
        ),
    }
    for use in uses[service]:
        with pytest.raises(ServiceOff, match=rf"{service} is switched off \({service.variable}=off\)"):
            use()
    settings.require_credentials([brand])
