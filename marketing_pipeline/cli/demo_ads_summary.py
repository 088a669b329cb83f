"""What the demo did to the ad account: the week's changes, how the month paces, and what waits for a person."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from marketing_pipeline.cli.demo_ads import boldness, changes_of_week
from marketing_pipeline.domain.ad_change import AdChangeState
from marketing_pipeline.domain.ad_pacing import month_pacing
from marketing_pipeline.domain.ad_value import readable
from marketing_pipeline.domain.approval import Decision
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.money import Money
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.ad_change_row import AdChange
from marketing_pipeline.workflows.analyse_ads import read_account
from marketing_pipeline.workplace import Workplace

A_STATE = 2
"""So many changes of each state are shown; the command line has them all."""


def ads_summary(workplace: Workplace, brand: Brand, this_week: Week) -> Group:
    """The changes of the week before this one, and the account today; nothing for a brand that does not advertise."""
    if brand.channels.google_ads is None:
        return Group()
    if brand.brand_id not in [advertiser.brand_id for advertiser in workplace.ads.advertisers()]:
        return Group(Text("Google Ads: off, or its package is not installed (pip install -e '.[ads]')."))
    week = this_week.plus(-1)
    changes = changes_of_week(workplace, brand, week)
    waiting = _count(changes_of_week(workplace, brand, this_week), AdChangeState.AWAITING_APPROVAL)
    return Group(
        _changes(workplace, brand, week, changes),
        Text(_pacing(workplace, brand, this_week)),
        Text(_waiting(waiting)),
    )


def _changes(workplace: Workplace, brand: Brand, week: Week, changes: Sequence[AdChange]) -> Table:
    counts = Counter(change.state for change in changes)
    ended = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "none"
    table = Table(title=f"Google Ads, changes of the week of {week.key}: {ended}", title_justify="left")
    for heading in ("what", "from", "to", "state", "why"):
        table.add_column(heading)
    shown = list(_shown(changes))
    if len(shown) < len(changes):
        table.caption = f"{len(shown)} of {len(changes)} are shown; all: marketing ads list --brand {brand.id}"
        table.caption_justify = "left"
    for change in shown:
        before, after = (readable(change.payload, value) for value in (change.payload.before, change.payload.after))
        table.add_row(*map(Text, (change.label, before, after, change.state, _why(workplace, change))))
    return table


def _shown(changes: Sequence[AdChange]) -> Iterator[AdChange]:
    for state in sorted({change.state for change in changes}):
        alike = sorted((change for change in changes if change.state is state), key=boldness)
        yield from alike[:A_STATE]


def _why(workplace: Workplace, change: AdChange) -> str:
    """Who decided, and their note; where nobody did, what the change itself says."""
    with workplace.database.read() as connection:
        rows = () if change.approval is None else workplace.approvals.rows_of(connection, change.approval)
    said = [row for row in rows if row.decision in (Decision.APPROVE, Decision.REJECT)]
    if not said or change.state is AdChangeState.EXPIRED:
        return change.state_reason
    who = "the brand's policy" if said[-1].source == "policy" else said[-1].actor
    return f"{who}: {said[-1].note}"


def _pacing(workplace: Workplace, brand: Brand, week: Week) -> str:
    account = read_account(workplace.brand_week(brand.brand_id, week), workplace.ads.facts)
    pacing = None if account is None else month_pacing(account)
    if account is None or pacing is None:
        return "Too few days were read to say how the month stands."

    def money(micros: float) -> str:
        return Money(micros=round(micros / 1e6) * 10**6, currency=account.currency).label()

    ends = pacing.projected
    pace = pacing.pace.replace("_", " ")
    budget = "no budget is set" if pacing.month_budget is None else f"{pace} for {money(pacing.month_budget)}"
    return (
        f"{pacing.month}: {money(pacing.spent)} spent, heading for {money(ends.expected)} "
        f"({money(ends.low)} to {money(ends.high)}); {budget}."
    )


def _waiting(number: int) -> str:
    if number == 1:
        return "1 new proposal waits for you."
    return f"{number} new proposals wait for you." if number else "No proposal waits for you."


def _count(changes: Sequence[AdChange], state: AdChangeState) -> int:
    return sum(change.state is state for change in changes)
