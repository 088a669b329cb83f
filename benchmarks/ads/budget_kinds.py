"""The kinds of accounts of the benchmark of budgets. Those of `UNSEEN` were never used to fix a constant."""

import math

import numpy as np

from benchmarks.ads.accounts import live_account
from benchmarks.ads.budget_market import BUDGETS, Account, Array, CampaignMarket, Kind, shape_of
from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.sandbox.google_ads.account_plan import price_level
from marketing_pipeline.sandbox.google_ads.traits import campaign_traits
from marketing_pipeline.sandbox.google_ads.truth import campaign_truths

SANDBOX = Kind("sandbox", ("saturating",))
TRAINING = (
    SANDBOX,
    Kind("hill", ("hill",)),
    Kind("log drifting", ("log",), moved=(45,), drift=0.04, season=0.15),
    Kind("power noisy", ("power",), burst=0.4, luck=0.25, odd=0.02, lag=(0.4, 5.0)),
    Kind("never moved", ("hill", "log"), moved=()),
    Kind("without response", ("hill",), last_forms=("flat", "barren"), moved=(45,)),
    Kind("small", ("log", "saturating"), cost=120.0, moved=(45,)),
)
UNSEEN = (Kind("unseen", ("exponential", "power", "hill"), moved=(50, 70), drift=0.02, burst=0.2, luck=0.2),)
KINDS = (*TRAINING, *UNSEEN)


def account(kind: Kind, seed: int) -> Account:
    """A seeded account of a kind."""
    return _of_sandbox(seed) if kind.name == SANDBOX.name else _drawn(kind, seed)


def _of_sandbox(seed: int) -> Account:
    """The markets of an account of the sandbox, as its truth has them; budgets begin below what demand allows."""
    live = live_account(seed)
    money = MICROS * price_level(live.plan.currency)
    campaigns: list[CampaignMarket] = []
    budgets: list[float] = []
    for known in campaign_truths(live):
        traits = campaign_traits(live.seed, live.plan, known.id)
        demand = known.demand_micros / money
        budgets.append(_whole(min(known.budget_micros / money, 0.9 * demand)))
        campaigns.append(
            CampaignMarket(
                form="saturating",
                level=known.ceiling * known.size * known.quality,
                half=known.half_micros * known.size / money,
                bend=1.0,
                demand=demand,
                price=known.first_click_micros / money,
                weekdays=traits.weekdays,
                season=traits.season,
                peak=traits.season_peak,
            )
        )
    return Account(SANDBOX, seed, campaigns, np.array(budgets))


def _drawn(kind: Kind, seed: int) -> Account:
    dice = np.random.default_rng([seed, 21])
    number = int(dice.integers(3, 6)) + len(kind.last_forms)
    budgets: Array = np.array(
        [_whole(each) for each in np.exp(dice.uniform(math.log(BUDGETS[0]), math.log(BUDGETS[1]), number))]
    )
    own = number - len(kind.last_forms)
    forms = [str(dice.choice(kind.forms)) for _ in range(own)] + list(kind.last_forms)
    campaigns = [_campaign(kind, form, float(budget), dice) for form, budget in zip(forms, budgets, strict=True)]
    return Account(kind, seed, campaigns, budgets)


def _campaign(kind: Kind, form: str, budget: float, dice: np.random.Generator) -> CampaignMarket:
    cost = kind.cost * float(np.exp(dice.normal(0, kind.unequal)))
    half = budget * float(np.exp(dice.uniform(math.log(0.3), math.log(2.5))))
    bend = float(dice.uniform(0.35, 0.85) if form == "power" else dice.uniform(0.7, 1.5))
    if form == "flat":
        form, half = "exponential", budget * 0.08
    elif form == "barren":
        form, cost = "saturating", cost * 30
    at_budget = float(shape_of(form, half, bend)(np.array([budget]))[0])
    weekdays = np.exp(dice.normal(0, kind.weekday, 7))
    return CampaignMarket(
        form=form,
        level=budget / cost / at_budget,
        half=half,
        bend=bend,
        demand=budget * float(dice.uniform(1.3, 3.5)),
        price=float(dice.uniform(0.35, 1.1)),
        weekdays=tuple(float(each) for each in weekdays / weekdays.mean()),
        season=kind.season,
        peak=float(dice.uniform(0, 365)),
    )


def _whole(amount: float) -> float:
    return max(float(round(amount)), 5.0)
