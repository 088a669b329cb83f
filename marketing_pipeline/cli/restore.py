"""`marketing restore`: a backup takes the place of the home, and effects are blocked until they are reconciled."""

from pathlib import Path
from typing import Annotated

import typer

from marketing_pipeline.cli.filters import YesOption
from marketing_pipeline.cli.home_lock import only_one_up
from marketing_pipeline.cli.person import require_yes, whoami
from marketing_pipeline.cli.screen import console
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.health import counted
from marketing_pipeline.operations.backup_manifest import Manifest, read_manifest
from marketing_pipeline.operations.backup_parts import KEY
from marketing_pipeline.operations.restore import RestoreOrder, RestoreRefused, restore
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.home import Home

restore_app = typer.Typer(add_completion=False)


@restore_app.command("restore", epilog="Example: marketing restore /mnt/backups/marketing-20261122T031500000000Z")
def restore_home(
    backup: Annotated[Path, typer.Argument(help="The folder of one backup.", metavar="BACKUP")],
    yes: YesOption = False,
) -> None:
    """Put a backup in the place of the home. The home that is there must be stopped, and is kept beside it.

    Nothing is published or changed until `marketing reconcile` has compared the channels with the backup.
    """
    settings = Settings.from_environment()
    manifest = read_manifest(backup.absolute())
    _require_key(settings, manifest)
    typer.echo(
        f"This puts {backup.name} in the place of the home {settings.home}: the state of"
        f" {manifest.created_at:%Y-%m-%d %H:%M} UTC, with {counted(manifest.audit_rows, 'audit row')}."
    )
    require_yes(yes)
    order = RestoreOrder(
        backup=backup.absolute(),
        home=Home(settings.home, settings.database_url.get_secret_value()),
        world=settings.world,
        key=lambda home: settings.model_copy(update={"home": home}).audit_key(),
        actor=whoami(),
    )
    with only_one_up(settings.home, "marketing restore"), console().status("beginning") as status:
        done = restore(order, real=SystemClock(), told=status.update)
    if done.replaced is not None:
        typer.echo(f"What was there before is kept in {done.replaced}: remove it when all is well.")
    if done.replaced_database is not None:
        typer.echo(f"The database of before is kept on its server as {done.replaced_database}: drop it if all is well.")
    if done.brands.exists():
        typer.echo(f"The brands as they were then: {done.brands}; {settings.brands} is as it was.")
    typer.echo("Its sessions, login links and API tokens are revoked: people sign in anew, programs need new tokens.")
    typer.echo("Users are as they were then: see `marketing users list` for who was disabled or changed since.")
    typer.echo("Effects are blocked. Go on with `marketing reconcile`.")


def _require_key(settings: Settings, manifest: Manifest) -> None:
    """Without the key that signed its audit log no backup can be told from a forged one. Raises RestoreRefused."""
    kept = settings.home / KEY
    if manifest.holds_key or kept.exists() or settings.given_audit_key.get_secret_value():
        return
    raise RestoreRefused(
        f"The key of the audit log is missing: there is no {kept}, MARKETING_AUDIT_KEY is not set, and the backup was"
        " made without it. Nothing was changed.",
        f"Copy it from where you keep it: `mkdir -p {settings.home}`, then `cp {KEY} {kept}`; or set"
        " MARKETING_AUDIT_KEY as it was.",
    )
