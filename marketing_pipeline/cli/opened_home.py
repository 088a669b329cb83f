"""The home that a command works on. Most commands need one that is there; only those that begin something make one."""

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.health import counted
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.home import Home
from marketing_pipeline.workplace import Workplace

_TRACES = ("audit.anchor", "media", "warehouse")
"""What only a home that was used before holds."""


class NoHome(MarketingError):
    """There is no home to look at. Nothing was made."""


class ControlPlaneLost(MarketingError):
    """The home was used before, and has lost its control plane. Nothing was made."""


def has_home(settings: Settings) -> bool:
    """Whether the home was made; one whose control plane is on a server is taken to be there."""
    return bool(settings.database_url.get_secret_value()) or (settings.home / "control_plane.sqlite").exists()


def require_unused(home: Home) -> None:
    """Return for a place in which no home was yet. Raises ControlPlaneLost for what is left of one."""
    if home.audit_anchor.exists():
        heads = counted(len(home.audit_anchor.read_text(encoding="utf-8").splitlines()), "head")
        raise ControlPlaneLost(
            f"control_plane.sqlite is gone from {home.root}, yet audit.anchor holds {heads} of its audit log.",
            "Restore the last backup of control_plane.sqlite before anything is run.",
        )
    used = [name for name in _TRACES if (home.root / name).exists()]
    if used:
        raise ControlPlaneLost(
            f"control_plane.sqlite is gone from {home.root}, yet {' and '.join(used)} of it are there.",
            "Restore the last backup of control_plane.sqlite, or name an empty folder in MARKETING_HOME.",
        )


def opened_home(settings: Settings | None = None) -> Workplace:
    """Open the home that is there. Raises NoHome, ControlPlaneLost, and whatever `Workplace.open` raises."""
    chosen = settings or Settings.from_environment()
    if not has_home(chosen):
        require_unused(Home(chosen.home))
        raise NoHome(
            f"There is no home at {chosen.home} yet.",
            "`make demo` makes one in the sandbox, `marketing up` an empty one; MARKETING_HOME names another.",
        )
    return Workplace.open(chosen)
