"""What the Instagram Graph API answers: as it comes over the wire, and as the product uses it."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from marketing_pipeline.channels.instagram_wire import graph_time

# Two Meta pages say 50, one says 100; the smaller where the API gives none.
_QUOTA_TOTAL = 50


class ContainerStatus(StrEnum):
    """Meta's words for where a container stands."""

    IN_PROGRESS = "IN_PROGRESS"
    FINISHED = "FINISHED"
    PUBLISHED = "PUBLISHED"
    ERROR = "ERROR"
    EXPIRED = "EXPIRED"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


GraphTime = Annotated[AwareDatetime, BeforeValidator(graph_time)]


class Quota(_Frozen):
    """Posts made through the API in the rolling window, and how many are allowed."""

    used: int
    total: int
    window: timedelta

    @property
    def left(self) -> int:
        """How many more may go out now."""
        return max(0, self.total - self.used)


class ContainerReading(_Frozen):
    """What a container says of itself."""

    status_code: ContainerStatus
    status: str = ""


class Media(_Frozen):
    """One live post."""

    id: Annotated[str, Field(min_length=1)]
    timestamp: GraphTime
    permalink: str | None = None


class Insights(_Frozen):
    """Figures of one post: each metric asked for is a number, or None with the reason in `missing`."""

    values: dict[str, int | None]
    missing: dict[str, str]


class RefreshedToken(_Frozen):
    """A new long-lived token, when it was given, and the moment that Meta says it expires."""

    token: SecretStr
    issued_at: AwareDatetime
    expires_at: AwareDatetime


class Created(_Frozen):
    """The id of what was made."""

    id: Annotated[str, Field(min_length=1)]


class _QuotaConfig(_Frozen):
    quota_total: int = _QUOTA_TOTAL
    quota_duration: int = 86_400


class _QuotaEntry(_Frozen):
    quota_usage: int
    config: _QuotaConfig = _QuotaConfig()


class QuotaAnswer(_Frozen):
    """As the Graph API tells a quota."""

    data: Annotated[tuple[_QuotaEntry, ...], Field(min_length=1)]


class MediaPage(_Frozen):
    """One page of an account's posts."""

    data: tuple[Media, ...]


class _MetricValue(_Frozen):
    value: int | None = None


class _MetricEntry(_Frozen):
    name: str
    values: tuple[_MetricValue, ...] = ()
    total_value: _MetricValue | None = None

    def figure(self) -> int | None:
        if self.total_value is not None:
            return self.total_value.value
        return next((entry.value for entry in self.values), None)


class InsightsAnswer(_Frozen):
    """As the Graph API tells figures."""

    data: tuple[_MetricEntry, ...]


class TokenAnswer(_Frozen):
    """As the Graph API hands out a token; `expires_in` in seconds."""

    access_token: SecretStr
    expires_in: Annotated[int, Field(gt=0)]
