"""Keeping what a person did with a post as an example, and the rules that like examples make proposed."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from marketing_pipeline.domain.edit_example import EditExample
from marketing_pipeline.domain.edit_lesson import Lesson, lessons_of
from marketing_pipeline.domain.repeated_lessons import repeated_lessons
from marketing_pipeline.store.brand_rules import BrandRules, rules_of
from marketing_pipeline.store.edit_examples import examples_of, last_example, new_example_id, record_example

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.domain.brand_rule import BrandRule
    from marketing_pipeline.domain.person import Person
    from marketing_pipeline.domain.proposal import ExampleKind
    from marketing_pipeline.store.post_row import Post
    from marketing_pipeline.workplace.workplace import Workplace

log = logging.getLogger(__name__)

REMEMBERED = timedelta(days=180)
"""Examples that count towards a rule: what was changed longer ago was another brand's voice."""
FROM_EDITS = "edits"


def keep_example(
    place: "Workplace",
    person: "Person",
    post: "Post",
    kind: "ExampleKind",
    field: str,
    before: str,
    after: str,
    note: str,
) -> "tuple[BrandRule, ...]":
    """Store the example with its lessons, and the rules that it makes proposed, in one transaction; those rules.

    The same act told again is kept once.
    """
    brand = place.brand(post.brand)
    lessons = lessons_of(kind, field, before, after, note, brand)
    with place.database.write() as connection:
        example = EditExample(
            id=new_example_id(connection, post.id),
            brand=post.brand,
            post=post.id,
            kind=kind,
            field=field,
            before=before,
            after=after,
            note=note,
            lessons=tuple(lesson.key for lesson in lessons),
            actor=person.name,
            created_at=place.clock.now(),
        )
        last = last_example(connection, post.id)
        if last is not None and last.repeats(example):
            return ()
        record_example(connection, example)
        place.audit.append(
            connection,
            actor=person.name,
            action="example.noted",
            subject=example.id,
            brand=post.brand,
            detail={"post": post.id, "kind": kind, "field": field, "lessons": list(example.lessons), "note": note},
        )
        return _learn(place, connection, brand, lessons) if lessons else ()


def tell_failure(place: "Workplace", person: "Person", post: "Post", kind: "ExampleKind", error: Exception) -> None:
    """Write down that an act taught nothing, where anything can still be written down."""
    detail = {"kind": kind, "reason": f"{type(error).__name__}: {error}"[:400]}
    try:
        with place.database.write() as connection:
            place.audit.append(
                connection,
                actor=person.name,
                action="example.not_noted",
                subject=post.id,
                brand=post.brand,
                detail=detail,
            )
    except Exception:  # what keeps the example out of the database may keep this out too
        log.exception("That could not be written to the audit log either")


def _learn(
    place: "Workplace", connection: "Connection", brand: "Brand", lessons: Sequence[Lesson]
) -> "tuple[BrandRule, ...]":
    examples = examples_of(connection, brand.brand_id, since=place.clock.now() - REMEMBERED)
    rules = BrandRules(place.audit, place.clock)
    return tuple(
        rules.propose(
            connection,
            brand=brand.brand_id,
            lesson=lesson.key,
            applies_to=lesson.applies_to,
            statement=lesson.statement,
            check=lesson.check,
            evidence=[example.id for example in evidence],
            proposed_by=FROM_EDITS,
            reason=f"people did so on {len({example.post for example in evidence})} posts",
        )
        for lesson, evidence in repeated_lessons(lessons, brand, rules_of(connection, brand.brand_id), examples)
    )
