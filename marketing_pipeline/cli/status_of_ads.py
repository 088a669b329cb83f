"""Ad changes that wait for a person, as lines of the status."""

from collections.abc import Iterator

from marketing_pipeline.cli.status_row import Kind, StatusRow
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_value import step
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.ad_change_row import list_ad_changes
from marketing_pipeline.workplace import Workplace


def ad_rows(workplace: Workplace, only: BrandId | None) -> Iterator[StatusRow]:
    """Changes that nobody has decided about. They end by themselves: it is well to leave one."""
    with workplace.database.read() as connection:
        waiting = list_ad_changes(connection, brand=only, states=(AdChangeState.AWAITING_APPROVAL,))
    for change in waiting:
        yield StatusRow(
            kind=Kind.APPROVAL,
            ok=True,
            brand=change.brand,
            subject=change.id,
            at=change.expires_at,
            detail=f"{change.label}: {step(change.payload)}; it ends then if nobody decides",
            mend=f"`marketing approvals show {change.approval}`, then approve or reject.",
        )
