"""Worker processes on a real PostgreSQL, one of which is killed: every post goes out once all the same."""

import multiprocessing
import os
from multiprocessing.connection import Connection
from pathlib import Path

from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.execution.steps import Step
from marketing_pipeline_tests.faults.agency import A_LEASE, Office, brands_of, open_agency
from marketing_pipeline_tests.faults.children import forkserver

BRANDS, POSTS = 6, 10
KILLED_AT = 8
"""So many calls has the killed worker made, or is about to make."""
PATIENCE_S = 60.0


def _drain(root: Path, url: str, database_url: str, told: Connection) -> None:
    office = Office(root, url, brands_of(BRANDS), database_url=database_url)

    def on_step(step: Step) -> None:
        if step is Step.ATTEMPT_OPENED:
            told.send(step.value)

    office.executor(on_step=on_step, owner=f"process {os.getpid()}").drain()
    told.close()
    office.close()


def test_two_workers_of_which_one_is_killed_publish_each_post_once(tmp_path: Path, postgres_url: str) -> None:
    with open_agency(tmp_path / "agency", BRANDS, shared_time=True, database_url=postgres_url) as agency:
        queued = [agency.queue(brand) for _ in range(POSTS) for brand in agency.brands.values()]
        pipes = [multiprocessing.Pipe(duplex=False) for _ in range(2)]
        workers = [
            forkserver().Process(target=_drain, args=(agency.home.root, agency.url, postgres_url, told))
            for _, told in pipes
        ]
        for worker in workers:
            worker.start()
        (heard, own), (other, others) = pipes
        own.close()
        others.close()
        for _ in range(KILLED_AT):
            assert heard.poll(PATIENCE_S) and heard.recv() == Step.ATTEMPT_OPENED
        workers[0].kill()
        for worker in workers:
            worker.join(PATIENCE_S)
        assert [worker.exitcode for worker in workers] == [-9, 0]
        calls = 0
        while other.poll():
            try:
                calls += other.recv() == Step.ATTEMPT_OPENED
            except EOFError:
                break
        assert calls >= len(queued) // 3, "the other one worked beside it, and on"
        agency.clock.sleep(A_LEASE.total_seconds())
        agency.settle()
        assert agency.require_standing(queued, EffectState.SUCCEEDED) == 0
        figure = agency.figure(queued)
        assert (figure.effects, figure.double, figure.lost, figure.parked) == (len(queued), 0, 0, 0)
