"""What 10,000 brands need, and where the first limit lies: the sums of docs/scale.md over the measured unit costs.

Run it with `make bench NAME=scale_sums`, after `make bench NAME=unit_costs ARGS=--keep`.
"""

from benchmarks.scale.sums import SIZES, limits, needs
from benchmarks.scale.unit_costs import UnitCosts, kept
from benchmarks.scale_simulation import machines_of


def figure(value: float) -> str:
    """A figure with three digits that count."""
    if value == 0:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table_of_needs(costs: UnitCosts) -> str:
    """What 1 to 10,000 brands need, as Markdown."""
    heads = " | ".join(f"{size:,}" for size in SIZES)
    lines = [f"| needed by so many brands | {heads} | unit | of it |", "|---|" + "---:|" * len(SIZES) + "---|---|"]
    for need in needs(costs):
        cells = " | ".join(figure(need.each * size) for size in SIZES)
        lines.append(f"| {need.what} | {cells} | {need.unit} | {need.note} |")
    return "\n".join(lines)


def table_of_limits(costs: UnitCosts) -> str:
    """Limits of one machine as shipped, the first first, as Markdown."""
    lines = ["| limit | there is | a brand takes | brands | what to do then |", "|---|---:|---:|---:|---|"]
    for limit in limits(costs, machines_of(1, costs)):
        brands = "any" if limit.brands == float("inf") else f"{limit.brands:,.0f}"
        lines.append(
            f"| {limit.what} | {figure(limit.there)} {limit.unit} | {figure(limit.each)} | {brands} | {limit.then} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print both tables."""
    costs = kept()
    print(f"Measured: {costs.measured_on}.\n\n{table_of_needs(costs)}\n\n{table_of_limits(costs)}")


if __name__ == "__main__":
    main()
