"""`marketing status`: is it well, what comes next, what needs a person, and what was spent; in one screen."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import typer
from sqlalchemy import select

from marketing_pipeline.cli.filters import BrandOption, JsonOption, known_brand
from marketing_pipeline.cli.kill_switch import lifting
from marketing_pipeline.cli.opened_home import opened_home
from marketing_pipeline.cli.screen import console, plain, show_json, table
from marketing_pipeline.cli.snapshot import newest_published
from marketing_pipeline.cli.status_of_ads import ad_rows
from marketing_pipeline.cli.status_of_daemon import daemon_rows
from marketing_pipeline.cli.status_of_posts import effect_rows, post_rows
from marketing_pipeline.cli.status_of_proposals import proposal_rows
from marketing_pipeline.cli.status_row import Kind, StatusRow, row_of_post
from marketing_pipeline.domain.alert import AlertKind, Severity
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.brand_folder import brand_ids
from marketing_pipeline.store.configuration import ACTOR
from marketing_pipeline.store.model_batches import ModelBatchBook
from marketing_pipeline.store.model_calls import ModelCalls
from marketing_pipeline.store.posts import BEFORE_THE_CLAIM
from marketing_pipeline.store.reconciliations import open_reconciliation
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline.workplace import Workplace

NEARLY_SPENT = 0.95
"""From this share of the weekly cap on, the next model call may be refused."""
SHOWN_BY_THEMSELVES = frozenset(
    {
        AlertKind.APPROVAL_WAITING,
        AlertKind.APPROVAL_EXPIRING,
        AlertKind.EFFECT_PARKED,
        AlertKind.POST_BELOW_BAR,
        AlertKind.POST_MISSED,
    }
)
WAITING = frozenset({Kind.APPROVAL, Kind.BELOW_BAR, Kind.UNDECIDED})

status_app = typer.Typer(add_completion=False)


@status_app.command(epilog="Example: marketing status --brand upscale_print")
def status(brand: BrandOption = None, as_json: JsonOption = False) -> None:
    """Show in one screen what is due, stuck, waiting for a person and spent. Exit code 1 when something is not well."""
    with opened_home() as workplace:
        only = known_brand(workplace, brand)
        brands, problems = _brands(workplace, only)
        rows = sorted([*problems, *_rows(workplace, brands, only)], key=lambda row: list(Kind).index(row.kind))
    healthy = all(row.ok for row in rows)
    if as_json:
        show_json({"healthy": healthy, "rows": [row.model_dump(mode="json") for row in rows]})
    else:
        _print(rows, brands, healthy=healthy)
    if not healthy:
        raise typer.Exit(1)


def _rows(workplace: Workplace, brands: Mapping[BrandId, Brand], only: BrandId | None) -> Iterator[StatusRow]:
    now = workplace.clock.now()
    yield from effect_rows(workplace, only, now)
    yield from post_rows(workplace, brands, only, now)
    yield from ad_rows(workplace, only)
    yield from proposal_rows(workplace, only)
    yield from _holds(workplace, only)
    yield from daemon_rows(workplace)
    yield from _batches(workplace, brands, only)
    for each in brands.values():
        yield from _week(workplace, each, now)
    yield from _alerts(workplace, only)
    yield from _last(workplace)


def _alerts(workplace: Workplace, only: BrandId | None) -> Iterator[StatusRow]:
    """Alerts that stand, without those whose cause has a line of its own. A critical one is not well."""
    for alert in workplace.health.alerts.find(brand=only):
        if alert.kind in SHOWN_BY_THEMSELVES:
            continue
        taken = f", taken on by {alert.acknowledged_by}" if alert.acknowledged_by else ""
        failed = f"; nobody could be told: {alert.notify_problem}" if alert.notify_problem else ""
        yield StatusRow(
            kind=Kind.ALERT,
            ok=alert.severity is not Severity.CRITICAL,
            brand=alert.brand,
            subject=alert.id,
            at=alert.first_at,
            detail=f"{alert.severity}: {alert.title}{taken}{failed}",
            mend=alert.mend,
        )


def _brands(workplace: Workplace, only: BrandId | None) -> tuple[dict[BrandId, Brand], list[StatusRow]]:
    """The brands that can be read, and a line for each that cannot."""
    brands: dict[BrandId, Brand] = {}
    problems: list[StatusRow] = []
    for name in [only] if only else brand_ids(workplace.settings.brands):
        try:
            brands[BrandId(name)] = workplace.brand(name)
        except MarketingError as error:
            mend = error.mend.strip()
            problems.append(StatusRow(kind=Kind.BRAND, ok=False, brand=name, detail=error.message, mend=mend))
    return brands, problems


def _holds(workplace: Workplace, only: BrandId | None) -> Iterator[StatusRow]:
    with workplace.database.read() as connection:
        active, blocked = workplace.holds.active(connection), open_reconciliation(connection)
    if blocked is not None:
        yield StatusRow(
            kind=Kind.HOLD, ok=False, at=blocked.started_at, detail=blocked.words(), mend="`marketing reconcile`"
        )
    for hold in active:
        if only is None or hold.brand in (None, only):
            mend = f"`{lifting(hold)}`"
            yield StatusRow(kind=Kind.HOLD, ok=True, brand=hold.brand, at=hold.since, detail=hold.reason(), mend=mend)
    for post in workplace.posts.find(brand=only, states=BEFORE_THE_CLAIM):
        if post.held:
            detail = f"held: {post.held_reason}" if post.held_reason else "held"
            yield row_of_post(post, Kind.HOLD, detail, f"`marketing posts release {post.id}`")


def _batches(workplace: Workplace, brands: Mapping[BrandId, Brand], only: BrandId | None) -> Iterator[StatusRow]:
    """Weeks that wait for model calls at half the price."""
    for batch in ModelBatchBook(workplace.database).waiting(only):
        since = moment(batch.started_at, brands.get(batch.brand))
        waits = f"waits for a batch of {batch.calls} model calls since {since}"
        now = (
            f"not to wait: `model_batches: never`, then `marketing run week --brand {batch.brand} --week {batch.week}`"
        )
        yield StatusRow(
            kind=Kind.BATCH, ok=True, brand=batch.brand, subject=batch.week, at=batch.needed_by, detail=waits, mend=now
        )


def _week(workplace: Workplace, brand: Brand, now: datetime) -> Iterator[StatusRow]:
    week = Week.containing(now, brand.zone)
    posts = workplace.posts.find(brand=brand.brand_id, week=week.key)
    out = sum(post.state is PostState.PUBLISHED for post in posts)
    detail = f"{out} of {len(posts)} posts of the week are out" if posts else "this week is not planned"
    mend = "" if posts else f"`marketing run week --brand {brand.id} --week {week.key}`"
    yield StatusRow(kind=Kind.PUBLISHED, ok=True, brand=brand.id, subject=week.key, detail=detail, mend=mend)
    spent = ModelCalls(workplace.database).spend(brand.brand_id, week.start(brand.zone), week.end(brand.zone)) / MICROS
    cap = brand.policies.model_spend_per_week_usd
    fits = spent < cap * NEARLY_SPENT or not spent
    yield StatusRow(
        kind=Kind.SPEND,
        ok=fits,
        brand=brand.id,
        subject=week.key,
        detail=f"{spent:.2f} of {cap:.2f} USD on models this week",
        mend="" if fits else "Raise policies.model_spend_per_week_usd in brand.yaml, or wait for the next week.",
    )


def _last(workplace: Workplace) -> Iterator[StatusRow]:
    columns = (audit_log.c.at, audit_log.c.actor, audit_log.c.action, audit_log.c.subject)
    newest = select(*columns).where(audit_log.c.actor != ACTOR)
    with workplace.database.read() as connection:
        act = connection.execute(newest.order_by(audit_log.c.sequence.desc()).limit(1)).first()
    if act is not None:
        detail = f"{act.action} by {act.actor}"
        yield StatusRow(kind=Kind.LAST_ACT, ok=True, subject=act.subject, at=act.at, detail=detail)
    published = newest_published(workplace.home)
    if published is not None:
        yield StatusRow(
            kind=Kind.SNAPSHOT, ok=True, subject=published.name, at=published.at, detail="for `marketing sql`"
        )


def _print(rows: list[StatusRow], brands: Mapping[BrandId, Brand], *, healthy: bool) -> None:
    screen = console()
    waiting = sum(row.kind in WAITING for row in rows)
    word = _verdict(rows) if healthy else "Not well: the lines marked ! need you."
    screen.print(plain(f"{word} {waiting} wait{'s' if waiting == 1 else ''} for your decision." if waiting else word))
    shown = [
        (
            "" if row.ok else "!",
            row.kind,
            _which(row),
            moment(row.at, brands.get(BrandId(row.brand or ""))) if row.at else "",
            row.detail,
            row.mend,
        )
        for row in rows
    ]
    screen.print(table("", ("", "what", "which", "when", "how it stands", "what to do"), shown))
    if all(row.kind is not Kind.LAST_ACT for row in rows):
        typer.echo("Nothing has happened yet. See it all in the sandbox: marketing demo")


def _verdict(rows: list[StatusRow]) -> str:
    """How it is where nothing is wrong: a pause and posts that nobody made are no fault, and no week as planned."""
    behind = sum(row.kind is Kind.BEHIND for row in rows)
    left = ["effects are paused"] if any(row.kind is Kind.HOLD and row.subject is None for row in rows) else []
    if behind:
        left.append(f"{behind} {'post was' if behind == 1 else 'posts were'} not made in time")
    return f"Nothing is broken, but {' and '.join(left)}." if left else "All is well."


def _which(row: StatusRow) -> str:
    """What a line is about; ids of posts and effects name their brand themselves."""
    brand, subject = row.brand or "", row.subject or ""
    return subject if subject.startswith(brand) else f"{brand} {subject}".strip()
