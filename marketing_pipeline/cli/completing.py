"""What the shell offers for a word that is being typed: brands, and ids of this home.

A shell has nowhere to show a refusal: where the environment or the home cannot be read, nothing is offered.
"""

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.store.known_ids import IdTable, known_ids


def brands(incomplete: str) -> list[str]:
    """Brands by the names of their folders."""
    from marketing_pipeline.settings import Settings
    from marketing_pipeline.store.brand_folder import brand_ids

    try:
        return [brand for brand in brand_ids(Settings.from_environment().brands) if brand.startswith(incomplete)]
    except MarketingError:
        return []


def posts(incomplete: str) -> list[str]:
    """Post ids, of the newest weeks first."""
    return _ids("posts", incomplete)


def requests(incomplete: str) -> list[str]:
    """Ids of approval requests."""
    return _ids("approvals", incomplete)


def effects(incomplete: str) -> list[str]:
    """Ids of effects."""
    return _ids("effects", incomplete)


def ad_changes(incomplete: str) -> list[str]:
    """Ids of ad changes."""
    return _ids("ad_changes", incomplete)


def alerts(incomplete: str) -> list[str]:
    """Ids of alerts."""
    return _ids("alerts", incomplete)


def rules(incomplete: str) -> list[str]:
    """Ids of rules."""
    return _ids("brand_rules", incomplete)


def experiments(incomplete: str) -> list[str]:
    """Ids of experiments."""
    return _ids("experiments", incomplete)


def _ids(table: IdTable, incomplete: str) -> list[str]:
    from marketing_pipeline.settings import Settings
    from marketing_pipeline.store.home import Home

    try:
        settings = Settings.from_environment()
    except MarketingError:
        return []
    home = Home(settings.home, settings.database_url.get_secret_value())
    return known_ids(home.control_plane_url, table, incomplete)
