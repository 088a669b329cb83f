"""Row 32: tokens that die, end, are refreshed by many at once, or by a process that dies."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from itertools import product
from pathlib import Path

from pydantic import SecretStr

from marketing_pipeline.domain.alert import AlertKind
from marketing_pipeline.domain.channel_token import LEAST_AGE, TokenState, sha256_of
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.operations.token_refresh import CHANNEL, Outcome
from marketing_pipeline.sandbox.accounts import TOKEN_LIFE
from marketing_pipeline.sandbox.journal import Kind
from marketing_pipeline.store.token_rows import LEASE
from marketing_pipeline_tests.faults.agency import Agency, Office, account_of, open_agency
from marketing_pipeline_tests.faults.publish_time import WrongClock
from marketing_pipeline_tests.faults.raised_alerts import raised, standing
from marketing_pipeline_tests.faults.row import FaultRow, Figure
from marketing_pipeline_tests.faults.token_office import TokenOffice, died_while_keeping, refresh_in_processes

_CALLS = ("read_quota", "create_container", "read_container", "list_media", "publish")
_A_DAY = LEAST_AGE + timedelta(hours=1)
_THREADS, _PROCESSES = 8, 3
_ERRORS = (timedelta(days=1), timedelta(days=-1), timedelta(days=400), timedelta(days=-400))


def another_token(tries: int, seed: int, folder: Path) -> Figure:
    """A token dies in mid-run: one call meets it, no other tries, one alert, others go on; a new one lifts it."""
    broken = 0
    with open_agency(folder, 2 * tries, shared_time=True) as agency:
        tokens = TokenOffice(agency)
        executor = agency.executor(client_for=tokens.client_for)
        struck = [agency.queue(brand) for brand in agency.fresh_brands(tries)]
        others = [agency.queue(brand) for brand in agency.fresh_brands(tries)]
        for number, effect in enumerate(struck):
            operation = _CALLS[number % len(_CALLS)]
            agency.order(effect, {"name": "token_expired", "operation": operation, "times": 9})
        agency.settle(executor, patience=timedelta(hours=3))
        live = agency.live()
        broken += sum(live[effect.subject] != 1 for effect in others)
        for effect in struck:
            met = len(agency.server.journal.rows(Kind.FAULT_APPLIED, effect.payload.account_id))
            kept = agency.effect(effect).state in (EffectState.QUEUED, EffectState.RETRY_WAIT)
            refused = tokens.tokens.get(CHANNEL, effect.brand).state is TokenState.REFUSED
            broken += met != 1 or not kept or not refused
        told = raised(agency, AlertKind.TOKEN_EXPIRING)
        broken += told != {f"{CHANNEL} {effect.brand}": 1 for effect in struck}
        agency.desk.clear()
        for effect in struck:
            with closing(tokens.client_with(SecretStr(tokens.seeds[effect.brand]))) as client:
                tokens.seeds[effect.brand] = client.refresh_token().token.get_secret_value()
        tokens.refresher.notice(tokens.accounts())
        agency.settle(executor)
        broken += standing(agency, AlertKind.TOKEN_EXPIRING)
        note = "0 retries, 1 alert each; the account goes on when another token is set"
        return agency.figure(struck, note=note) + Figure(tries=0, broken=broken)


def refreshes_race(tries: int, seed: int, folder: Path) -> Figure:
    """Threads of this process and other processes refresh the same due tokens at once: the channel sees one each."""
    with open_agency(folder, tries, shared_time=True) as agency:
        tokens = TokenOffice(agency)
        tokens.refresher.notice(tokens.accounts())
        agency.clock.sleep(_A_DAY.total_seconds())
        with ThreadPoolExecutor(_THREADS) as pool:
            others = [
                pool.submit(TokenOffice(agency, owner=f"thread {number}").refresher.refresh, tokens.accounts())
                for number in range(_THREADS)
            ]
            refresh_in_processes(agency, _PROCESSES)
            wrong = [each for done in others for each in done.result() if each.outcome is Outcome.FAILED]
        broken = sum(_refreshes(agency, name) != 1 or not _works(tokens, name) for name in agency.brands)
        note = f"{_THREADS} threads and {_PROCESSES} processes, 1 refresh an account"
        return Figure(tries=tries, broken=broken + len(wrong), note=note)


def death_while_keeping(tries: int, seed: int, folder: Path) -> Figure:
    """The process ends between the channel's answer and the file, or with half a file: the old token opens the account.

    Once its lease has run out, another refreshes.
    """
    broken = 0
    with open_agency(folder, tries, shared_time=True) as agency:
        tokens = TokenOffice(agency)
        tokens.refresher.notice(tokens.accounts())
        agency.clock.sleep(_A_DAY.total_seconds())
        for number, name in enumerate(agency.brands):
            broken += not died_while_keeping(agency, name, halfway=bool(number % 2))
            broken += tokens.in_use(name).sha256 != sha256_of(SecretStr(tokens.seeds[name]))
            broken += not _works(tokens, name)
        broken += any(each.outcome is not Outcome.ELSEWHERE for each in tokens.refresher.refresh(tokens.accounts()))
        agency.clock.sleep(LEASE.total_seconds() + 1)
        broken += any(each.outcome is not Outcome.REFRESHED for each in tokens.refresher.refresh(tokens.accounts()))
        broken += sum(_refreshes(agency, name) != 2 or not _works(tokens, name) for name in agency.brands)
        return Figure(tries=tries, broken=broken, note="the file is whole or not there")


def wrong_clock(tries: int, seed: int, folder: Path) -> Figure:
    """The clock is wrong when a token is first seen, or when it is refreshed; then right: it never ends unrefreshed."""
    broken, cases = 0, list(product(_ERRORS, (False, True)))
    with open_agency(folder, tries) as agency:
        for number, brand in enumerate(agency.fresh_brands(tries)):
            off, later = cases[number % len(cases)]
            clock = WrongClock(agency.clock)
            office = Office(agency.home.root, agency.url, {brand.brand_id: brand}, clock)
            tokens = TokenOffice(office)
            clock.off = timedelta(0) if later else off
            tokens.refresher.notice(tokens.accounts())
            clock.off = off
            agency.clock.sleep(_A_DAY.total_seconds())
            tokens.refresher.refresh(tokens.accounts())
            clock.off = timedelta(0)
            for _ in range(3 * TOKEN_LIFE.days):
                agency.clock.sleep(timedelta(days=1).total_seconds())
                tokens.refresher.refresh(tokens.accounts())
                broken += not _works(tokens, brand.brand_id)
            # Each 45 days or so; a wrong clock costs one more at most.
            broken += not 3 <= _refreshes(agency, brand.brand_id) <= 6
            office.close()
        return Figure(tries=tries, broken=broken, note="180 days each")


def _refreshes(agency: Agency, brand: str) -> int:
    found = next(each for name, each in agency.brands.items() if name == brand)
    return len(agency.server.journal.rows(Kind.TOKEN_REFRESHED, account_of(found)))


def _works(tokens: TokenOffice, brand: str) -> bool:
    """Whether the token in use opens the account."""
    found = next(each for name, each in tokens.office.brands.items() if name == brand)
    return tokens.client_for(found).quota(account_of(found)).left > 0


ROWS = (
    FaultRow("32", "Token expired (190) in mid-run, then another one is set", "publish", 5, 50, another_token),
    FaultRow("32", "Refreshes of one token race", "token", 4, 40, refreshes_race),
    FaultRow("32", "Process ends between the refresh and its file", "token", 4, 20, death_while_keeping),
    FaultRow("32", "Token refreshed under a wrong clock", "token", 8, 16, wrong_clock),
)
