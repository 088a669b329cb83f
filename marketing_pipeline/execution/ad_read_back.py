"""Reading back ad changes of unknown outcome: the account itself is asked until one answer is proved, or it is parked.

Proved made: the field has the new value, or the change history shows that somebody set it to that value since the
call. Proved not made: the field has the old value on every read over a settle window, and the history shows no such
edit. Everything else is for a person. Nothing is sent from here.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.domain.ad_change import ApplyAdChange
from marketing_pipeline.domain.ad_platform import AdChangeEvent, AdPlatform, AdPlatformFailure
from marketing_pipeline.domain.ad_value import readable
from marketing_pipeline.domain.effect import AdEffect, EffectState
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import EffectId
from marketing_pipeline.domain.log_context import about
from marketing_pipeline.execution.apply_ad_change import AdBench
from marketing_pipeline.execution.rules import ExecutionRules
from marketing_pipeline.execution.steps import Step
from marketing_pipeline.store.ad_sweep import AdSweep
from marketing_pipeline.store.effect_moves import Fenced

_log = logging.getLogger(__name__)
_CLEAN = "clean_reads"
_SINCE = "unknown_since"


class AdEvidence(BaseModel):
    """One look. `events` None: the history could not be read. `readable` False: the value could not."""

    model_config = ConfigDict(frozen=True)

    readable: bool
    value: str | None = None
    events: tuple[AdChangeEvent, ...] | None = None


class AdFinding(StrEnum):
    """What follows from the looks so far."""

    MADE = "made"
    OVERWRITTEN = "overwritten"
    NOT_YET = "not_yet"
    NOT_MADE = "not_made"
    PARK = "park"


def judge_ad_change(
    evidence: AdEvidence,
    change: ApplyAdChange,
    *,
    clean_reads: int,
    sends: int,
    elapsed: timedelta,
    rules: ExecutionRules,
) -> tuple[AdFinding, str]:
    """Judge one look, with its reason. `clean_reads` counts it already, when it saw the old value."""
    if evidence.readable and evidence.value == change.after:
        return AdFinding.MADE, "read back: the account has the new value"
    if any(event.after == change.after for event in evidence.events or ()):
        return AdFinding.OVERWRITTEN, "the history shows that it was made; somebody has changed it since"
    if not evidence.readable or evidence.events is None:
        over = elapsed >= 2 * rules.settle_window
        return (AdFinding.PARK, "the read-backs fail") if over else (AdFinding.NOT_YET, "the read-back failed")
    if elapsed < rules.settle_window or (evidence.value == change.before and clean_reads < rules.least_reads):
        return AdFinding.NOT_YET, "not seen so far; it may still appear"
    if evidence.value != change.before:
        seen = readable(change, evidence.value)
        return AdFinding.PARK, f"the live value is {seen}: neither the old value nor the new one"
    if sends >= rules.ad_sends:
        return AdFinding.PARK, f"sent {sends} times without effect"
    return AdFinding.NOT_MADE, "not made: the account keeps the old value"


class AdDrain:
    """What the drain does for ad changes: sweeps and read-backs. It never sends."""

    def __init__(self, bench: AdBench, sweep: AdSweep) -> None:
        self._bench = bench
        self._ledger = bench.ledger
        self._rules = bench.rules
        self._sweep = sweep

    def run(self) -> set[EffectId]:
        """Sweep, then take every read-back that is due; returns the effects worked on."""
        done = self._sweep.run()
        while (effect := self._ledger.claim_read_back(self._bench.owner, self._rules.lease)) is not None:
            with (
                about(run=self._bench.owner, brand=effect.brand, effect=effect.id, ad_change=effect.subject),
                suppress(Fenced),
            ):
                self._bench.on_step(Step.READ_BACK_CLAIMED)
                self._read_back(effect)
            done.add(effect.id)
        return done

    def _read_back(self, effect: AdEffect) -> None:
        try:
            platform = self._bench.platform_for(self._bench.permission.brand(effect))
            self._judge(platform, effect)
        except Fenced:
            raise
        except Exception as error:
            # One broken effect must not stop the rest, and it stays unknown.
            known = isinstance(error, MarketingError)
            if not known:
                _log.error("The read-back of effect %s met an unexpected error", effect.id, exc_info=error)
            reason = str(error) if known else f"unexpected {type(error).__name__}: {error}"
            self._ledger.put_off(effect, reason=reason, until=self._ledger.moves.now() + self._rules.deferral)

    def _judge(self, platform: AdPlatform, effect: AdEffect) -> None:
        now, progress = self._ledger.moves.now(), effect.progress
        since = datetime.fromisoformat(progress[_SINCE]) if _SINCE in progress else now
        evidence = self._look(platform, effect, now)
        self._bench.on_step(Step.READ_BACK_DONE)
        clean = int(progress.get(_CLEAN, 0)) + (evidence.readable and evidence.value == effect.payload.before)
        found, reason = judge_ad_change(
            evidence,
            effect.payload,
            clean_reads=clean,
            sends=effect.attempts,
            elapsed=now - since,
            rules=self._rules,
        )
        kept = {name: value for name, value in progress.items() if name not in (_CLEAN, _SINCE)}
        match found:
            case AdFinding.MADE | AdFinding.OVERWRITTEN:
                self._ledger.succeed(effect, reason=reason)
            case AdFinding.NOT_YET:
                seen = {**progress, _SINCE: since.isoformat(), _CLEAN: clean}
                looked = self._ledger.save_progress(effect, seen, self._rules.lease)
                self._ledger.put_off(looked, reason=reason, until=now + self._pause(effect))
            case AdFinding.NOT_MADE:
                columns = {"progress": kept, "not_before": None, "read_backs": 0}
                self._ledger.move(effect, EffectState.QUEUED, reason=reason, columns=columns)
            case AdFinding.PARK:
                self._ledger.move(effect, EffectState.PARKED, reason=reason, columns={"not_before": None})
        self._bench.on_step(Step.READ_BACK_STORED)

    def _look(self, platform: AdPlatform, effect: AdEffect, now: datetime) -> AdEvidence:
        sent = effect.progress.get("sent_at")
        since = (datetime.fromisoformat(sent) if sent else now) - self._rules.clock_skew
        readable, value, events = False, None, None
        # What cannot be read is a finding of its own.
        with suppress(AdPlatformFailure):
            value = platform.read_value(effect.payload)
            readable = True
        with suppress(AdPlatformFailure):
            events = platform.recent_change_events(effect.payload, since)
        return AdEvidence(readable=readable, value=value, events=events)

    def _pause(self, effect: AdEffect) -> timedelta:
        delays = self._rules.read_delays
        return delays[min(effect.read_backs, len(delays)) - 1]
