"""Times as people type them."""

from datetime import UTC, datetime, time, tzinfo

import typer

_LONGEST_DAY = len("2026-11-25")


def typed_moment(text: str, zone: tzinfo, option: str, usual: time | None = None) -> datetime:
    """A time such as 2026-11-25T18:30, meant in `zone` unless it has an offset, in UTC. Wrong usage otherwise.

    A day alone means its `usual` time; where there is none, it is refused. An hour that a clock change skips moves on
    by the gap; of one that comes twice the first is meant.
    """
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no time. Write one such as 2026-11-25T18:30.", param_hint=option
        ) from error
    if len(text) <= _LONGEST_DAY:
        if usual is None:
            raise typer.BadParameter(
                f"{text!r} names a day without a time. Write one such as {given:%Y-%m-%d}T18:30.", param_hint=option
            )
        given = datetime.combine(given, usual)
    return (given if given.tzinfo else given.replace(tzinfo=zone)).astimezone(UTC)
