"""Pictures ordered from image services: asked for once, resumed rather than paid for twice."""

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import Connection, select, update

from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import PostId, Sha256, short_hash
from marketing_pipeline.domain.log_context import ids
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import image_jobs
from marketing_pipeline.store.upsert import insert_new


class JobState(StrEnum):
    """Where an order stands."""

    SUBMITTED = "submitted"
    DONE = "done"
    FAILED = "failed"


class ImageJob(BaseModel):
    """One picture ordered. `handle` is the service's own id of the work, None until it is known."""

    model_config = ConfigDict(frozen=True)

    id: str
    post: PostId
    run: str | None
    provider: str
    prompt: str
    handle: str | None
    state: JobState
    sha256: Sha256 | None
    error: str | None
    cost_micros: int | None
    created_at: AwareDatetime
    updated_at: AwareDatetime


def image_job_id(post: PostId, attempt: int, picture: int, prompt: str) -> str:
    """The id of an order: post, and a hash of attempt, picture number and prompt. Ordering again names the same one."""
    return f"{post}-{short_hash(str(attempt), str(picture), prompt)}"


def open_job(database: Database, job: str, post: PostId, provider: str, prompt: str) -> ImageJob:
    """Write an order down before it is sent, or return the one that stands; one that failed may be sent again."""
    now = database.clock.now()
    run = ids().get("run")
    row = {
        "id": job,
        "post": post,
        "run": run,
        "provider": provider,
        "prompt": prompt,
        "state": JobState.SUBMITTED,
        "created_at": now,
        "updated_at": now,
    }
    with database.write() as connection:
        insert_new(connection, image_jobs, row)
        if _required(connection, job).state is JobState.FAILED:
            again = {"state": JobState.SUBMITTED, "provider": provider, "handle": None, "error": None, "run": run}
            connection.execute(update(image_jobs).where(image_jobs.c.id == job).values(**again, updated_at=now))
        return _required(connection, job)


def keep_handle(database: Database, job: str, handle: str) -> ImageJob:
    """Store the service's own id, so that a later run asks for the result rather than for a new picture."""
    return _store(database, job, {"handle": handle})


def finish_job(database: Database, job: str, sha256: Sha256, cost_micros: int | None = None) -> ImageJob:
    """The picture is stored as `sha256`; cost in USD micros where it is known."""
    return _store(database, job, {"state": JobState.DONE, "sha256": sha256, "cost_micros": cost_micros, "error": None})


def fail_job(database: Database, job: str, error: str) -> ImageJob:
    """No picture will come of this order."""
    return _store(database, job, {"state": JobState.FAILED, "error": error})


def get_job(database: Database, job: str) -> ImageJob:
    """The order of that id. Raises NotFound."""
    with database.read() as connection:
        return _required(connection, job)


def _store(database: Database, job: str, values: dict[str, object]) -> ImageJob:
    with database.write() as connection:
        _required(connection, job)
        changed = {**values, "updated_at": database.clock.now()}
        connection.execute(update(image_jobs).where(image_jobs.c.id == job).values(**changed))
        return _required(connection, job)


def _required(connection: Connection, job: str) -> ImageJob:
    row = connection.execute(select(image_jobs).where(image_jobs.c.id == job)).mappings().first()
    if row is None:
        raise NotFound(f"There is no picture order {job}.", "Open it before it is sent.")
    return ImageJob.model_validate(row)
