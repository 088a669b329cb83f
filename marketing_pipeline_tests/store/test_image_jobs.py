from collections.abc import Callable

import pytest

from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import PostId, Sha256
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.image_jobs import (
    ImageJob,
    JobState,
    fail_job,
    finish_job,
    get_job,
    image_job_id,
    keep_handle,
    open_job,
)

POST = PostId("upscale_print-2026-11-16-01")
PROMPT = "Cut-paper dunes in warm light"
JOB = image_job_id(POST, 1, 1, PROMPT)
PICTURE = Sha256("a" * 64)


def _order(database: Database) -> ImageJob:
    return open_job(database, JOB, POST, "sandbox/gpt-image-1", PROMPT)


def test_the_same_order_has_the_same_name() -> None:
    assert image_job_id(POST, 1, 1, PROMPT) == JOB
    others = {image_job_id(POST, 2, 1, PROMPT), image_job_id(POST, 1, 2, PROMPT), image_job_id(POST, 1, 1, "Another")}
    assert JOB not in others
    assert len(others) == 3


def test_an_order_is_written_down_before_it_is_sent_and_resumed_afterwards(database: Database) -> None:
    assert _order(database).state is JobState.SUBMITTED
    keep_handle(database, JOB, "img_1")
    assert _order(database).handle == "img_1"
    done = finish_job(database, JOB, PICTURE, cost_micros=40_000)
    assert (done.state, done.sha256, done.cost_micros) == (JobState.DONE, PICTURE, 40_000)
    assert _order(database) == done == get_job(database, JOB)


def test_an_order_that_failed_is_sent_again(database: Database) -> None:
    _order(database)
    keep_handle(database, JOB, "img_1")
    assert fail_job(database, JOB, "moderation").error == "moderation"
    again = _order(database)
    assert (again.state, again.handle, again.error) == (JobState.SUBMITTED, None, None)


ACTS: dict[str, Callable[[Database], ImageJob]] = {
    "get": lambda database: get_job(database, "nowhere"),
    "handle": lambda database: keep_handle(database, "nowhere", "h"),
    "finish": lambda database: finish_job(database, "nowhere", PICTURE),
    "fail": lambda database: fail_job(database, "nowhere", "e"),
}


@pytest.mark.parametrize("act", ACTS)
def test_an_order_that_is_not_there_is_said(database: Database, act: str) -> None:
    with pytest.raises(NotFound, match="no picture order nowhere"):
        ACTS[act](database)
