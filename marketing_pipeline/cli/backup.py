"""`marketing backup`: a consistent copy of this installation, made while it works, and the check of one."""

from pathlib import Path
from typing import Annotated

import typer

from marketing_pipeline.cli.filters import JsonOption
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.screen import console, facts, show_json, table
from marketing_pipeline.domain.health import counted
from marketing_pipeline.operations.backup import BackupRefused, whole_backups
from marketing_pipeline.operations.backup_manifest import Manifest, verify_backup
from marketing_pipeline.settings import Settings

FolderOption = Annotated[
    Path | None, typer.Option("--to", help="Folder of backups; default: MARKETING_BACKUP_FOLDER.", show_default=False)
]
_WITHOUT_KEY = (
    "Secrets are not in it, nor the key of the audit log: keep MARKETING_AUDIT_KEY (or audit.key of the home)"
    " elsewhere, for without it the backup cannot be restored."
)

backup_app = typer.Typer(
    add_completion=False,
    invoke_without_command=True,
    help="Back this installation up while it works; check a backup.",
    epilog="Example: marketing backup --to /mnt/backups --keep 14",
)


@backup_app.callback()
def backup(
    context: typer.Context,
    to: FolderOption = None,
    keep: Annotated[int | None, typer.Option(min=1, help="Keep only so many of this world; default: all.")] = None,
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Put the home's audit.key in as well. Who has both can forge history.")
    ] = False,
) -> None:
    """Back this installation up while it works; check a backup.

    A backup is one folder with a manifest. It gets its name when it is whole and verified.
    """
    if context.invoked_subcommand is not None:
        return
    settings, screen = Settings.from_environment(), console()
    folder = _folder(settings, to)
    with opened_home(settings) as workplace, screen.status("beginning") as status:
        made = workplace.upkeep.back_up(folder, keep=keep, with_key=with_key, told=status.update)
    screen.print(facts(str(made.path), _told(made.manifest)))
    typer.echo("Verified: every file is as it was written.")
    typer.echo("The key of the audit log is in it: guard it." if made.manifest.holds_key else _WITHOUT_KEY)
    for part in made.without:
        typer.echo(f"Not in it, since a server keeps it: {part}. Back that up with the server's own tools.")
    for path in made.dropped:
        typer.echo(f"Removed, since it is older than the newest {keep}: {path.name}")
    if made.manifest.missing_media:
        missing = counted(len(made.manifest.missing_media), "picture")
        typer.echo(f"warning: {missing} named by posts and missing from the home, or damaged there.", err=True)


@backup_app.command(epilog="Example: marketing backup verify /mnt/backups/marketing-20261122T031500000000Z")
def verify(path: Annotated[Path, typer.Argument(help="The folder of one backup.", metavar="BACKUP")]) -> None:
    """Read every byte of a backup and hold it against its manifest; names the first file that is wrong."""
    manifest = verify_backup(path)
    console().print(facts(str(path), _told(manifest)))
    typer.echo("The backup is whole: every file is as it was written.")


@backup_app.command("list", epilog="Example: marketing backup list --to /mnt/backups")
def list_all(to: FolderOption = None, as_json: JsonOption = False) -> None:
    """List the whole backups in a folder, oldest first, of every world."""
    found = whole_backups(_folder(Settings.from_environment(), to))
    if as_json:
        show_json(
            [{"path": str(path), **manifest.model_dump(mode="json", exclude={"files"})} for path, manifest in found]
        )
        return
    headings = ("made", "world", "audit rows", "files", "bytes", "folder")
    rows = [
        (f"{each.created_at:%Y-%m-%d %H:%M}", each.world, each.audit_rows, len(each.files), each.byte_count, path)
        for path, each in found
    ]
    console().print(table("", headings, rows))


def _folder(settings: Settings, to: Path | None) -> Path:
    folder = to or settings.upkeep.backup_folder
    if folder is None:
        raise BackupRefused("No folder for backups is named.", "Add --to FOLDER, or set MARKETING_BACKUP_FOLDER.")
    return folder.absolute()


def _told(manifest: Manifest) -> list[tuple[str, object]]:
    return [
        ("made", f"{manifest.created_at:%Y-%m-%d %H:%M:%S} UTC by version {manifest.program}"),
        ("world", manifest.world),
        ("schema", manifest.schema_version),
        ("audit rows", manifest.audit_rows),
        ("files", f"{len(manifest.files):,} with {manifest.byte_count:,} bytes"),
    ]
