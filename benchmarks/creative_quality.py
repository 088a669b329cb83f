"""How many planted defects the checks of creatives find, how often they cry wolf, and what the product then decides.

No network. Run it with `make bench NAME=creative_quality`; about three minutes on one core, `ARGS=--quick` takes a
quarter. `--seed N` draws another set: limits are set on seeds below 1000 only, and reported on others. Limits are
frozen: a test pins the hash that is printed.

A defect counts as found when a check that is meant for it fails. Labels come from the generator of the set alone. Kinds
that take reading (a typo, lettering that nobody set) are measured where the extra `ocr` is installed, and only then.
The evaluator is the sandbox's set of rules, so its table tests the plumbing and says nothing of a model's taste.
"""

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from benchmarks.creatives.broken import KINDS, Kind
from benchmarks.creatives.feed import feed_figures
from benchmarks.creatives.good import Made, good_creatives
from benchmarks.creatives.houses import houses
from benchmarks.creatives.planted import Planted
from benchmarks.creatives.shares import told
from benchmarks.creatives.verdicts import ACCEPT, VERDICTS, evaluation_of, failed_checks, final_verdict, verdict_of
from marketing_pipeline.domain.creative import CheckResult
from marketing_pipeline.studio.ocr import TextReader, installed_reader
from marketing_pipeline.studio.thresholds import fingerprint

HELD_OUT = 2027
GOOD, BROKEN, JUDGED = 300, 40, 3
QUICK_GOOD, QUICK_BROKEN, QUICK_JUDGED = 66, 10, 1
_SAID = {
    (True, True): "both",
    (True, False): "checks alone",
    (False, True): "evaluator alone",
    (False, False): "neither",
}
"""Who objects, by whether the checks do and whether the evaluator does, each alone."""
READ_GOOD = 40
"""Good creatives that are read as well: reading takes ten times as long as all other checks."""


class Measured:
    """What was planted and what was found."""

    def __init__(self) -> None:
        self.planted: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.flagged: Counter[str] = Counter()
        self.alarms: Counter[str] = Counter()
        self.confusion: Counter[tuple[str, str]] = Counter()
        self.seen: Counter[tuple[str, str]] = Counter()

    def note(self, kind: str, failed: frozenset[str], meant: frozenset[str]) -> None:
        """One broken creative: which checks failed, and which are meant for it."""
        self.planted[kind] += 1
        self.found[kind] += bool(failed & meant)
        self.flagged[kind] += bool(failed)


def planted_of(kind: Kind, goods: list[Made], count: int, dice: random.Random) -> Iterator[Planted]:
    """So many broken creatives of a kind, from good ones that can have the defect."""
    tried = iter(range(count * 20))
    while count and next(tried, None) is not None:
        planted = kind.plant(dice.choice(goods), dice)
        if planted is not None:
            count -= 1
            yield planted


def measure_good(measured: Measured, goods: list[Made], reader: TextReader | None, judged: int) -> None:
    """False alarms, and what the evaluator says of some."""
    for number, made in enumerate(goods):
        failed = failed_checks(Planted(made), reader if number < READ_GOOD else None)
        measured.planted["good"] += 1
        measured.flagged["good"] += bool(failed)
        measured.alarms.update({result.name for result in failed})
        for result in failed:
            where = f"{made.brief.template} {made.brief.format} {made.brief.artwork_seed}"
            print(f"  alarm: {result.name} {result.value} on {where}: {result.reason}")
        if number < judged:
            _judge(measured, "good", made, failed)
    count, wrong = measured.planted["good"], measured.flagged["good"]
    print(f"false alarms on {count} good ones: {wrong}  {told(wrong, count)}  {dict(measured.alarms)}", flush=True)


def _judge(measured: Measured, label: str, made: Made, failed: tuple[CheckResult, ...]) -> None:
    evaluation = evaluation_of(made)
    measured.confusion[label, final_verdict(failed, evaluation)] += 1
    by_checks, by_eye = verdict_of(failed) != ACCEPT, final_verdict((), evaluation) != ACCEPT
    measured.seen["good" if label == "good" else "broken", _SAID[by_checks, by_eye]] += 1


def measure_broken(
    measured: Measured, goods: list[Made], reader: TextReader | None, count: int, judged: int, seed: int
) -> None:
    """Detection by kind, told as it is measured, and the final verdict on some of each."""
    print(f"\n{'planted defect':24} {'n':>4} {'found':>6}  {'share':28} flagged at all")
    for name, kind in KINDS.items():
        if kind.needs_reader and reader is None:
            print(f"{name:24} not measured: it takes the extra `ocr`")
            continue
        dice = random.Random(f"{seed} {name}")
        for number, broken in enumerate(planted_of(kind, goods, count, dice)):
            if broken.refused:
                measured.note(name, kind.checks, kind.checks)
                continue
            failed = failed_checks(broken, reader if kind.needs_reader else None)
            names = frozenset(result.name for result in failed)
            measured.note(name, names, kind.checks)
            if number < judged and "format" not in names:
                _judge(measured, kind.verdict.value, broken.made, failed)
        planted, found = measured.planted[name], measured.found[name]
        flagged = measured.flagged[name] / max(planted, 1)
        print(f"{name:24} {planted:4} {found:6} {told(found, planted):28} {flagged:.1%}", flush=True)


def tell_verdicts(measured: Measured) -> None:
    """Print what the product decided, and who objected."""
    print("\nlabel of the generator by the product's verdict (the evaluator is the sandbox's rules: plumbing only)")
    print(f"{'':10}" + "".join(f"{verdict:>9}" for verdict in VERDICTS))
    for label in ("good", "revise", "reject"):
        print(f"{label:10}" + "".join(f"{measured.confusion[label, verdict]:9}" for verdict in VERDICTS))
    for label in ("good", "broken"):
        said = {who: measured.seen[label, who] for who in _SAID.values()}
        print(f"{label:10}objections of " + ", ".join(f"{who}: {count}" for who, count in said.items()))


def figures_of(measured: Measured) -> dict[str, float]:
    """The figures by name."""
    shares = {
        f"found_{name.replace(' ', '_').replace('.', '')}": measured.found[name] / count
        for name, count in measured.planted.items()
        if name != "good"
    }
    good = measured.planted["good"]
    figures = {"good": good, "false_alarms": measured.flagged["good"] / good, **shares}
    return {name: round(value, 4) for name, value in figures.items()}


def main() -> None:
    """Make the set, measure, print the tables and one line of JSON."""
    parser = argparse.ArgumentParser(description="Quality of creatives")
    parser.add_argument("--quick", action="store_true", help="a quarter of the set")
    parser.add_argument("--seed", type=int, default=HELD_OUT, help="below 1000: training")
    chosen = parser.parse_args()
    good, broken, judged = (QUICK_GOOD, QUICK_BROKEN, QUICK_JUDGED) if chosen.quick else (GOOD, BROKEN, JUDGED)
    reader, start = installed_reader(), time.process_time()
    which = "training" if chosen.seed < 1000 else "held out"
    print(f"limits {fingerprint()}, seed {chosen.seed} ({which}), reader: {'installed' if reader else 'none'}")
    goods = list(islice(good_creatives(chosen.seed, houses()), good))
    measured = Measured()
    measure_good(measured, goods, reader, judged * 6)
    measure_broken(measured, goods, reader, broken, judged, chosen.seed)
    tell_verdicts(measured)
    feed = feed_figures(chosen.seed)
    figures = {**figures_of(measured), **feed}
    print(f"\n{time.process_time() - start:.0f} s CPU")
    told_by = {"benchmark": "creative_quality", "limits": fingerprint(), "seed": chosen.seed}
    print(json.dumps({**told_by, "figures": figures}))


if __name__ == "__main__":
    main()
