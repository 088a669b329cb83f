"""How Google Ads is reached: with the developer token and a key of the environment, or as the sandbox wrote it down."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from marketing_pipeline.settings.address import local_address
from marketing_pipeline.settings.service import CredentialMissing, SettingsInvalid

CONNECTION_FILE = Path("sandbox") / "google_ads" / "connection.json"
"""Below the home: what a running sandbox says of its Google Ads."""
_HOW_TO_GET = {
    "GOOGLE_ADS_DEVELOPER_TOKEN": "copy it from the API centre of the manager account",
    "GOOGLE_ADS_LOGIN_CUSTOMER_ID": "write the manager account's ten digits without dashes",
    "GOOGLE_ADS_JSON_KEY_FILE_PATH": "name a service account's key file, or set the OAuth client and refresh token",
    "GOOGLE_ADS_CLIENT_ID": "make an OAuth client in the Google Cloud console",
    "GOOGLE_ADS_CLIENT_SECRET": "it stands beside the OAuth client's id",
    "GOOGLE_ADS_REFRESH_TOKEN": "make one for the OAuth client with the scope adwords",
}
_OAUTH = ("client_id", "client_secret", "refresh_token")


class GoogleAdsAccess(BaseModel):
    """What the Google Ads client is configured with. Secrets show as asterisks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    developer_token: SecretStr = SecretStr("")
    login_customer_id: str = ""
    json_key_file_path: Annotated[str, Field(description="A service account's key file; empty: OAuth")] = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    refresh_token: SecretStr = SecretStr("")
    endpoint: Annotated[str, Field(description="host:port of the sandbox; empty: Google's own")] = ""
    root_certificate: Annotated[str, Field(description="The only authority to trust; empty: the usual ones")] = ""

    def require_complete(self) -> "GoogleAdsAccess":
        """Itself. Raises CredentialMissing, naming everything that live mode lacks."""
        values = {name: self._value(name) for name in type(self).model_fields}
        needed = ["developer_token", "login_customer_id"]
        needed += list(_OAUTH) if any(values[name] for name in _OAUTH) else ["json_key_file_path"]
        missing = [f"GOOGLE_ADS_{name.upper()}" for name in needed if not values[name]]
        if missing:
            raise CredentialMissing(
                " ".join(f"{name} is not set, and live mode needs it." for name in missing),
                " ".join(f"For {name}, {_HOW_TO_GET[name]}." for name in missing),
            )
        if not (self.login_customer_id.isdecimal() and len(self.login_customer_id) == 10):
            raise SettingsInvalid(
                "GOOGLE_ADS_LOGIN_CUSTOMER_ID is no account id.", "Write the manager account's ten digits, no dashes."
            )
        return self

    def _value(self, name: str) -> str:
        value = getattr(self, name)
        return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def access_in(given: Mapping[str, str]) -> GoogleAdsAccess:
    """What the environment holds, complete or not. The endpoint is never taken from it: live is Google's own."""
    names = ("developer_token", "login_customer_id", "json_key_file_path", *_OAUTH)
    return GoogleAdsAccess.model_validate({name: given.get(f"GOOGLE_ADS_{name.upper()}", "") for name in names})


def access_of_sandbox(home: Path) -> GoogleAdsAccess:
    """What the running sandbox wrote down. Raises SettingsInvalid when none runs, EndpointRefused off this machine."""
    path = home / CONNECTION_FILE
    try:
        access = GoogleAdsAccess.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise SettingsInvalid(
            "The sandbox's Google Ads is not running.",
            "Start it with `marketing sandbox serve` (it needs the extra `ads`), or set MARKETING_GOOGLE_ADS_MODE=off.",
        ) from error
    # Without an endpoint the client would call Google itself.
    local_address(f"https://{access.endpoint}", str(path))
    if not access.root_certificate:
        raise SettingsInvalid(f"{path} names no root certificate.", "Restart the sandbox.")
    return access


def google_ads_installed() -> bool:
    """Whether the extra `ads` is here; asking loads nothing of it."""
    try:
        return find_spec("google.ads.googleads") is not None
    except ModuleNotFoundError:
        return False
