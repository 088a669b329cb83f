"""What the environment decides, read once and frozen."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from marketing_pipeline.settings.address import local_address, public_address
from marketing_pipeline.settings.console import ConsoleAccess, console_access_in
from marketing_pipeline.settings.google_ads import GoogleAdsAccess, access_in, access_of_sandbox
from marketing_pipeline.settings.object_storage import ObjectStorage, object_storage_in
from marketing_pipeline.settings.secret import TOKEN, kept_key, long_enough, present
from marketing_pipeline.settings.service import (
    CredentialMissing,
    Service,
    ServiceMode,
    ServiceOff,
    SettingsInvalid,
    modes_in,
)
from marketing_pipeline.settings.stores import Stores, stores_in
from marketing_pipeline.settings.upkeep import Upkeep, upkeep_in

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand

AGENTS = (
    "strategist", "composer", "copywriter", "evaluator", "analyst", "ads_analyst", "note_reader", "orchestrator",
    "judge",
)  # fmt: skip
_DEFAULT_MODEL = "claude-sonnet-5-5"
# Whoever judges is not the model that made it.
_DEFAULT_EVALUATOR = "claude-opus-5-5"
_DEFAULT_IMAGE_MODEL = "gpt-image-1"
_LIVE_MODEL_URL = "https://api.anthropic.com"
_LIVE_INSTAGRAM_URL = "https://graph.instagram.com"
_LIVE_IMAGE_URL = "https://api.openai.com/v1"


class Settings(BaseModel):
    """Everything the environment decides. Secrets show as asterisks wherever this is printed."""

    model_config = ConfigDict(frozen=True)

    home: Annotated[Path, Field(description="Where this installation keeps everything")]
    brands: Annotated[Path, Field(description="Folder with one folder a brand")]
    modes: dict[Service, ServiceMode]
    sandbox_seed: int
    sandbox_url: Annotated[str, Field(description="Empty: the one that a running sandbox wrote into the home")]
    models: Annotated[dict[str, str], Field(description="Model id of each agent")]
    model_url: Annotated[str, Field(description="Live Messages API, or a gateway to it")]
    image_url: Annotated[str, Field(description="Live image API")]
    image_model: str
    media_url: Annotated[str, Field(description="Where Instagram fetches pictures; empty: from the sandbox")]
    database_url: Annotated[SecretStr, Field(description="SQLAlchemy URL; empty: a SQLite file in the home")]
    stores: Stores = Stores()
    object_storage: ObjectStorage = ObjectStorage()
    anthropic_api_key: SecretStr
    image_api_key: SecretStr
    instagram_tokens: Annotated[dict[str, SecretStr], Field(description="By brand id in capitals")]
    given_google_ads: Annotated[GoogleAdsAccess, Field(description="Complete or not")] = GoogleAdsAccess()
    given_audit_key: SecretStr
    notify_urls: Annotated[tuple[SecretStr, ...], Field(description="Apprise URLs")]
    upkeep: Upkeep = Upkeep()
    console: ConsoleAccess = ConsoleAccess()

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, directory: Path | None = None) -> "Settings":
        """Read `environ` (default: this process's); relative paths are meant from `directory` (the working one).

        Raises SettingsInvalid, naming every variable that cannot be followed.
        """
        given = {name: value.strip() for name, value in (os.environ if environ is None else environ).items()}
        place = (directory or Path.cwd()).absolute()
        own_brands = place / "brands"
        project_brands = Path(__file__).absolute().parents[2] / "brands"
        default_brands = own_brands if own_brands.is_dir() else project_brands
        model = given.get("MARKETING_MODEL") or _DEFAULT_MODEL
        defaults = dict.fromkeys(AGENTS, model) | dict.fromkeys(("evaluator", "judge"), _DEFAULT_EVALUATOR)
        return cls(
            home=place / (given.get("MARKETING_HOME") or ".marketing"),
            brands=place / (given.get("MARKETING_BRANDS") or default_brands),
            modes=modes_in(given),
            sandbox_seed=_whole_number(given, "MARKETING_SANDBOX_SEED", 7),
            sandbox_url=given.get("MARKETING_SANDBOX_URL", ""),
            models={agent: given.get(f"MARKETING_MODEL_{agent.upper()}") or defaults[agent] for agent in AGENTS},
            model_url=given.get("ANTHROPIC_BASE_URL") or _LIVE_MODEL_URL,
            image_url=given.get("IMAGE_API_BASE_URL") or _LIVE_IMAGE_URL,
            image_model=given.get("IMAGE_API_MODEL") or _DEFAULT_IMAGE_MODEL,
            media_url=given.get("MARKETING_MEDIA_BASE_URL", ""),
            database_url=SecretStr(given.get("MARKETING_DATABASE_URL", "")),
            stores=stores_in(given),
            object_storage=object_storage_in(given),
            anthropic_api_key=SecretStr(given.get("ANTHROPIC_API_KEY", "")),
            image_api_key=SecretStr(given.get("IMAGE_API_KEY", "")),
            instagram_tokens={
                name.removeprefix(TOKEN): SecretStr(token) for name, token in given.items() if name.startswith(TOKEN)
            },
            given_google_ads=access_in(given),
            given_audit_key=SecretStr(given.get("MARKETING_AUDIT_KEY", "")),
            notify_urls=tuple(
                SecretStr(url.strip()) for url in given.get("MARKETING_NOTIFY_URLS", "").split(",") if url.strip()
            ),
            upkeep=upkeep_in(given, place),
            console=console_access_in(given),
        )

    @property
    def world(self) -> str:
        """The world that a home is bound to: `sandbox:<seed>`, `live`, or the mode of each channel."""
        channels = (Service.INSTAGRAM, Service.GOOGLE_ADS)
        first, second = (
            f"sandbox:{self.sandbox_seed}" if self.modes[channel] is ServiceMode.SANDBOX else str(self.modes[channel])
            for channel in channels
        )
        if first == second != ServiceMode.OFF:
            return first
        return f"{channels[0]}={first},{channels[1]}={second}"

    @property
    def acts_live(self) -> bool:
        """Whether anything in the outside world may be changed: a post, a campaign."""
        return ServiceMode.LIVE in (self.modes[Service.INSTAGRAM], self.modes[Service.GOOGLE_ADS])

    @property
    def signs_pictures(self) -> bool:
        """Whether Instagram is given addresses that the object storage signs, since no other was named."""
        return bool(self.stores.media) and not self.media_url

    @property
    def model_provider(self) -> str:
        """Who answers model calls, as it stands on every recorded call: sandbox or anthropic."""
        return "anthropic" if self.modes[Service.MODEL] is ServiceMode.LIVE else "sandbox"

    def is_off(self, service: Service) -> bool:
        """Whether a service is switched off."""
        return self.modes[service] is ServiceMode.OFF

    def sandbox_base_url(self) -> str:
        """Where the sandbox listens. Raises SettingsInvalid when it does not run, EndpointRefused off this machine."""
        url = self.sandbox_url
        if not url:
            with suppress(OSError):
                url = (self.home / "sandbox" / "url").read_text(encoding="utf-8").strip()
        if not url:
            raise SettingsInvalid(
                "The sandbox is not running, and MARKETING_SANDBOX_URL names none.",
                "Start it with `marketing sandbox serve`, or everything at once with `marketing up`.",
            )
        return local_address(url, "MARKETING_SANDBOX_URL")

    def anthropic_base_url(self) -> str:
        """The Messages API, without /v1/messages. Raises ServiceOff, EndpointRefused or SettingsInvalid."""
        if self._is_live(Service.MODEL):
            return public_address(self.model_url, "ANTHROPIC_BASE_URL")
        return f"{self.sandbox_base_url()}/anthropic"

    def instagram_base_url(self) -> str:
        """The Graph API, without its version. Raises ServiceOff, EndpointRefused or SettingsInvalid."""
        return _LIVE_INSTAGRAM_URL if self._is_live(Service.INSTAGRAM) else f"{self.sandbox_base_url()}/instagram"

    def image_base_url(self) -> str:
        """The image API, /v1 included. Raises ServiceOff, EndpointRefused or SettingsInvalid."""
        if self._is_live(Service.IMAGE):
            return public_address(self.image_url, "IMAGE_API_BASE_URL")
        return f"{self.sandbox_base_url()}/images/v1"

    def media_base_url(self) -> str:
        """Where Instagram fetches pictures: `<this>/<sha256>.jpg`. Raises as the others, and CredentialMissing."""
        name = "MARKETING_MEDIA_BASE_URL"
        if self._is_live(Service.INSTAGRAM):
            return public_address(present(self.media_url, name), name)
        return local_address(self.media_url, name) if self.media_url else f"{self.sandbox_base_url()}/media"

    def anthropic_key(self) -> SecretStr:
        """The key for the Messages API. Raises ServiceOff or CredentialMissing."""
        return self._key(Service.MODEL, self.anthropic_api_key, "ANTHROPIC_API_KEY", in_sandbox="sandbox-models")

    def image_key(self) -> SecretStr:
        """The key for the image API. Raises ServiceOff or CredentialMissing."""
        return self._key(Service.IMAGE, self.image_api_key, "IMAGE_API_KEY", in_sandbox="sandbox-images")

    def instagram_token(self, brand: "Brand") -> SecretStr:
        """The token of a brand's account. Raises ServiceOff or CredentialMissing."""
        name = brand.id.upper()
        given = self.instagram_tokens.get(name, SecretStr(""))
        in_sandbox = f"sandbox-{brand.channels.instagram.account_id}"
        return self._key(Service.INSTAGRAM, given, f"{TOKEN}{name}", in_sandbox=in_sandbox)

    def google_ads(self) -> GoogleAdsAccess:
        """How Google Ads is reached. Raises ServiceOff, CredentialMissing, SettingsInvalid or EndpointRefused."""
        if self._is_live(Service.GOOGLE_ADS):
            return self.given_google_ads.require_complete()
        return access_of_sandbox(self.home)

    def audit_key(self) -> bytes:
        """The key that signs approvals and the audit log; never in the database.

        MARKETING_AUDIT_KEY, or, where nothing outside can be changed, a file of the home made at first use and
        readable by its owner alone. Raises CredentialMissing, or SettingsInvalid for a key that is too short.
        """
        key = self.given_audit_key.get_secret_value()
        if self.acts_live:
            present(key, "MARKETING_AUDIT_KEY")
        return long_enough(key or kept_key(self.home / "audit.key"))

    def require_credentials(self, brands: "Sequence[Brand]") -> None:
        """Raise CredentialMissing, naming everything that the services in use lack for these brands."""
        # A key of the home's own is made when the home is, not by this look.
        own_key = not self.acts_live and not self.given_audit_key.get_secret_value()
        needed: list[Callable[[], object]] = [] if own_key else [self.audit_key]
        if not self.is_off(Service.MODEL):
            needed.append(self.anthropic_key)
        if not self.is_off(Service.INSTAGRAM):
            needed.extend(partial(self.instagram_token, brand) for brand in brands)
        # Object storage signs an address for each picture where no public one stands before it.
        if self.modes[Service.INSTAGRAM] is ServiceMode.LIVE and not self.signs_pictures:
            needed.append(self.media_base_url)
        if not self.is_off(Service.IMAGE) and any(brand.look.picture_source == "image_service" for brand in brands):
            needed.append(self.image_key)
        ads_live = self.modes[Service.GOOGLE_ADS] is ServiceMode.LIVE
        if ads_live and any(brand.channels.google_ads is not None for brand in brands):
            needed.append(self.google_ads)
        missing: list[CredentialMissing] = []
        for credential in needed:
            try:
                credential()
            except CredentialMissing as error:
                missing.append(error)
        if missing:
            raise CredentialMissing(
                " ".join(error.message for error in missing), " ".join(error.mend for error in missing)
            )

    def _is_live(self, service: Service) -> bool:
        if self.is_off(service):
            raise ServiceOff(
                f"{service} is switched off ({service.variable}=off).", f"Set {service.variable} to sandbox or live."
            )
        return self.modes[service] is ServiceMode.LIVE

    def _key(self, service: Service, given: SecretStr, name: str, *, in_sandbox: str) -> SecretStr:
        """What a service is shown: in the sandbox a word that opens nothing else, so that no secret goes there."""
        if not self._is_live(service):
            return SecretStr(in_sandbox)
        return SecretStr(present(given.get_secret_value(), name))


def _whole_number(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name) or str(default)
    if not text.isdecimal():
        raise SettingsInvalid(f"{name} is {text!r}.", f"Write a whole number such as {default}.")
    return int(text)
