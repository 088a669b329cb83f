"""How the installation itself is doing: findings by area, each well, doubtful or bad, with the way to mend it."""

from datetime import timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Level(StrEnum):
    """Well; worth a look; or something does not work and people must act."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


class Area(StrEnum):
    """Everything that is looked at. Each area has at least one finding."""

    DAEMON = "daemon"
    CODE_LOCATION = "code_location"
    DRAINS = "drains"
    CONSOLE = "console"
    CLOCK = "clock"
    DISK = "disk"
    DATABASE = "database"
    QUEUE = "queue"
    ERRORS = "errors"
    SPEND = "spend"
    FRESHNESS = "freshness"
    EFFECTS = "effects"
    AUDIT = "audit"
    ALERTS = "alerts"


_ORDER = list(Level)


class HealthFinding(BaseModel):
    """One thing looked at. `since`: from when it has been so, where that is known; `of`: of what, among several."""

    model_config = ConfigDict(frozen=True)

    area: Area
    level: Level
    what: str = Field(min_length=1)
    since: AwareDatetime | None = None
    mend: str = ""
    of: str = ""

    @property
    def name(self) -> str:
        """What was looked at, told apart from the others of its area."""
        area = self.area.replace("_", " ")
        return f"{area} of {self.of}" if self.of else area


class Health(BaseModel):
    """All findings of one look."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    findings: tuple[HealthFinding, ...]

    @property
    def level(self) -> Level:
        """The worst of all."""
        return max((finding.level for finding in self.findings), key=_ORDER.index, default=Level.OK)

    def of(self, area: Area) -> tuple[HealthFinding, ...]:
        """The findings of one area."""
        return tuple(finding for finding in self.findings if finding.area is area)

    def worst(self, area: Area) -> Level:
        """The worst of one area."""
        return max((finding.level for finding in self.of(area)), key=_ORDER.index, default=Level.OK)


def well(area: Area, what: str) -> HealthFinding:
    """Nothing is wrong."""
    return HealthFinding(area=area, level=Level.OK, what=what)


def doubtful(area: Area, what: str, mend: str, since: AwareDatetime | None = None) -> HealthFinding:
    """Worth a look, and nothing stops."""
    return HealthFinding(area=area, level=Level.WARN, what=what, mend=mend, since=since)


def bad(area: Area, what: str, mend: str, since: AwareDatetime | None = None) -> HealthFinding:
    """People must act."""
    return HealthFinding(area=area, level=Level.BAD, what=what, mend=mend, since=since)


def ago(span: timedelta) -> str:
    """A span as people say it: 40 s, 12 min, 5 h, 3 days."""
    seconds = span.total_seconds()
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7_200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3_600:.0f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"


def counted(number: int, noun: str) -> str:
    """How many there are of something: 1 brand, 2 brands, 2 replies."""
    if number == 1:
        return f"1 {noun}"
    plural = f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"
    return f"{number:,} {plural}"
