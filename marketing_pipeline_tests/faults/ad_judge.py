"""The verdict on ad changes, from the journal of the sandbox: how often each was made, and whether it was allowed."""

from collections.abc import Sequence
from typing import Any

from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState, ApplyAdChange
from marketing_pipeline.domain.approval import Decision
from marketing_pipeline.sandbox.google_ads.journal import THE_CLIENT, AdsEntry, Outcome
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline_tests.execution.ad_desk import AdDesk
from marketing_pipeline_tests.faults.ad_stage import AdStage
from marketing_pipeline_tests.faults.row import Figure

_A = AdChangeState
_MADE = frozenset({_A.APPLIED, _A.ROLLED_BACK})
_ENDED_UNMADE = frozenset({_A.FAILED, _A.DRIFTED, _A.REJECTED, _A.EXPIRED, _A.SUPERSEDED, _A.AWAITING_APPROVAL})
"""States that name a reason and an owner, and promise that nothing was done."""
_PATHS = {AdChangeKind.SET_TARGET_CPA: ("maximize_conversions", "target_cpa_micros")}


def judged(stage: AdStage, changes: Sequence[AdChange], unprovable: int = 0, note: str = "") -> Figure:
    """The figure of changes that went through faults, each approved once and run until it was settled.

    `broken` counts changes whose state says something else than the journal, changes made without a dry run before
    or an approval of the same fingerprint, and everything that the client made beyond what these changes ask for.
    """
    entries = [entry for entry in stage.sandbox.journal() if entry.actor == THE_CLIENT]
    applied = [entry for entry in entries if entry.outcome is Outcome.APPLIED]
    figure = Figure(tries=0)
    for change in changes:
        mine = [entry for entry in applied if makes(entry, change.payload)]
        allowed = not mine or (_rehearsed(entries, mine[0], change) and _approved(stage.desk, change, mine[0]))
        figure += _figure(stage.desk, change, len(mine), broken=not allowed)
    strangers = len(applied) - figure.effects
    return figure + Figure(tries=0, broken=max(strangers, 0), unprovable=unprovable, note=note)


def refused(stage: AdStage, tries: int, since: int = 0, note: str = "") -> Figure:
    """The figure of attempts that all had to be refused: whatever the client made after `since` is broken."""
    made = [
        entry
        for entry in stage.sandbox.journal(after=since)
        if entry.actor == THE_CLIENT and entry.outcome is Outcome.APPLIED
    ]
    return Figure(tries=tries, effects=len(made), broken=len(made), note=note)


def makes(entry: AdsEntry, change: ApplyAdChange) -> bool:
    """Whether a line of the journal does what a change asks for."""
    after: dict[str, Any] = dict(entry.after or {})
    if change.change_kind is AdChangeKind.ADD_NEGATIVE_KEYWORD:
        match_type, _, words = change.after.partition(":")
        keyword = {"text": words, "match_type": match_type}
        return entry.operation == "create" and after.get("campaign") == change.resource and after["keyword"] == keyword
    value: Any = after
    for part in _PATHS.get(change.change_kind, (change.field,)):
        value = value.get(part, {})
    return entry.resource == change.resource and str(value) == change.after


def _figure(desk: AdDesk, change: AdChange, made: int, *, broken: bool) -> Figure:
    state = desk.change(change.id).state
    parked = state is _A.PARKED
    lost = not (parked or (made and state in _MADE) or (not made and state in _ENDED_UNMADE))
    denied = made > 0 and state in _ENDED_UNMADE
    return Figure(
        tries=1,
        effects=made,
        lost=lost and not denied,
        double=made > 1,
        parked=parked,
        broken=broken or denied,
    )


def _rehearsed(entries: Sequence[AdsEntry], made: AdsEntry, change: AdChange) -> bool:
    return any(
        entry.sequence < made.sequence and entry.outcome is Outcome.VALIDATED and makes(entry, change.payload)
        for entry in entries
    )


def _approved(desk: AdDesk, change: AdChange, made: AdsEntry) -> bool:
    with desk.database.read() as connection:
        rows = desk.plane.approvals.rows_of(connection, desk.request_of(change))
    given = [row for row in rows if row.decision is Decision.APPROVE and row.decided_at <= made.at]
    genuine = desk.plane.approvals.signatures_hold(rows)
    return genuine and any(row.fingerprint == change.fingerprint for row in given)
