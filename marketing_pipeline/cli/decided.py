"""What a decision that was recorded may still come to."""

from marketing_pipeline.domain.errors import MarketingError


class TooLate(MarketingError):
    """The decision is recorded, but the call may be out already."""
