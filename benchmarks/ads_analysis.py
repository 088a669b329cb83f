"""How right the ad analysis is, over seeded sandbox accounts whose truth is known. Without network.

Run it with `make bench NAME=ads_analysis`. The held-out seeds are reported; `ARGS=--training` shows those that the
constants were fixed on. For each account half a year is read as a report would show it, and held against the truth.
"""

import argparse
import json
from collections.abc import Sequence
from datetime import timedelta

from benchmarks.ads.accounts import HISTORY_DAYS, history_of, live_account
from benchmarks.ads.moves import study_moves
from benchmarks.ads.outages import study_outages
from benchmarks.ads.studies import study_anomalies, study_pacing, study_responses, study_waste
from benchmarks.ads.tally import Tally, figures_of
from marketing_pipeline.sandbox.google_ads.truth import truth

ACCOUNTS = 200
HELD_OUT_FROM = 5_000
TRAINING_FROM = 100


def study(seeds: Sequence[int]) -> Tally:
    """Everything over all accounts."""
    tally = Tally()
    for seed in seeds:
        account = live_account(seed)
        history = history_of(account)
        known = truth(account, history.today - timedelta(days=HISTORY_DAYS), history.today)
        alarms = study_anomalies(tally, history, known)
        study_waste(tally, history, known)
        tally.curves += len(study_responses(tally, history, known, alarms))
        study_pacing(tally, account, history)
        study_outages(tally, history)
        study_moves(tally, seed, history, known)
    return tally


def main() -> None:
    """Study the accounts, print a table and the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--training", action="store_true", help="the seeds that the constants were fixed on")
    parser.add_argument("--accounts", type=int, default=ACCOUNTS)
    asked = parser.parse_args()
    first = TRAINING_FROM if asked.training else HELD_OUT_FROM
    tally = study(range(first, first + asked.accounts))
    figures = figures_of(tally)
    print(
        f"{asked.accounts} {'training' if asked.training else 'held-out'} accounts, {tally.months:.0f} campaign-months"
    )
    for name, value in figures.items():
        print(f"{name:40} {value:.4f}")
    print(json.dumps({"benchmark": "ads_analysis", "figures": figures}))


if __name__ == "__main__":
    main()
