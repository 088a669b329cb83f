"""The ads analyst: proposes what code worked out, in the order given, in the words of its own findings."""

from collections import Counter

from marketing_pipeline.domain.ad_advice import AdAdvice, AdChoice
from marketing_pipeline.domain.ad_pacing import Pace
from marketing_pipeline.domain.money import MICROS, Money, places_of
from marketing_pipeline.sandbox.answers.prompt import Prompt, Seen, SeenBrand
from marketing_pipeline.sandbox.answers.wording import shortened

_PACES = {
    Pace.OVER: "that is above the month's budget",
    Pace.UNDER: "that is below the month's budget",
    Pace.ON_PACE: "that agrees with the month's budget",
    Pace.NO_BUDGET: "no budget is set for the month",
}


class SeenForecast(Seen):
    """What a candidate is expected to do."""

    metric: str
    days: int
    expected: float
    low: float
    high: float


class SeenCandidate(Seen):
    """A change that may be chosen."""

    id: str
    finding: str
    forecast: SeenForecast


class SeenVerdict(Seen):
    """What became of an earlier change."""

    verdict: str


class SeenPacing(Seen):
    """How the month stands."""

    month: str
    spent: float
    projected: float
    pace: Pace


class SeenAccount(Seen):
    """What is said of the account."""

    currency: str
    pacing: SeenPacing | None = None
    odd_days: tuple[object, ...] = ()


def advise(prompt: Prompt) -> AdAdvice:
    """All candidates, each with its finding and its forecast."""
    brand = prompt.needed("brand", SeenBrand)
    account = prompt.needed("account", SeenAccount)
    alone = prompt.untrusted("ad_left_alone", tuple[object, ...], ())
    candidates = prompt.untrusted("ad_candidates", tuple[SeenCandidate, ...], ())
    verdicts = prompt.untrusted("ad_verdicts", tuple[SeenVerdict, ...], ())
    return AdAdvice(
        account_summary=_summary(brand.name, account, len(alone), len(candidates)) + _looking_back(verdicts),
        choices=tuple(AdChoice(candidate=item.id, reason=_reason(item, account.currency)) for item in candidates[:20]),
    )


def _reason(item: SeenCandidate, currency: str) -> str:
    """The finding, with what is expected and its interval."""
    seen, what, unit, places = item.forecast, item.forecast.metric, "", ""
    if what.startswith("cost in"):
        what, unit, places = "cost", f" {currency}", f".{places_of(currency)}f"
    expected, low, high = (format(figure, f"+,{places}") for figure in (seen.expected, seen.low, seen.high))
    ending = f" Over {seen.days} days we expect {what} to change by {expected}{unit} ({low} to {high})."
    return shortened(item.finding, 800 - len(ending)) + ending


def _looking_back(verdicts: tuple[SeenVerdict, ...]) -> str:
    counted = Counter(item.verdict for item in verdicts)
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counted.items()))
    return f" Of the last changes that were judged: {told}." if told else ""


def _summary(brand: str, account: SeenAccount, alone: int, candidates: int) -> str:
    pacing = account.pacing
    month = f"Too few days of {brand} were read to say how the month stands."
    if pacing:
        spent, projected = (_money(amount, account.currency) for amount in (pacing.spent, pacing.projected))
        month = f"{brand} has spent {spent} in {pacing.month} and is heading for {projected}; {_PACES[pacing.pace]}."
    odd = f" {_counted(len(account.odd_days), 'odd day')} stood out." if account.odd_days else " No day was odd."
    held = f" {_counted(alone, 'thing')} {'is' if alone == 1 else 'are'} left alone for now." if alone else ""
    worth = f"{_counted(candidates, 'change')} {'is' if candidates == 1 else 'are'} worth a decision."
    return f"{month}{odd}{held} {worth}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _money(amount: float, currency: str) -> str:
    return Money(micros=round(amount * MICROS), currency=currency).label()
