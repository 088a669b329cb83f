"""What was found, missed and covered over all accounts, and the figures that it comes to."""

from collections import Counter

from marketing_pipeline.domain.ad_anomaly import FALSE_ALARMS


class Tally:
    """What was found, missed and covered over all accounts."""

    def __init__(self) -> None:
        self.months = 0.0
        self.false_alarms = 0
        self.planted: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.money: Counter[str] = Counter()
        self.things: Counter[str] = Counter()
        self.inside: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.curves = 0
        self.campaigns = 0
        self.width = 0.0
        """Of the intervals of the month's cost, over that cost, added up."""

    def cover(self, name: str, low: float, value: float, high: float) -> None:
        """Count whether an interval held the truth."""
        self.asked[name] += 1
        self.inside[name] += low <= value <= high


def figures_of(tally: Tally) -> dict[str, float]:
    """The figures by name."""
    things = tally.things
    figures = {
        "false_alarms_per_campaign_month": tally.false_alarms / tally.months,
        "false_alarms_stated": FALSE_ALARMS,
        "anomalies_found": sum(tally.found.values()) / max(sum(tally.planted.values()), 1),
        **{f"found_{kind}": tally.found[kind] / count for kind, count in sorted(tally.planted.items())},
        "wasted_spend_found": tally.money["wasted found"] / max(tally.money["wasted"], 1),
        "terms_in_error": things["terms found in error"] / max(things["terms found"], 1),
        **{
            f"{name}_{word}": value
            for name in ("keywords", "ads")
            for word, value in (
                ("found", (things[f"{name} found"] - things[f"{name} found in error"]) / things[f"{name} losing"]),
                ("in_error", things[f"{name} found in error"] / max(things[f"{name} found"], 1)),
            )
        },
        "campaigns_with_a_curve": tally.curves / tally.campaigns,
        **{
            f"{'found' if name.startswith('outage') else 'coverage'}_{name.replace(' ', '_').replace('%', '')}": (
                tally.inside[name] / asked
            )
            for name, asked in sorted(tally.asked.items())
        },
        "width_cost_of_the_month": tally.width / max(tally.asked["cost of the month"], 1),
        **{name.replace(" ", "_"): count for name, count in sorted(things.items()) if "moves" in name},
    }
    return {name: round(value, 4) for name, value in figures.items()}
