"""A mutant of the ad executor, made through the port that it is given: without reading back, rows must fail."""

from datetime import datetime

from marketing_pipeline.domain.ad_change import ApplyAdChange
from marketing_pipeline.domain.ad_platform import AdAccountFacts, AdChangeEvent, AdPlatform


class Blind:
    """An account that is written to but never read: whatever it holds, the old value and no history are told."""

    def __init__(self, platform: AdPlatform) -> None:
        self._platform = platform

    def account(self, customer: str) -> AdAccountFacts:
        """As it is."""
        return self._platform.account(customer)

    def read_value(self, change: ApplyAdChange) -> str | None:
        """The value before, always."""
        return change.before

    def recent_change_events(self, change: ApplyAdChange, since: datetime) -> tuple[AdChangeEvent, ...]:
        """None, always."""
        return ()

    def validate(self, change: ApplyAdChange) -> None:
        """As it is."""
        self._platform.validate(change)

    def apply(self, change: ApplyAdChange) -> str:
        """As it is."""
        return self._platform.apply(change)

    def budget_reference_count(self, change: ApplyAdChange) -> int:
        """As it is."""
        return self._platform.budget_reference_count(change)

    def bidding_status(self, change: ApplyAdChange) -> str:
        """As it is."""
        return self._platform.bidding_status(change)
