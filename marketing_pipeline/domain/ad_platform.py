"""What the executor of ad changes needs from an ad platform: five reads, one dry run and one write."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from marketing_pipeline.domain.ad_change import ApplyAdChange, CustomerId
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.money import Currency


class AdFailureClass(StrEnum):
    """What an error of the platform means for the call that met it."""

    RETRY = "retry"
    """Nothing was changed; the same call may be made again soon."""
    DEFER = "defer"
    """Nothing was changed; a quota is used up until `regain` or the next day."""
    REFUSED = "refused"
    """Nothing was changed, and the same call will be refused again."""
    HUMAN = "human"
    """Nothing was changed; the account cannot be worked with until a person mends it (token, permission)."""
    UNKNOWN_OUTCOME = "unknown_outcome"
    """A write may or may not have been made. For a read: try again."""


class AdPlatformFailure(MarketingError):
    """A call that the platform did not do, or may not have done. `code` is the platform's own word for it."""

    def __init__(
        self,
        failure: AdFailureClass,
        message: str,
        mend: str,
        *,
        code: str = "",
        regain: datetime | None = None,
    ) -> None:
        super().__init__(message, mend)
        self.failure = failure
        self.code = code
        self.regain = regain


class AdAccountFacts(BaseModel):
    """An account as it stands: its currency, the zone in which its days begin, and all daily budgets together."""

    model_config = ConfigDict(frozen=True)

    customer_id: CustomerId
    currency: Currency
    time_zone: Annotated[str, Field(description="IANA name")]
    daily_budget_micros: Annotated[int, Field(ge=0, description="Sum of the budgets of running campaigns, a day")]


class AdChangeEvent(BaseModel):
    """Somebody's edit of a resource, from the account's change history. Values as `ApplyAdChange` writes them."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    user: str
    client_type: Annotated[str, Field(description="The platform's word, such as GOOGLE_ADS_WEB_CLIENT")]
    before: str | None
    after: str | None


class AdPlatform(Protocol):
    """One brand's ad account platform. Each method is a call or a few reads, and raises AdPlatformFailure."""

    def account(self, customer: CustomerId) -> AdAccountFacts:
        """The account's facts."""
        ...

    def read_value(self, change: ApplyAdChange) -> str | None:
        """The live value of the field, written as in `change.before`; None when the resource is gone or removed.

        For a negative keyword: `change.after` where the campaign has exactly that negative keyword, else "".
        """
        ...

    def validate(self, change: ApplyAdChange) -> None:
        """The dry run (`validate_only`) of `apply`: same request, nothing changed."""
        ...

    def apply(self, change: ApplyAdChange) -> str:
        """Set the field to `change.after`, absolutely, in one call; returns the platform's request id, or ""."""
        ...

    def budget_reference_count(self, change: ApplyAdChange) -> int:
        """How many campaigns spend from the budget that the change sets; 1 for what is no budget."""
        ...

    def bidding_status(self, change: ApplyAdChange) -> str:
        """bidding_strategy_system_status of the campaign concerned; of several, the first that is learning."""
        ...

    def recent_change_events(self, change: ApplyAdChange, since: datetime) -> tuple[AdChangeEvent, ...]:
        """Edits of the field since then, oldest first. The history lags: absence proves nothing."""
        ...
