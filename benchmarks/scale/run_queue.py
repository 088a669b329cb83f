"""A discrete simulation of Dagster's run queue and of the drains: who waits how long, for which places.

Runs wait for a place, the more urgent first; then they use a core and wait for providers by turns. Posts that are due
wait for a drain, which takes a place as well, passes all other runs, and lets its workers publish one post at a time.
Times are seconds. All luck lies in the jobs that are given: the same jobs give the same answer.
"""

from collections import deque
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import simpy
from simpy.resources.resource import PriorityResource, Resource

PHASES = 8
"""A run uses a core and waits for a provider so many times by turns."""
DRAIN_PRIORITY = 10
Events = Generator[Any, Any, None]


@dataclass(frozen=True)
class Job:
    """A run that is asked for. Of two that wait, the one with more `priority` goes first, then the older."""

    at: float
    kind: str
    cpu: float
    provider: float
    priority: int = 0


@dataclass(frozen=True)
class DuePost:
    """A post whose time has come."""

    at: float
    cpu: float
    provider: float


@dataclass(frozen=True)
class Machines:
    """What there is: places for runs at once, cores, drains at once and workers of each, and the sensor's pace."""

    places: int
    cores: int
    drains: int = 2
    drain_workers: int = 1
    start_cpu: float = 0.0
    sensor_seconds: float = 30.0
    limits: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many runs of a kind may have a place at once."""


@dataclass
class Outcome:
    """Seconds each kind of run waited for its place, and each post for its publish; and how busy everything was."""

    waits: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    lateness: list[float] = field(default_factory=list[float])
    busy_core_seconds: float = 0.0
    busy_place_seconds: float = 0.0
    ended_at: float = 0.0
    unserved: int = 0


class RunQueue:
    """One simulation. Make it, `run` it once."""

    def __init__(self, machines: Machines) -> None:
        self._machines = machines
        self._env = simpy.Environment()
        self._places = PriorityResource(self._env, machines.places)
        self._cores = Resource(self._env, machines.cores)
        self._limits = {kind: PriorityResource(self._env, most) for kind, most in machines.limits.items()}
        self._due: deque[DuePost] = deque()
        self._drains = 0
        self._out = Outcome()

    def run(self, jobs: Iterable[Job], posts: Iterable[DuePost] = (), until: float | None = None) -> Outcome:
        """Serve these jobs and posts, each in the order of its time; `until` ends the look, whoever still waits."""
        to_run, to_post = sorted(jobs, key=lambda job: job.at), sorted(posts, key=lambda post: post.at)
        self._env.process(self._feed(to_run))
        if to_post:
            self._env.process(self._fall_due(to_post))
            self._env.process(self._sensor(to_post[-1].at))
        self._env.run(until)
        served = sum(map(len, self._out.waits.values())) + len(self._out.lateness)
        self._out.unserved = len(to_run) + len(to_post) - served
        self._out.ended_at = self._env.now
        return self._out

    def _feed(self, jobs: Sequence[Job]) -> Events:
        for job in jobs:
            yield self._env.timeout(job.at - self._env.now)
            self._env.process(self._run(job))

    def _run(self, job: Job) -> Events:
        limit = self._limits.get(job.kind)
        if limit is None:
            yield from self._in_place(job)
            return
        allowed = limit.request(priority=-job.priority)
        with allowed:
            yield allowed
            yield from self._in_place(job)

    def _in_place(self, job: Job) -> Events:
        place = self._places.request(priority=-job.priority)
        with place:
            yield place
            started = self._env.now
            self._out.waits.setdefault(job.kind, []).append(started - job.at)
            yield from self._compute(self._machines.start_cpu)
            for _ in range(PHASES):
                yield from self._compute(job.cpu / PHASES)
                yield self._env.timeout(job.provider / PHASES)
            self._out.busy_place_seconds += self._env.now - started

    def _compute(self, seconds: float) -> Events:
        if seconds:
            core = self._cores.request()
            with core:
                yield core
                yield self._env.timeout(seconds)
                self._out.busy_core_seconds += seconds

    def _fall_due(self, posts: Sequence[DuePost]) -> Events:
        for post in posts:
            yield self._env.timeout(post.at - self._env.now)
            self._due.append(post)

    def _sensor(self, last: float) -> Events:
        """Launch a drain where anything is due and another is allowed, for as long as anything may fall due."""
        while self._env.now <= last or self._due:
            if self._due and self._drains < self._machines.drains:
                self._drains += 1
                self._env.process(self._drain())
            yield self._env.timeout(self._machines.sensor_seconds)

    def _drain(self) -> Events:
        place = self._places.request(priority=-DRAIN_PRIORITY)
        with place:
            yield place
            started = self._env.now
            yield from self._compute(self._machines.start_cpu)
            yield simpy.AllOf(self._env, [self._env.process(self._work()) for _ in range(self._machines.drain_workers)])
            self._out.busy_place_seconds += self._env.now - started
        self._drains -= 1

    def _work(self) -> Events:
        while self._due:
            post = self._due.popleft()
            yield from self._compute(post.cpu)
            yield self._env.timeout(post.provider)
            self._out.lateness.append(self._env.now - post.at)
