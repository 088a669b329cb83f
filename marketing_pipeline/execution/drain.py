"""The drain: everything that is due, done; sweeps, read-backs, retries and claims until nothing is left for now."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta

from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.channels.instagram_errors import InstagramFailure
from marketing_pipeline.channels.media_host import MediaHost
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.effect import Effect, EffectState
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId, EffectId
from marketing_pipeline.domain.log_context import about
from marketing_pipeline.execution.ad_read_back import AdDrain
from marketing_pipeline.execution.aftermath import Aftermath
from marketing_pipeline.execution.drain_report import DrainReport, report_on
from marketing_pipeline.execution.permalinks import read_permalink, without_permalink
from marketing_pipeline.execution.permission import Permission
from marketing_pipeline.execution.progress import PublishProgress
from marketing_pipeline.execution.publish import Bench, PublishRun
from marketing_pipeline.execution.reconcile import Reconciliation
from marketing_pipeline.execution.rules import ExecutionRules
from marketing_pipeline.execution.steps import OnStep, Step, go_on
from marketing_pipeline.store.effect_moves import Fenced
from marketing_pipeline.store.effect_rows import next_wake_at
from marketing_pipeline.store.holds import Holds
from marketing_pipeline.store.ledger import Ledger
from marketing_pipeline.store.sweep import Sweep, Swept

_log = logging.getLogger(__name__)
ClientFor = Callable[[Brand], InstagramClient]


class Executor:
    """The one place from which effects go out. Several may run at once, in threads or on machines: the ledger decides.

    `owner` names this run in the ledger. `workers` effects of different accounts are worked on at a time. `ads` reads
    ad changes back and sweeps them; it sends none.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        holds: Holds,
        brands: Mapping[BrandId, Brand],
        client_for: ClientFor,
        media_host: MediaHost,
        clock: Clock,
        owner: str,
        rules: ExecutionRules | None = None,
        on_step: OnStep = go_on,
        workers: int = 1,
        ads: AdDrain | None = None,
    ) -> None:
        self._bench = Bench(
            ledger=ledger,
            permission=Permission(ledger.approvals, holds, ledger.moves, brands),
            media_host=media_host,
            clock=clock,
            rules=rules or ExecutionRules(),
            on_step=on_step,
            owner=owner,
        )
        self._ledger = ledger
        self._holds = holds
        self._brands = brands
        self._client_for = client_for
        self._sweep = Sweep(ledger, brands)
        self._aftermath = Aftermath(self._bench, holds, brands)
        self._reconciliation = Reconciliation(self._bench, holds)
        self._workers = workers
        self._ads = ads

    def drain(
        self, *, wait: timedelta = timedelta(0), brand: BrandId | None = None, week: str | None = None
    ) -> DrainReport:
        """Do what is due, until nothing is left for now; `brand` and `week` limit which posts are claimed.

        Pauses between looks at a container always happen. `wait` is how long the drain may also stay for retries and
        read-backs to fall due; for the slot of a queued post it never waits. Raises NotReconciled: after a restore even
        a sweep could end what is live already.
        """
        self._ledger.require_reconciled()
        worked_on: set[EffectId] = set()
        ad_changes: set[EffectId] = set()
        swept = Swept()
        ends = self._ledger.moves.now() + wait
        while True:
            swept = swept.and_then(self._sweep.run())
            done, looked = self._everything_due(brand, week), self._ads.run() if self._ads else set[EffectId]()
            worked_on |= done
            ad_changes |= looked
            if done or looked:
                continue
            wake = self._next_wake()
            if wake is None or wake > ends:
                break
            self._bench.clock.sleep(max(0.0, (wake - self._ledger.moves.now()).total_seconds()))
        self._fill_in_permalinks()
        return report_on(self._ledger.database, worked_on, swept, ad_changes)

    def _everything_due(self, brand: BrandId | None, week: str | None) -> set[EffectId]:
        def work(_: int) -> set[EffectId]:
            done: set[EffectId] = set()
            while (found := self._read_back_one() or self._publish_one(brand, week)) is not None:
                done.add(found)
            return done

        if self._workers == 1:
            return work(0)
        with ThreadPoolExecutor(self._workers, thread_name_prefix="executor") as pool:
            return set[EffectId]().union(*pool.map(work, range(self._workers)))

    def _publish_one(self, brand: BrandId | None, week: str | None) -> EffectId | None:
        effect = self._ledger.claim_due(self._bench.owner, self._bench.rules.lease, brand=brand, week=week)
        if effect is None:
            return None
        with self._about(effect):
            self._publish(effect)
        return effect.id

    def _about(self, effect: Effect) -> AbstractContextManager[None]:
        """Named here for each effect, since the threads of a pool inherit no names."""
        return about(run=self._bench.owner, brand=effect.brand, effect=effect.id, post=effect.subject)

    def _publish(self, effect: Effect) -> None:
        self._bench.on_step(Step.CLAIMED)
        client = self._client(effect)
        if client is None:
            return
        run = PublishRun(self._bench, client, effect)
        try:
            read_permalink(self._bench, client, run.run())
        except Fenced:
            pass  # another worker holds it: the outcome is theirs to find
        except Exception as error:
            # One broken effect must not stop the rest, nor stay claimed: whatever it was, it is written down.
            self._settle(run, error)

    def _settle(self, run: PublishRun, error: Exception) -> None:
        with suppress(Fenced):
            self._aftermath.settle(run, error)

    def _read_back_one(self) -> EffectId | None:
        effect = self._ledger.claim_read_back(self._bench.owner, self._bench.rules.lease)
        if effect is None:
            return None
        with self._about(effect):
            self._bench.on_step(Step.READ_BACK_CLAIMED)
            client = self._client(effect)
            if client is not None:
                with suppress(Fenced):
                    self._read_back(client, effect)
        return effect.id

    def _read_back(self, client: InstagramClient, effect: Effect) -> None:
        try:
            self._reconciliation.read_back(client, effect)
        except Fenced:
            raise
        except InstagramFailure as failure:
            self._aftermath.not_read_back(effect, failure, client.token_sha256)
        except Exception as error:
            # As above: one broken effect must not stop the rest, and it stays unknown.
            _log.error("The read-back of effect %s met an unexpected error", effect.id, exc_info=error)
            self._put_off(effect, f"unexpected {type(error).__name__}: {error}")

    def _client(self, effect: Effect) -> InstagramClient | None:
        """The account's client; without one the effect waits, and says why."""
        brand = self._brands.get(effect.brand)
        try:
            if self._awaits_token(effect):
                reason = "the account's token is refused: it waits for another one"
            elif brand is not None:
                return self._client_for(brand)
            else:
                reason = f"the brand {effect.brand} cannot be read: `marketing doctor` says why"
        except MarketingError as error:
            reason = str(error)
        except Exception as error:
            # A defect met on the way to one account's client must not stop the others.
            _log.error("No client for effect %s: an unexpected error", effect.id, exc_info=error)
            reason = f"unexpected {type(error).__name__} before anything was sent: {error}"
        self._put_off(effect, reason)
        return None

    def _awaits_token(self, effect: Effect) -> bool:
        with self._ledger.database.read() as connection:
            return self._holds.awaits_token(connection, effect.brand, effect.channel)

    def _put_off(self, effect: Effect, reason: str) -> None:
        pause = self._bench.rules.deferral
        later = self._ledger.moves.now() + pause
        if effect.state is EffectState.UNKNOWN:
            progress = PublishProgress.of(effect).not_looked(pause)
            self._ledger.keep_unknown(effect, reason=reason, progress=progress.stored(), next_read=later)
        else:
            self._ledger.move(effect, EffectState.RETRY_WAIT, reason=reason, columns={"not_before": later})

    def _next_wake(self) -> datetime | None:
        with self._ledger.database.read() as connection:
            return next_wake_at(connection, self._ledger.moves.now())

    def _fill_in_permalinks(self) -> None:
        for effect in without_permalink(self._bench):
            brand = self._brands.get(effect.brand)
            if brand is not None:
                try:
                    read_permalink(self._bench, self._client_for(brand), effect)
                except MarketingError:
                    pass  # nice to have: another drain asks again
                except Exception as error:  # and one account's defect must not end the drain of all
                    _log.error("The address of effect %s met an unexpected error", effect.id, exc_info=error)
