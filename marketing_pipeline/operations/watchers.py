"""Watchers: each looks for one kind of thing that people must hear about, and says what it found right now."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from marketing_pipeline.domain.alert import AlertKind, Finding, Severity
from marketing_pipeline.domain.approval import ApprovalState
from marketing_pipeline.domain.channel_token import ChannelToken, TokenState
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.domain.health import Area, Health, Level, ago
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.posting import LatePolicy
from marketing_pipeline.operations.ended_servers import ended_lately
from marketing_pipeline.operations.health_of_results import near_caps
from marketing_pipeline.operations.installation import Installation
from marketing_pipeline.store.approval_request import ApprovalRequest
from marketing_pipeline.store.operating_figures import effects_in
from marketing_pipeline.store.tables import creatives, posts
from marketing_pipeline.store.token_rows import tokens_known

EXPIRES_SOON = timedelta(hours=12)
TOKEN_ENDS_SOON = timedelta(days=7)
UNREFRESHED = timedelta(days=3)
"""A token of the environment is refreshed after a day: so long it may fail before anybody is told."""
APPLYING = "apply_ad_change"
TITLE = 200
# These areas have alerts of their own kind, or tell of the telling itself.
_TOLD_OTHERWISE = frozenset({Area.EFFECTS, Area.SPEND, Area.ALERTS})

Watcher = Callable[[Installation, Health], Iterator[Finding]]


def approvals(place: Installation, _: Health) -> Iterator[Finding]:
    """Requests that wait for a decision, and among them those that soon lapse."""
    now = place.clock.now()
    with place.database.read() as connection:
        pending = place.approvals.list_requests(connection, state=ApprovalState.PENDING)
        below = _below_bar(connection)
    for request in pending:
        soon = request.expires_at - now < EXPIRES_SOON
        # A weak creative that waits has an alert that says more.
        if soon or request.subject not in below:
            yield _request(request, now, soon=soon)


def _request(request: ApprovalRequest, now: datetime, *, soon: bool) -> Finding:
    left = f"it lapses in {ago(request.expires_at - now)}" if soon else "nobody has decided yet"
    return Finding(
        kind=AlertKind.APPROVAL_EXPIRING if soon else AlertKind.APPROVAL_WAITING,
        brand=request.brand,
        subject=request.id,
        title=_line(f"{request.subject} waits for a decision" + (f", and {left}" if soon else "")),
        detail=f"Asked because: {request.why.rstrip('.')}."
        f" Counts until {request.expires_at:%Y-%m-%d %H:%M} UTC; {left}.",
        mend=f"`marketing approvals show {request.id}`, then approve or reject.",
    )


def weak_creatives(place: Installation, _: Health) -> Iterator[Finding]:
    """Posts that wait for a person because their picture is below the brand's bar."""
    with place.database.read() as connection:
        below = _below_bar(connection)
    for post, (brand, reason) in below.items():
        yield Finding(
            kind=AlertKind.POST_BELOW_BAR,
            brand=brand,
            subject=post,
            title=_line(f"The picture of {post} is below the bar"),
            detail=reason,
            mend=f"`marketing posts show {post}`, then approve it, or send it back with a note.",
        )


def _below_bar(connection: Connection) -> dict[str, tuple[BrandId, str]]:
    rows = connection.execute(
        select(posts.c.id, posts.c.brand, posts.c.state_reason)
        .join(creatives, creatives.c.id == posts.c.chosen_creative)
        .where(posts.c.state == PostState.NEEDS_HUMAN, creatives.c.meets_bar.is_(False))
        .order_by(posts.c.scheduled_at)
    )
    return {row.id: (BrandId(row.brand), row.state_reason) for row in rows}


def parked_effects(place: Installation, _: Health) -> Iterator[Finding]:
    """Effects of which nobody can tell whether they happened."""
    with place.database.read() as connection:
        parked = effects_in(connection, EffectState.PARKED)
    for effect in parked:
        yield Finding(
            kind=AlertKind.EFFECT_PARKED,
            brand=effect.brand,
            subject=effect.id,
            title=_line(f"Nobody can tell whether {effect.subject} is out on {effect.channel}"),
            detail=effect.reason,
            mend=f"Look at the account, then `marketing effects resolve {effect.id}`.",
        )


def failed_runs(place: Installation, _: Health) -> Iterator[Finding]:
    """Jobs whose newest run failed; an alert a job and partition, however often it fails.

    A run of `apply_ad_change` ends red whenever a change may not be applied: its ledger row says why, and alerts.
    """
    for run in place.history.failed_runs(place.real.now()) if place.history else ():
        if run.job == APPLYING:
            continue
        brand = BrandId((run.partition or "").partition("|")[0])
        where = f" of {run.partition}" if run.partition else ""
        yield Finding(
            kind=AlertKind.RUN_FAILED,
            brand=brand if brand in place.brands else None,
            subject=f"{run.job} {run.partition or ''}".strip(),
            title=_line(f"The run of {run.job}{where} failed"),
            detail=f"Run {run.run_id}, ended {run.since:%Y-%m-%d %H:%M} UTC.",
            mend="Its error in Dagster says what is wrong; what was stored stays, and running it again goes on.",
        )


def tokens(place: Installation, _: Health) -> Iterator[Finding]:
    """Access tokens that end soon, have ended, are refused, or cannot be refreshed; of brands that are here."""
    now = place.clock.now()
    with place.database.read() as connection:
        found = tokens_known(connection)
    for token in found:
        how = _ending(token, now)
        if how is not None and (token.brand in place.brands or token.brand in place.broken_brands):
            yield Finding(
                kind=AlertKind.TOKEN_EXPIRING,
                brand=token.brand,
                subject=f"{token.channel} {token.brand}",
                title=_line(f"The {token.channel} token of {token.brand} {how[0]}"),
                detail=token.problem or "",
                mend="Set a new one from the channel's site; once `marketing doctor` has seen it, what waits goes on.",
                severity=how[1],
            )


def _ending(token: ChannelToken, now: datetime) -> tuple[str, Severity | None] | None:
    """How a token ends, and how urgent that is; None where it does not."""
    ends = token.expires_at
    if token.state is not TokenState.VALID:
        return f"is {token.state}", Severity.CRITICAL
    if ends is None:
        failing = token.problem is not None and now - token.issued_at > UNREFRESHED
        return ("cannot be refreshed, and nobody knows its end", None) if failing else None
    if ends - now > TOKEN_ENDS_SOON:
        return None
    return ("has ended", Severity.CRITICAL) if ends <= now else (f"ends in {ago(ends - now)}", None)


def spending(place: Installation, _: Health) -> Iterator[Finding]:
    """Brands that have nearly spent what they may spend on models this week."""
    for brand, spent, cap in near_caps(place):
        yield Finding(
            kind=AlertKind.SPEND_NEAR_CAP,
            brand=brand.brand_id,
            subject="models",
            title=_line(f"{brand.id} has spent {spent:.2f} of {cap:.2f} USD on models this week"),
            mend="Raise policies.model_spend_per_week_usd in brand.yaml, or wait for the next week.",
        )


def posts_not_out(place: Installation, _: Health) -> Iterator[Finding]:
    """Posts that missed their slot or failed. A brand that skips late posts by policy is not told of those."""
    wanted = select(posts).where(posts.c.state.in_((PostState.MISSED, PostState.FAILED))).order_by(posts.c.scheduled_at)
    with place.database.read() as connection:
        rows = connection.execute(wanted).all()
    for row in rows:
        brand = place.brands.get(BrandId(row.brand))
        missed = row.state == PostState.MISSED
        if missed and brand is not None and brand.posting.late_policy is LatePolicy.SKIP:
            continue
        yield Finding(
            kind=AlertKind.POST_MISSED,
            brand=BrandId(row.brand),
            subject=row.id,
            title=_line(f"{row.id} {'missed its slot' if missed else 'failed and is not out'}"),
            detail=f"{row.state_reason} (planned for {row.scheduled_at:%Y-%m-%d %H:%M} UTC)",
            mend=f"`marketing posts retry {row.id}`, or reschedule it, or cancel it.",
        )


def illness(place: Installation, health: Health) -> Iterator[Finding]:
    """Areas of the installation that are bad, and servers that ended by themselves."""
    yield from ended_lately(place)
    for area in Area:
        ill = [finding for finding in health.of(area) if finding.level is Level.BAD]
        if ill and area not in _TOLD_OTHERWISE:
            yield Finding(
                kind=AlertKind.UNHEALTHY,
                subject=area,
                title=_line(ill[0].what),
                detail="\n".join(finding.what for finding in ill[1:]),
                mend=ill[0].mend,
            )


WATCHERS: Mapping[Watcher, tuple[AlertKind, ...]] = {
    approvals: (AlertKind.APPROVAL_WAITING, AlertKind.APPROVAL_EXPIRING),
    weak_creatives: (AlertKind.POST_BELOW_BAR,),
    parked_effects: (AlertKind.EFFECT_PARKED,),
    failed_runs: (AlertKind.RUN_FAILED,),
    tokens: (AlertKind.TOKEN_EXPIRING,),
    spending: (AlertKind.SPEND_NEAR_CAP,),
    posts_not_out: (AlertKind.POST_MISSED,),
    illness: (AlertKind.UNHEALTHY,),
}
"""Every watcher with the kinds that it alone raises and resolves. Ad anomalies come from the daily analysis."""


def _line(text: str) -> str:
    return text if len(text) <= TITLE else f"{text[: TITLE - 1]}…"
