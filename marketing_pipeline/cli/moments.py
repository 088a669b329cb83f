"""Times as people type them."""

from datetime import UTC, datetime, tzinfo

import typer


def typed_moment(text: str, zone: tzinfo, option: str) -> datetime:
    """A time such as 2026-11-25T18:30, meant in `zone` unless it has an offset, in UTC. Wrong usage otherwise.

    An hour that a clock change skips moves on by the gap; of one that comes twice the first is meant.
    """
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no time. Write one such as 2026-11-25T18:30.", param_hint=option
        ) from error
    return (given if given.tzinfo else given.replace(tzinfo=zone)).astimezone(UTC)
