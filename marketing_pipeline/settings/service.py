"""Outside services and their modes, and what can be wrong with how they are set."""

from collections.abc import Mapping
from enum import StrEnum

from marketing_pipeline.domain.errors import MarketingError


class SettingsInvalid(MarketingError):
    """The environment says something that cannot be followed."""


class CredentialMissing(MarketingError):
    """A live service was asked for without what it needs."""


class ServiceOff(MarketingError):
    """The service is switched off: it is not called, and nothing is pretended."""


class EndpointRefused(MarketingError):
    """An address of the wrong world: a foreign one in the sandbox, a local or unprotected one in live mode."""


class ServiceMode(StrEnum):
    """Where a service is looked for."""

    SANDBOX = "sandbox"
    LIVE = "live"
    OFF = "off"


class Service(StrEnum):
    """Outside services, each with a mode of its own."""

    MODEL = "model"
    IMAGE = "image"
    INSTAGRAM = "instagram"
    GOOGLE_ADS = "google_ads"

    @property
    def variable(self) -> str:
        """The variable that sets its mode alone."""
        return f"MARKETING_{self.upper()}_MODE"


def modes_in(given: Mapping[str, str]) -> dict[Service, ServiceMode]:
    """The mode of each service, by its own variable or MARKETING_MODE. Raises SettingsInvalid."""
    wanted = {"MARKETING_MODE": given.get("MARKETING_MODE") or ServiceMode.SANDBOX}
    wanted |= {item.variable: given.get(item.variable) or wanted["MARKETING_MODE"] for item in Service}
    problems = [f"{name} is {mode!r}" for name, mode in wanted.items() if mode not in tuple(ServiceMode)]
    if wanted["MARKETING_MODE"] == ServiceMode.OFF:
        problems = ["MARKETING_MODE is 'off'"]
    if problems:
        raise SettingsInvalid(
            f"{'; '.join(problems)}.",
            "MARKETING_MODE is sandbox or live; a service's own mode is sandbox, live or off.",
        )
    return {item: ServiceMode(wanted[item.variable]) for item in Service}
