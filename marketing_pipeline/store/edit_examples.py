"""Labelled examples of what people changed, refused or asked for: what rules are learnt from."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, select

from marketing_pipeline.domain.edit_example import EditExample
from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.store.tables import edit_examples
from marketing_pipeline.store.upsert import insert_new


def new_example_id(connection: Connection, post: PostId) -> str:
    """The next id of a post's examples, such as `<post>-x2`; in the caller's write transaction."""
    told = select(func.count()).where(edit_examples.c.post == post)
    return f"{post}-x{(connection.scalar(told) or 0) + 1}"


def record_example(connection: Connection, example: EditExample) -> bool:
    """Store an example; whether it is new."""
    return insert_new(connection, edit_examples, {**example.model_dump(), "lessons": list(example.lessons)})


def last_example(connection: Connection, post: PostId) -> EditExample | None:
    """The newest example of a post, or None."""
    newest = select(edit_examples).where(edit_examples.c.post == post).order_by(edit_examples.c.created_at.desc())
    found = connection.execute(newest.order_by(edit_examples.c.id.desc()).limit(1)).mappings().first()
    return None if found is None else _example(found)


def examples_of(
    connection: Connection, brand: BrandId, *, since: datetime | None = None, ids: Sequence[str] | None = None
) -> tuple[EditExample, ...]:
    """Examples of a brand, oldest first: those after a moment, or those of some ids."""
    wanted = select(edit_examples).where(edit_examples.c.brand == brand)
    if since is not None:
        wanted = wanted.where(edit_examples.c.created_at > since)
    if ids is not None:
        wanted = wanted.where(edit_examples.c.id.in_(ids))
    rows = connection.execute(wanted.order_by(edit_examples.c.created_at, edit_examples.c.id)).mappings()
    return tuple(map(_example, rows))


def _example(row: RowMapping) -> EditExample:
    return EditExample.model_validate(dict(row))
