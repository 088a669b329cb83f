"""Messages of the API, which come in two coats."""

from typing import Any, cast


def plain(message: Any) -> Any:
    """The protobuf message behind a proto-plus one; a plain one as it is."""
    kind = cast(Any, type(message))
    return kind.pb(message) if hasattr(kind, "pb") else message
