"""Who may reach the console, from the environment."""

import pytest

from marketing_pipeline.settings import Settings, SettingsInvalid
from marketing_pipeline.settings.description import described

SECRET = "0123456789abcdef0123456789abcdef"
HEADER, KEY = "MARKETING_CONSOLE_PROXY_HEADER", "MARKETING_CONSOLE_PROXY_SECRET"


def test_without_settings_only_this_machine_is_answered_and_no_proxy_is_trusted() -> None:
    access = Settings.from_environment({}).console
    assert access.hosts == {"127.0.0.1", "localhost", "::1"}
    assert (access.proxy_header, access.proxy_key.get_secret_value(), access.open_metrics) == ("", "", False)


def test_everything_can_be_set_and_the_secret_is_not_shown() -> None:
    settings = Settings.from_environment(
        {
            "MARKETING_CONSOLE_HOSTS": "Console.Example.com, 10.0.0.7,",
            HEADER: "X-Forwarded-User",
            KEY: SECRET,
            "MARKETING_CONSOLE_OPEN_METRICS": "yes",
        }
    )
    access = settings.console
    assert access.hosts >= {"console.example.com", "10.0.0.7", "localhost"}
    assert (access.proxy_header, access.open_metrics) == ("x-forwarded-user", True)
    assert SECRET not in repr(settings) + str(described(settings))
    assert described(settings)["console.proxy_header"] == "x-forwarded-user"


@pytest.mark.parametrize(
    "wrong",
    [
        {HEADER: "X-Forwarded-User"},
        {KEY: SECRET},
        {HEADER: "X-Forwarded-User", KEY: "short"},
        {HEADER: "X-Forwarded-User", KEY: "\u00e9" * 30},
        {HEADER: "X Forwarded", KEY: SECRET},
        {HEADER: "Cookie", KEY: SECRET},
        {"MARKETING_CONSOLE_HOSTS": "*"},
        {"MARKETING_CONSOLE_HOSTS": "*.example.com"},
        {"MARKETING_CONSOLE_HOSTS": "https://console.example.com"},
        {"MARKETING_CONSOLE_HOSTS": "console.example.com:443"},
        {"MARKETING_CONSOLE_OPEN_METRICS": "perhaps"},
    ],
    ids=str,
)
def test_what_cannot_be_followed_is_refused_by_name(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsInvalid, match="MARKETING_CONSOLE") as refused:
        Settings.from_environment(wrong)
    assert SECRET not in str(refused.value)
