"""The audit log as a port: who did what to what. A change and its audit row are one transaction."""

from typing import Any, Protocol

from marketing_pipeline.domain.identifiers import BrandId


class AuditAppender(Protocol):
    """Appends one row to the chain within the transaction that makes the change it tells of."""

    def append(
        self,
        connection: Any,
        *,
        actor: str,
        action: str,
        subject: str,
        brand: BrandId | None,
        detail: dict[str, Any],
    ) -> int:
        """The row's number in the chain. `action` is noun and participle, such as post.scheduled."""
        ...
