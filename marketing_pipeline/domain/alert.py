"""Alerts: what a person must hear about, how urgent it is, and until when it stays open."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from marketing_pipeline.domain.identifiers import AlertId, BrandId, short_hash


class AlertKind(StrEnum):
    """Everything that people are told about. A closed set: nothing else may be sent."""

    APPROVAL_WAITING = "approval_waiting"
    APPROVAL_EXPIRING = "approval_expiring"
    EFFECT_PARKED = "effect_parked"
    RUN_FAILED = "run_failed"
    TOKEN_EXPIRING = "token_expiring"
    SPEND_NEAR_CAP = "spend_near_cap"
    AD_ANOMALY = "ad_anomaly"
    POST_BELOW_BAR = "post_below_bar"
    POST_MISSED = "post_missed"
    UNHEALTHY = "unhealthy"


class Severity(StrEnum):
    """How urgent: info is read some time, warning today, critical now."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class AlertState(StrEnum):
    """Open until its cause is gone; acknowledged by a person it is no longer repeated."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


SEVERITY: Mapping[AlertKind, Severity] = {
    AlertKind.APPROVAL_WAITING: Severity.INFO,
    AlertKind.APPROVAL_EXPIRING: Severity.WARNING,
    AlertKind.EFFECT_PARKED: Severity.CRITICAL,
    AlertKind.RUN_FAILED: Severity.WARNING,
    AlertKind.TOKEN_EXPIRING: Severity.WARNING,
    AlertKind.SPEND_NEAR_CAP: Severity.WARNING,
    AlertKind.AD_ANOMALY: Severity.WARNING,
    AlertKind.POST_BELOW_BAR: Severity.INFO,
    AlertKind.POST_MISSED: Severity.WARNING,
    AlertKind.UNHEALTHY: Severity.CRITICAL,
}
"""How urgent each kind is when nothing says otherwise."""

ESCALATES_AFTER: Mapping[Severity, timedelta] = {
    Severity.WARNING: timedelta(hours=12),
    Severity.CRITICAL: timedelta(minutes=30),
}
"""An alert that nobody has acknowledged for so long is sent again, one step more urgent."""


class Finding(BaseModel):
    """One thing that is the matter right now, as a watcher found it.

    `kind`, `brand` and `subject` name it: found again it is the same alert, not a second one.
    """

    model_config = ConfigDict(frozen=True)

    kind: AlertKind
    brand: BrandId | None = None
    subject: str = Field(min_length=1)
    title: str = Field(min_length=1, max_length=200)
    detail: str = ""
    mend: str = ""
    severity: Severity | None = None
    """None: that of its kind."""

    @property
    def alert_id(self) -> AlertId:
        """The id under which it is kept, while it lasts and when it comes back."""
        return AlertId(f"{self.kind}-{short_hash(self.kind, self.brand or '', self.subject)}")

    @property
    def urgency(self) -> Severity:
        """Its own severity, else that of its kind."""
        return self.severity or SEVERITY[self.kind]


class Alert(BaseModel):
    """A finding with its history: since when, how often, who was told, who has taken it on."""

    model_config = ConfigDict(frozen=True)

    id: AlertId
    kind: AlertKind
    severity: Severity
    brand: BrandId | None
    subject: str
    title: str
    detail: str
    mend: str
    state: AlertState
    first_at: AwareDatetime
    last_at: AwareDatetime
    occurrences: int = Field(ge=1)
    notified_at: AwareDatetime | None
    notify_attempts: int = Field(ge=0)
    notify_problem: str | None
    escalated_at: AwareDatetime | None
    acknowledged_by: str | None
    resolved_at: AwareDatetime | None


class Mute(BaseModel):
    """Alerts that are kept but not sent; each None means every one."""

    model_config = ConfigDict(frozen=True)

    kind: AlertKind | None
    brand: BrandId | None
    subject: str | None
    actor: str
    note: str
    since: AwareDatetime
    until: AwareDatetime

    def covers(self, finding: Finding) -> bool:
        """Whether this finding is not sent."""
        return (
            self.kind in (None, finding.kind)
            and self.brand in (None, finding.brand)
            and self.subject in (None, finding.subject)
        )
