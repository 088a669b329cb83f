"""What so many brands need, as sums over the measured unit costs, and how many brands each limit holds."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.scale.run_queue import Machines
from benchmarks.scale.unit_costs import UnitCosts
from benchmarks.scale.world import ADS, METRICS, PUBLISH, SLOTS, WEEKLY, ZONES, Latency, run_cost

DAYS, HOURS, WEEKS = 7, 24, 52
WEEK_SECONDS = DAYS * HOURS * 3600
RUSH_HOURS = 24
"""A day of planning in all time zones; see the simulation."""
SIZES = (1, 100, 1_000, 10_000)
INPUT_USD, OUTPUT_USD = 2.0, 10.0
"""USD per million tokens of claude-sonnet-5-5 in `agents/prices.py`, listed on 22 November 2026."""
SQLITE_WRITES, POSTGRES_WRITES = 357, 473
"""Write transactions a second under eight writers, measured; docs/performance.md."""
BASIC_OPERATIONS = 15_000
"""Google Ads operations a day under basic access, documented by Google."""
POSTS_A_DAY = 50
"""Posts an Instagram account may publish in 24 hours, documented by Meta; some accounts may 100."""
CONNECTIONS = 97
"""PostgreSQL's default of 100, less three kept for administrators."""
CONNECTIONS_A_RUN = 4
"""Of one run: reader, writer, and Dagster's two storages' own."""
SERVERS_CONNECTIONS = 16
"""Daemon, code location, console and web server together, of one installation."""
POST_MINUTES = 30
"""A post that is out within so many minutes of its slot counts as on time here."""
FULL = 0.7
"""Beyond this share of use waits grow steeply; a limit is counted as reached there."""


@dataclass(frozen=True)
class Need:
    """One thing that brands need."""

    what: str
    each: float
    unit: str
    note: str = ""


@dataclass(frozen=True)
class Limit:
    """Something that there is so much of. `each`: what a brand takes of it."""

    what: str
    there: float
    each: float
    unit: str
    then: str

    @property
    def brands(self) -> float:
        """So many brands fill it."""
        return self.there / self.each if self.each else float("inf")


def runs_a_week(costs: UnitCosts) -> dict[str, float]:
    """Dagster runs of one brand in a week; a drain serves all brands, so it is counted apart."""
    return {job: cost.runs_per_brand_week for job, cost in costs.dagster.items() if job != "run_due_effects"}


def place_seconds(costs: UnitCosts) -> float:
    """Seconds that a brand's runs hold places in a week, provider latency as assumed, drains as posts."""
    latency: dict[str, Latency] = {"weekly": WEEKLY, "collect_metrics": METRICS, "daily_ads": ADS}
    held = sum(
        runs
        * (
            costs.start_cpu_seconds
            + run_cost(costs, job).seconds_per_run
            + (latency[job].mean if job in latency else 0)
        )
        for job, runs in runs_a_week(costs).items()
    )
    return held + costs.posts * PUBLISH.mean


def cpu_seconds(costs: UnitCosts) -> float:
    """CPU seconds of a brand-week, the start of each run's process included."""
    return costs.cpu_seconds + sum(runs_a_week(costs).values()) * costs.start_cpu_seconds


def model_usd(costs: UnitCosts) -> float:
    """USD of a brand-week at list prices, nothing from a cache, no batches."""
    prompt = costs.input_tokens + costs.cached_tokens
    return (prompt * INPUT_USD + costs.output_tokens * OUTPUT_USD) / 1e6


def needs(costs: UnitCosts) -> Iterator[Need]:
    """What one brand needs."""
    runs = runs_a_week(costs)
    dagster_bytes = sum(count * costs.dagster[job].bytes_per_run for job, count in runs.items())
    events = sum(count * costs.dagster[job].events_per_run for job, count in runs.items())
    yield Need("Dagster runs a week", sum(runs.values()), "", ", ".join(f"{job} {n:.1f}" for job, n in runs.items()))
    yield Need("Dagster event rows a week", events, "", "pruned by `maintenance`")
    yield Need("Dagster event logs a week", dagster_bytes / 1e9, "GB", "SQLite files, one a run")
    yield Need("control-plane rows a year", costs.rows * WEEKS, "")
    yield Need("control plane a year", costs.control_plane_bytes * WEEKS / 1e9, "GB", "indexes included")
    yield Need("warehouse a year", costs.warehouse_bytes * WEEKS / 1e9, "GB", "before compaction")
    yield Need("media a year", costs.media_bytes * WEEKS / 1e9, "GB", f"{costs.media_files:.0f} files a week")
    yield Need("write transactions a second, mean", costs.commits / WEEK_SECONDS, "/s")
    yield Need(
        "write transactions a second, planning day", costs.commits * 0.5 / RUSH_HOURS / 3600, "/s", "half of the week's"
    )
    yield Need("CPU-hours a week", cpu_seconds(costs) / 3600, "h", "process starts included")
    yield Need("place-hours a week", place_seconds(costs) / 3600, "h", "provider waits included, assumed")
    yield Need("model calls a week", costs.model_calls, "")
    yield Need("model tokens a week", (costs.input_tokens + costs.cached_tokens + costs.output_tokens) / 1e6, "M")
    yield Need("model spend a week", model_usd(costs), "USD", "an estimate: sandbox tokens at list prices")
    yield Need("Instagram calls a week", costs.instagram_calls, "")
    yield Need("Google Ads operations a day", costs.ads_calls / DAYS, "")
    yield Need("pictures up and down a week", 2 * costs.media_bytes / 1e9, "GB", "hosted once, fetched once")


def limits(costs: UnitCosts, there: Machines) -> list[Limit]:
    """Limits of an installation as shipped, the one that is reached first, first."""
    rush = max(ZONES.values()) * max(SLOTS.values())
    posts_at_once = rush * costs.posts / DAYS
    drained = there.drains * there.drain_workers * POST_MINUTES * 60 / PUBLISH.mean
    writes = costs.commits * 0.5 / RUSH_HOURS / 3600
    connections = CONNECTIONS_A_RUN * place_seconds(costs) / (FULL * WEEK_SECONDS)
    found = [
        Limit(
            "Google Ads, basic access",
            BASIC_OPERATIONS,
            costs.ads_calls / DAYS,
            "operations a day",
            "apply for standard access",
        ),
        Limit(
            f"{there.places} places for runs",
            FULL * there.places * WEEK_SECONDS,
            place_seconds(costs),
            "place-seconds a week",
            "more machines: `max_concurrent_runs`, and the Kubernetes or Docker launcher",
        ),
        Limit(
            f"{there.cores} cores",
            FULL * there.cores * WEEK_SECONDS,
            cpu_seconds(costs),
            "CPU-seconds a week",
            "more machines",
        ),
        Limit(
            f"posts out within {POST_MINUTES} minutes by {there.drains} drains of {there.drain_workers}",
            drained,
            posts_at_once,
            "posts of the busiest slot",
            "more workers a drain, and more drains (tag `marketing/drain`)",
        ),
        Limit("writers of SQLite", FULL * SQLITE_WRITES, writes, "transactions a second", "PostgreSQL"),
        Limit(
            "writers of PostgreSQL",
            FULL * POSTGRES_WRITES,
            writes,
            "transactions a second",
            "several installations, each with brands of its own",
        ),
        Limit(
            "PostgreSQL connections",
            CONNECTIONS - SERVERS_CONNECTIONS,
            connections,
            "connections",
            "a larger `max_connections`, or a pooler in session mode",
        ),
        Limit(
            "Instagram, posts of one account",
            POSTS_A_DAY,
            0,
            "posts a day",
            "nothing: each brand has an account of its own",
        ),
    ]
    return sorted(found, key=lambda limit: limit.brands)
