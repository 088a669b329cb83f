"""`marketing doctor`: looks at everything that this installation rests on, and says how to mend what is wrong."""

from collections.abc import Iterator

import typer

from marketing_pipeline.cli.checks_of_health import how_it_does
from marketing_pipeline.cli.checks_of_home import whole_home
from marketing_pipeline.cli.checks_of_lake import lake_reached
from marketing_pipeline.cli.checks_of_services import credentials, endpoints, read_brands
from marketing_pipeline.cli.checks_of_tokens import token_ends
from marketing_pipeline.cli.filters import JsonOption
from marketing_pipeline.cli.finding import Finding, ill, well
from marketing_pipeline.cli.screen import console, plain, show_json, table
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.home import Home

doctor_app = typer.Typer(add_completion=False)


@doctor_app.command(epilog="Example: marketing doctor --json")
def doctor(as_json: JsonOption = False) -> None:
    """Check configuration, credentials, clock, disk, databases, audit log, daemon, sandbox and live endpoints.

    Each line says how to mend it. Exit code 1 when anything is wrong.
    """
    findings = list(_findings())
    healthy = all(finding.ok for finding in findings)
    if as_json:
        show_json({"healthy": healthy, "rows": [finding.model_dump() for finding in findings]})
    else:
        rows = [("ok" if each.ok else "!", each.name, each.detail, each.mend) for each in findings]
        console().print(table("", ("", "what", "found", "what to do"), rows))
        console().print(plain("All is well." if healthy else "Not well: the lines marked ! need you."))
    if not healthy:
        raise typer.Exit(1)


def _findings() -> Iterator[Finding]:
    try:
        settings = Settings.from_environment()
    except MarketingError as error:
        yield ill("settings", error.message, error.mend)
        return
    yield well("settings", ", ".join(f"{service} {mode}" for service, mode in settings.modes.items()))
    brands, findings = read_brands(settings)
    yield from findings
    yield from credentials(settings, brands)
    yield from whole_home(settings)
    yield from lake_reached(settings)
    yield from endpoints(settings, brands, Home(settings.home).clock())
    yield from token_ends(settings, brands)
    yield from how_it_does(settings)
