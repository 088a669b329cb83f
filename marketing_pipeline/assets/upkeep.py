"""Maintenance and backups as ops: what they did stands in the run's metadata."""

import dagster as dg

from marketing_pipeline.workplace import Workplace


@dg.op(description="Removes what is no longer of use; counts and bytes stand in the output's metadata.")
def prune_what_is_old(context: dg.OpExecutionContext, workplace: dg.ResourceParam[Workplace]) -> None:
    """Runs, pictures, alerts, signs of life, logs; never the audit log."""
    pruned = workplace.upkeep.prune(context.instance)
    rows = [dg.TableRecord({"what": each.what, "gone": each.count, "bytes": each.byte_count}) for each in pruned]
    context.add_output_metadata(
        {"pruned": dg.MetadataValue.table(rows), "bytes freed": sum(each.byte_count for each in pruned)}
    )


@dg.op(description="Publishes what was projected into a large warehouse since its newest snapshot.")
def publish_new_snapshot(context: dg.OpExecutionContext, workplace: dg.ResourceParam[Workplace]) -> None:
    """One copy for all runs since the last one. Analysts who have the old one open go on reading it."""
    context.add_output_metadata({"snapshot": workplace.publish_snapshot()})


@dg.op(description="Writes a backup into MARKETING_BACKUP_FOLDER, verifies it, and keeps the newest.")
def back_up_home(context: dg.OpExecutionContext, workplace: dg.ResourceParam[Workplace]) -> None:
    """Nothing waits for it: everything goes on meanwhile."""
    rules = workplace.settings.upkeep
    if rules.backup_folder is None:
        raise dg.Failure("No folder for backups is named: set MARKETING_BACKUP_FOLDER.", allow_retries=False)
    made = workplace.upkeep.back_up(rules.backup_folder, keep=rules.backups)
    context.add_output_metadata(
        {
            "backup": dg.MetadataValue.path(made.path),
            "bytes": made.manifest.byte_count,
            "files": len(made.manifest.files),
            "audit rows": made.manifest.audit_rows,
            "missing pictures": len(made.manifest.missing_media),
            "removed": ", ".join(path.name for path in made.dropped) or "none",
            "kept by servers": ", ".join(made.without) or "none",
        }
    )
