"""Collect the insights that are due: one post or one metric that fails never loses the others."""

from collections.abc import Mapping
from dataclasses import dataclass

from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.channels.instagram_errors import FailureClass, InstagramFailure
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.metrics import METRICS, InsightSnapshot
from marketing_pipeline.store.holds import Holds
from marketing_pipeline.store.insights import DueSnapshot, due_snapshots, record_snapshot
from marketing_pipeline.store.token_rows import refuse_token
from marketing_pipeline.workflows.brand_week import BrandWeek

WINDOW_CLOSED = "It was not read before the post reached the next age."


@dataclass(frozen=True)
class Collected:
    """What one collection did. `failed` posts are asked about again next time."""

    stored: int
    closed: int
    failed: Mapping[PostId, InstagramFailure]


def collect_metrics(work: BrandWeek, client: InstagramClient) -> Collected:
    """Read and store every insight snapshot of the brand that is due.

    An age whose window has passed unread is stored with its figures absent and the reason, never with the figures of
    a later age. A failure that stops the account ends the collection, as does a limit that all calls of it share; one
    of the token stops the account's effects as well.
    """
    stored, closed = 0, 0
    failed: dict[PostId, InstagramFailure] = {}
    for due in due_snapshots(work.database, work.now(), work.brand.brand_id):
        if due.closed:
            record_snapshot(work.database, _unread(work, due))
            closed += 1
            continue
        try:
            record_snapshot(work.database, _read(work, client, due))
            stored += 1
        except InstagramFailure as failure:
            failed[due.post] = failure
            if failure.token_refused:
                _refuse_token(work, client, failure)
            if failure.stops_account or failure.failure is FailureClass.DEFER:
                break
    return Collected(stored, closed, failed)


def _refuse_token(work: BrandWeek, client: InstagramClient, failure: InstagramFailure) -> None:
    with work.database.write() as connection:
        refuse_token(
            connection,
            Holds(work.audit, work.database.clock),
            channel="instagram",
            brand=work.brand.brand_id,
            token_sha256=client.token_sha256,
            why=str(failure),
            now=work.now(),
        )


def _read(work: BrandWeek, client: InstagramClient, due: DueSnapshot) -> InsightSnapshot:
    insights = client.insights(due.media_id)
    return _snapshot(work, due, dict(insights.values), dict(insights.missing))


def _unread(work: BrandWeek, due: DueSnapshot) -> InsightSnapshot:
    return _snapshot(work, due, dict.fromkeys(METRICS), dict.fromkeys(METRICS, WINDOW_CLOSED))


def _snapshot(
    work: BrandWeek, due: DueSnapshot, values: dict[str, int | None], missing: dict[str, str]
) -> InsightSnapshot:
    now = work.now()
    return InsightSnapshot(
        post=due.post,
        brand=due.brand,
        media_id=due.media_id,
        age=due.age,
        taken_at=now,
        age_hours=(now - due.published_at).total_seconds() / 3600,
        values=values,
        missing=missing,
    )
