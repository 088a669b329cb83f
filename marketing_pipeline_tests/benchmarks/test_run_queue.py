"""The simulation behind docs/scale.md keeps the laws of queues."""

import random
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.scale.run_queue import DuePost, Job, Machines, Outcome, RunQueue

jobs = st.lists(
    st.builds(
        Job,
        at=st.floats(0, 500),
        kind=st.sampled_from(["weekly", "metrics"]),
        cpu=st.floats(0, 20),
        provider=st.floats(0, 60),
        priority=st.integers(-5, 5),
    ),
    max_size=30,
)
posts = st.lists(st.builds(DuePost, at=st.floats(0, 500), cpu=st.floats(0, 1), provider=st.floats(0, 30)), max_size=20)
machines = st.builds(
    Machines,
    places=st.integers(1, 5),
    cores=st.integers(1, 3),
    drain_workers=st.integers(1, 3),
    limits=st.sampled_from([{}, {"weekly": 1}]),
)


def arrivals(load: float, service: float, count: int, seed: int = 7) -> list[float]:
    """Moments of a Poisson stream that keeps one place busy for a share `load` of the time."""
    chance, at, found = random.Random(seed), 0.0, list[float]()
    for _ in range(count):
        at += chance.expovariate(load / service)
        found.append(at)
    return found


@settings(max_examples=60, deadline=None)
@given(jobs=jobs, posts=posts, there=machines)
def test_nobody_is_lost_nobody_is_served_before_it_came_and_work_is_conserved(
    jobs: list[Job], posts: list[DuePost], there: Machines
) -> None:
    out = RunQueue(there).run(jobs, posts)
    assert out.unserved == 0
    assert sum(map(len, out.waits.values())) == len(jobs) and len(out.lateness) == len(posts)
    assert all(wait >= 0 for waits in out.waits.values() for wait in waits)
    assert all(late >= 0 for late in out.lateness)
    work = sum(job.cpu for job in jobs) + sum(post.cpu for post in posts)
    assert out.busy_core_seconds == pytest.approx(work)
    assert out.busy_core_seconds <= there.cores * out.ended_at + 1e-6
    assert out.busy_place_seconds <= there.places * out.ended_at + 1e-6


def test_the_same_jobs_give_the_same_answer() -> None:
    asked = [Job(at, "weekly", 3.0, 40.0, priority=-index % 3) for index, at in enumerate(arrivals(0.9, 43, 200))]
    due = [DuePost(at, 0.1, 9.0) for at in arrivals(0.8, 9, 300)]

    def once() -> Outcome:
        return RunQueue(Machines(places=3, cores=2)).run(asked, due)

    assert once() == once()


@pytest.mark.parametrize("load", [0.3, 0.6, 0.8])
def test_one_place_and_equal_runs_wait_as_long_as_the_formula_of_md1_says(load: float) -> None:
    """Pollaczek and Khinchine: the mean wait is load * service / (2 * (1 - load))."""
    asked = [Job(at, "weekly", 0.0, 10.0) for at in arrivals(load, 10, 12_000)]
    waited = RunQueue(Machines(places=1, cores=1)).run(asked).waits["weekly"]
    assert fmean(waited) == pytest.approx(load * 10 / (2 * (1 - load)), rel=0.08)


def test_the_more_urgent_run_goes_first_and_among_equals_the_older() -> None:
    asked = [Job(0, "first", 0, 10), Job(1, "late", 0, 10, -9), Job(2, "soon", 0, 10, -1), Job(3, "sooner", 0, 10, -1)]
    waits = RunQueue(Machines(places=1, cores=1)).run(asked).waits
    assert waits == {"first": [0], "soon": [8], "sooner": [17], "late": [29]}


def test_a_drain_passes_the_rush_of_weekly_runs() -> None:
    rush = [Job(0, "weekly", 0, 100) for _ in range(50)]
    out = RunQueue(Machines(places=2, cores=2)).run(rush, [DuePost(60, 0, 8)])
    assert out.lateness[0] <= 100 + 30 + 8


def test_more_workers_of_a_drain_shorten_the_wait_of_many_posts() -> None:
    due = [DuePost(0, 0, 10) for _ in range(40)]
    late = [max(RunQueue(Machines(places=4, cores=4, drain_workers=w)).run([], due).lateness) for w in (1, 4)]
    assert late[0] > 2 * late[1]
