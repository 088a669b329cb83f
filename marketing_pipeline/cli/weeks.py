"""Weeks as people type them."""

from datetime import date

import typer

from marketing_pipeline.domain.week import Week


def week_option(text: str) -> Week:
    """A Monday such as 2026-11-23. Wrong usage otherwise, naming the week that was probably meant."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no date. Write a Monday as YYYY-MM-DD.", param_hint="--week") from error
    try:
        return Week(day)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--week") from error
