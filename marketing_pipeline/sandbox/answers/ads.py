"""The ads analyst: proposes what code worked out, in the order given, in the words of its own findings."""

from collections import Counter

from marketing_pipeline.domain.ad_advice import AdAdvice, AdChoice
from marketing_pipeline.sandbox.answers.prompt import Prompt, Seen, SeenBrand
from marketing_pipeline.sandbox.answers.wording import shortened


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
    pace: str


class SeenAccount(Seen):
    """What is said of the account."""

    currency: str
    pacing: SeenPacing | None = None
    odd_days: tuple[object, ...] = ()
    left_alone: tuple[object, ...] = ()


def advise(prompt: Prompt) -> AdAdvice:
    """All candidates, each with its finding and its forecast."""
    brand = prompt.needed("brand", SeenBrand)
    account = prompt.needed("account", SeenAccount)
    candidates = prompt.untrusted("ad_candidates", tuple[SeenCandidate, ...], ())
    verdicts = prompt.untrusted("ad_verdicts", tuple[SeenVerdict, ...], ())
    return AdAdvice(
        account_summary=_summary(brand.name, account, len(candidates)) + _looking_back(verdicts),
        choices=tuple(AdChoice(candidate=item.id, reason=_reason(item)) for item in candidates[:20]),
    )


def _reason(item: SeenCandidate) -> str:
    """The finding, with the expected conversions. An expected cost stands beside it, in the account's currency."""
    seen, ending = item.forecast, ""
    if seen.metric == "conversions":
        ending = f" Over {seen.days} days we expect {seen.expected} conversions ({seen.low} to {seen.high})."
    return shortened(item.finding, 800 - len(ending)) + ending


def _looking_back(verdicts: tuple[SeenVerdict, ...]) -> str:
    counted = Counter(item.verdict for item in verdicts)
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counted.items()))
    return f" Of the last changes that were judged: {told}." if told else ""


def _summary(brand: str, account: SeenAccount, candidates: int) -> str:
    pacing = account.pacing
    month = (
        f"{brand} has spent {pacing.spent} {account.currency} in {pacing.month} and is heading for {pacing.projected}; "
        f"against the month's budget that is {pacing.pace.replace('_', ' ')}."
        if pacing
        else f"Too few days of {brand} were read to say how the month stands."
    )
    odd = f" {len(account.odd_days)} days were odd." if account.odd_days else " No day was odd."
    held = f" {len(account.left_alone)} things are left alone for now." if account.left_alone else ""
    return f"{month}{odd}{held} {candidates} changes are worth a decision."
