"""What the environment decides, as it may stand in the audit log: without a credential, and without what varies."""

from typing import Any
from urllib.parse import urlsplit

from marketing_pipeline.settings.environment import Settings


def described(settings: Settings) -> dict[str, Any]:
    """Modes, models and endpoints by name. Addresses lose users, passwords, queries and fragments."""
    database = settings.database_url.get_secret_value()
    ads = settings.given_google_ads
    return {
        **{f"mode.{service}": str(mode) for service, mode in settings.modes.items()},
        **{f"model.{agent}": model for agent, model in settings.models.items()},
        "model.image": settings.image_model,
        "endpoint.model": _bare(settings.model_url),
        "endpoint.image": _bare(settings.image_url),
        "endpoint.media": _bare(settings.media_url),
        "world": settings.world,
        "brands": str(settings.brands),
        "database": _bare(database) if database else "the home's own file",
        "audit_key": "given" if settings.given_audit_key.get_secret_value() else "the home's own",
        "google_ads.manager": ads.login_customer_id,
        "console.hosts": sorted(settings.console.hosts),
        "console.proxy_header": settings.console.proxy_header,
        "console.open_metrics": settings.console.open_metrics,
        "notify": sorted(urlsplit(url.get_secret_value()).scheme for url in settings.notify_urls),
    }


def _bare(url: str) -> str:
    """Scheme, host, port and path alone."""
    try:
        place = urlsplit(url)
        port = f":{place.port}" if place.port else ""
    except ValueError:
        return "no address"
    return f"{place.scheme}://{place.hostname or ''}{port}{place.path}" if place.scheme else ""
