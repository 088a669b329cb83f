"""Weeks as people type them."""

import typer

from marketing_pipeline.domain.week import Week


def week_option(text: str) -> Week:
    """A Monday such as 2026-11-23. Wrong usage otherwise, naming the week that was probably meant."""
    try:
        return Week.parse(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error} Write a Monday as YYYY-MM-DD.", param_hint="--week") from error
