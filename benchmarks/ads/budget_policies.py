"""How budgets are moved: not at all, by rules of thumb, by the product, and by one who knows the market.

Every policy but the unbounded oracle keeps to the same caps: it may move each budget once a week, by at most a step.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from benchmarks.ads.budget_market import OPENED, Account, Array, best_split
from marketing_pipeline.domain.ad_account import AdAccountHistory, BudgetSetting, CampaignSetting
from marketing_pipeline.domain.ad_amounts import raise_of, require_bounds
from marketing_pipeline.domain.ad_analysis import analyse
from marketing_pipeline.domain.ad_candidate import MOST, candidates
from marketing_pipeline.domain.ad_change import AdChangeKind, AdChangeState, ApplyAdChange
from marketing_pipeline.domain.ad_comparison import BEFORE_DAYS, campaigns_of, outcome_of
from marketing_pipeline.domain.ad_experience import AdExperience, PastAdChange, blocked_ways
from marketing_pipeline.domain.ad_figures import MATURE_DAYS
from marketing_pipeline.domain.ad_learning import JudgedAdChange, learn_from_ad_changes
from marketing_pipeline.domain.ad_outcome import AdOutcome, inconclusive
from marketing_pipeline.domain.ad_policy import AdCaps, AdPolicy
from marketing_pipeline.domain.ad_reallocation import bounds_of
from marketing_pipeline.domain.ad_reconsider import reconsidered
from marketing_pipeline.domain.approval import Unauthorized
from marketing_pipeline.domain.money import MICROS

CUSTOMER = "1234567890"
CURRENCY = "EUR"
LOOK_BACK = 28


def policy_of(account: Account) -> AdPolicy:
    """Caps as a small brand has them; the account may spend as much as it does, so all policies spend the same."""
    return AdPolicy(
        caps=AdCaps(
            change_percent=30,
            change_amount=30,
            raise_per_day=60,
            account_daily_budget=float(account.first_budgets.sum()),
            budget_floor=5,
            budget_ceiling=300,
            bid_ceiling=30,
        )
    )


def scaled(function: Callable[[Array], Array], factor: float) -> Callable[[Array], Array]:
    """The function times a factor."""
    return lambda spend: factor * function(spend)


@dataclass
class LeaveAlone:
    """Budgets as they are. The other policies derive from it: `morning` comes before each day."""

    account: Account
    budgets: Array = field(init=False)

    def __post_init__(self) -> None:
        self.budgets = self.account.first_budgets.copy()
        self.policy = policy_of(self.account)

    def morning(self, day: date) -> None:
        """Set the budgets of the day."""

    @staticmethod
    def is_monday(day: date) -> bool:
        """Whether a week of the benchmark begins."""
        return (day - OPENED).days % 7 == 0

    def bounds(self) -> tuple[Array, Array]:
        """What one step within the caps can make of each budget."""
        found = [bounds_of(str(at), round(now * MICROS), self.policy.caps, CURRENCY) for at, now in self._numbered()]
        return np.array([item.low for item in found]) / MICROS, np.array([item.high for item in found]) / MICROS

    def _numbered(self) -> Iterable[tuple[int, float]]:
        return ((at, float(amount)) for at, amount in enumerate(self.budgets))

    def step_towards(self, wish: Array) -> Array:
        """The budgets nearest to a wish (in proportion) that one step reaches, of the same sum."""
        low, high = self.bounds()
        total = float(self.budgets.sum())
        least, most = -12.0, 12.0
        for _ in range(60):
            middle = (least + most) / 2
            small = float(np.clip(wish * math.exp(middle), low, high).sum()) < total
            least, most = (middle, most) if small else (least, middle)
        return self.within_raises(np.clip(wish * math.exp(least), low, high))

    def within_raises(self, wish: Array) -> Array:
        """The move cut short where its raises pass those of a day."""
        raises = float(np.maximum(wish - self.budgets, 0).sum())
        return self.budgets + (wish - self.budgets) * min(1.0, self.policy.caps.raise_per_day / max(raises, 1e-9))


class EqualSplit(LeaveAlone):
    """The same money for each campaign, as fast as the caps allow."""

    def morning(self, day: date) -> None:
        """A step each week."""
        if self.is_monday(day):
            self.budgets = self.step_towards(np.ones(len(self.budgets)))


class RuleOfThumb(LeaveAlone):
    """Money in proportion to the conversions per cost of the last four weeks whose conversions are in."""

    def morning(self, day: date) -> None:
        """A step each week."""
        if not self.is_monday(day):
            return
        until = self.account.today - timedelta(days=MATURE_DAYS)
        cost, seen = np.zeros(len(self.budgets)), np.zeros(len(self.budgets))
        for row in self.account.rows():
            if until - timedelta(days=LOOK_BACK) <= row.day < until:
                cost[row.campaign - 1] += row.cost_micros / MICROS
                seen[row.campaign - 1] += row.conversions
        if seen.sum():
            self.budgets = self.step_towards(np.maximum(seen / cost, 0.02 * seen.sum() / cost.sum()))


class Informed(LeaveAlone):
    """One who knows every curve, season and demand, and only has to estimate how well each campaign converts now.

    What nobody who does not know the market can pass: the scale of each curve from the conversions that are in,
    older weeks weighing less where quality drifts, shrunken towards what the account has for its money.
    """

    def morning(self, day: date) -> None:
        """The step each week that is best by the estimates."""
        if not self.is_monday(day):
            return
        account = self.account
        number, weeks = len(account.spent), len(account.spent) // 7
        fade = 6.0 if account.kind.drift else 52.0
        seen, usual = np.zeros(len(self.budgets)), np.zeros(len(self.budgets))
        for row in account.rows():
            age = number - (row.day - account.first_day).days
            if age > MATURE_DAYS:
                weight, at = math.exp(-age / 7 / fade), row.campaign - 1
                spend = np.array([row.cost_micros / MICROS])
                size = account.campaigns[at].usual_size(row.day)
                seen[at] += weight * row.conversions
                usual[at] += weight * float(account.campaigns[at].conversions(spend, size)[0])
        level = (seen + 2) / (usual + 2 * usual.sum() / max(seen.sum(), 1.0))
        factors = (level / account.quality[weeks]).tolist()
        worth = [scaled(true, factor) for true, factor in zip(account.worth(day), factors, strict=True)]
        low, high = self.bounds()
        self.budgets = self.within_raises(best_split(worth, float(self.budgets.sum()), low.tolist(), high.tolist()))


class BoundedOracle(LeaveAlone):
    """One who knows the market and keeps to the caps."""

    def morning(self, day: date) -> None:
        """The best step each week."""
        if self.is_monday(day):
            low, high = self.bounds()
            wish = best_split(self.account.worth(day), float(self.budgets.sum()), low.tolist(), high.tolist())
            self.budgets = self.within_raises(wish)


class Oracle(LeaveAlone):
    """One who knows the market, at once."""

    def morning(self, day: date) -> None:
        """The best split of the sum, each week."""
        if self.is_monday(day):
            count, total = len(self.budgets), float(self.budgets.sum())
            self.budgets = best_split(self.account.worth(day), total, [0.0] * count, [total] * count)


@dataclass
class Product(LeaveAlone):
    """What the product does with what it is told; whatever it proposes is approved at once.

    The product looks daily; here it does once a week, as often as its rest lets a budget move.
    """

    past: list[PastAdChange] = field(default_factory=list[PastAdChange])
    changed: dict[str, date] = field(default_factory=dict[str, date])
    broken: Counter[str] = field(default_factory=Counter[str])
    """Bounds that a change broke, by name: there must be none."""

    def morning(self, day: date) -> None:
        """Once a week: judge what is due, analyse, and apply the candidates."""
        if not self.is_monday(day):
            return
        history = self._history(day)
        self._judge(history)
        history = replace(history, experience=self._experience())
        kept, _ = reconsidered(candidates(analyse(history, self.policy), self.policy, most=None), history.experience)
        moves = [item for item in kept[:MOST] if item.payload.change_kind is AdChangeKind.SET_BUDGET]
        self._check([item.payload for item in moves], day)
        for number, item in enumerate(moves):
            payload = item.payload
            self.budgets[int(payload.resource.rpartition("/")[2]) - 1] = int(payload.after) / MICROS
            self.changed[payload.resource] = day
            self.past.append(
                PastAdChange(f"{day}.{number}", item.label, payload, item.forecast, AdChangeState.APPLIED, day, None)
            )
        self.broken["daily budgets together"] += self.budgets.sum() > self.policy.caps.account_daily_budget + 1e-9

    @staticmethod
    def _name(at: int) -> str:
        return f"customers/{CUSTOMER}/campaignBudgets/{at + 1}"

    def _check(self, moves: Sequence[ApplyAdChange], day: date) -> None:
        """Count what passes a bound; the gate itself measures each change."""
        caps = self.policy.caps
        for change in moves:
            rested = day - self.changed.get(change.resource, date.min)
            self.broken["rest"] += rested < timedelta(days=self.policy.cool_down_days)
            try:
                require_bounds(change, caps)
            except Unauthorized as refused:
                self.broken[str(refused)] += 1
        self.broken["raises of a day"] += sum(map(raise_of, moves)) > caps.raise_per_day * MICROS

    def _history(self, day: date) -> AdAccountHistory:
        amounts = {self._name(at): round(amount * MICROS) for at, amount in self._numbered()}
        return AdAccountHistory(
            customer_id=CUSTOMER,
            currency=CURRENCY,
            today=day,
            budgets=tuple(BudgetSetting(resource=name, amount_micros=amount) for name, amount in amounts.items()),
            campaigns=tuple(
                CampaignSetting(id=at, name=f"Campaign {at}", status="ENABLED", bidding_status="ENABLED", budget=name)
                for at, name in enumerate(amounts, start=1)
            ),
            campaign_days=self.account.rows(),
            changed=dict(self.changed),
        )

    def _experience(self) -> AdExperience:
        judged = [
            JudgedAdChange(item.id, item.payload, item.forecast, item.outcome)
            for item in self.past
            if item.outcome is not None
        ]
        learnt = learn_from_ad_changes(judged)
        return AdExperience(learnt={item.level: item for item in learnt}, blocked=blocked_ways(self.past))

    def _judge(self, history: AdAccountHistory) -> None:
        for at, change in enumerate(self.past):
            outcome = None if change.state is not AdChangeState.APPLIED else self._outcome(at, history)
            if outcome is not None:
                self.past[at] = replace(change, state=outcome.verdict, outcome=outcome)

    def _outcome(self, at: int, history: AdAccountHistory) -> AdOutcome | None:
        """The verdict as the product gives it: a later change of the same budget ends the window of one before."""
        change, spread = self.past[at], timedelta(days=BEFORE_DAYS)
        applied = [(item.day, item.payload) for item in self.past if item.day is not None]
        day = applied[at][0]
        until = day + timedelta(days=self.policy.outcome_days)
        if any(when <= until and later.resource == change.payload.resource for when, later in applied[at + 1 :]):
            return inconclusive("another of our changes came over it")
        if history.today - until < timedelta(days=MATURE_DAYS):
            return None
        near = [payload for when, payload in applied if day - spread <= when <= until]
        touched = {campaign for payload in near for campaign in campaigns_of(history, payload)}
        return outcome_of(history, change.payload, change.forecast, day, until, touched)


POLICIES: dict[str, type[LeaveAlone]] = {
    "leave_alone": LeaveAlone,
    "equal_split": EqualSplit,
    "rule_of_thumb": RuleOfThumb,
    "ours": Product,
    "informed": Informed,
    "bounded_oracle": BoundedOracle,
    "oracle": Oracle,
}
