"""The environment, read in one place: modes, folders, endpoints and secrets."""

from marketing_pipeline.settings.environment import AGENTS, Settings
from marketing_pipeline.settings.google_ads import GoogleAdsAccess, google_ads_installed
from marketing_pipeline.settings.service import (
    CredentialMissing,
    EndpointRefused,
    Service,
    ServiceMode,
    ServiceOff,
    SettingsInvalid,
)

__all__ = [
    "AGENTS",
    "CredentialMissing",
    "EndpointRefused",
    "GoogleAdsAccess",
    "Service",
    "ServiceMode",
    "ServiceOff",
    "Settings",
    "SettingsInvalid",
    "google_ads_installed",
]
