"""Creatives: every attempt with its pictures, checks and verdicts, and which one was kept."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, select, update

from marketing_pipeline.domain.creative import CheckResult, CreativeBrief, Media, TextRun
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.evaluation import CreativeEvaluation, Criterion, CriterionVerdict, Judgement
from marketing_pipeline.domain.identifiers import BrandId, CreativeId, PostId
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.tables import creatives, evaluations, posts


class CreativeAttempt(BaseModel):
    """One attempt at a post's creative, judged: what is stored of it."""

    model_config = ConfigDict(frozen=True)

    post: PostId
    round: Annotated[int, Field(ge=1, description="Round of the copy that it was made for")]
    attempt: Annotated[int, Field(ge=1)]
    brief: CreativeBrief
    media: Annotated[tuple[Media, ...], Field(min_length=1, max_length=10)]
    text_runs: Annotated[tuple[tuple[TextRun, ...], ...], Field(description="Every line drawn, per picture")]
    checks: tuple[CheckResult, ...]
    evaluation: CreativeEvaluation
    evaluator: Annotated[str, Field(description="Model that judged")]
    judgement: Judgement
    perceptual_hash: Annotated[str, Field(description="256 bits of the first picture, hex")]
    picture_source: Annotated[str, Field(description="procedural, or the image service and model")]


class Creative(CreativeAttempt):
    """A stored attempt."""

    id: CreativeId
    chosen: bool
    created_at: AwareDatetime


def creative_id(post: PostId, round_number: int, attempt: int) -> CreativeId:
    """The id of an attempt: post, round, attempt. Trying again names the same one."""
    return CreativeId(f"{post}-r{round_number}-a{attempt}")


def record_attempt(database: Database, made: CreativeAttempt) -> Creative:
    """Store an attempt with its verdicts and return it. One that is stored already stands, whatever `made` says."""
    identity = creative_id(made.post, made.round, made.attempt)
    with database.write() as connection:
        standing = _creatives(connection, creatives.c.id == identity)
        if standing:
            return standing[0]
        now = database.clock.now()
        content = made.model_dump(mode="json", exclude={"evaluation", "evaluator", "judgement"})
        judgement = made.judgement.model_dump(mode="json")
        connection.execute(
            creatives.insert().values(**content, **judgement, id=identity, chosen=False, created_at=now, updated_at=now)
        )
        rows = [
            {
                **verdict.model_dump(mode="json"),
                "id": f"{identity}-{verdict.criterion}",
                "creative": identity,
                "post": made.post,
                "evaluator": made.evaluator,
                "created_at": now,
            }
            # Where a criterion was judged twice, `judge` went by the last verdict.
            for verdict in {verdict.criterion: verdict for verdict in made.evaluation.verdicts}.values()
        ]
        connection.execute(evaluations.insert(), rows)
        return _required(connection, identity)


def best_of(attempts: Iterable[Creative]) -> Creative:
    """The best of some attempts: at the bar, then of the higher score, then the earlier one."""
    return max(attempts, key=lambda made: (made.judgement.meets_bar, made.judgement.score, -made.attempt))


def choose_creative(database: Database, creative: CreativeId) -> Creative:
    """Keep one attempt of a post and none of its others. Raises NotFound."""
    with database.write() as connection:
        kept = _required(connection, creative)
        changing = creatives.c.chosen != (creatives.c.id == creative)
        connection.execute(
            update(creatives)
            .where(creatives.c.post == kept.post, changing)
            .values(chosen=creatives.c.id == creative, updated_at=database.clock.now())
        )
        return _required(connection, creative)


def get_creative(database: Database, creative: CreativeId) -> Creative:
    """The creative of that id. Raises NotFound."""
    with database.read() as connection:
        return _required(connection, creative)


def attempts_of(database: Database, post: PostId) -> tuple[Creative, ...]:
    """Every attempt at a post's creative, rounds and attempts in order."""
    with database.read() as connection:
        return _creatives(connection, creatives.c.post == post)


def recent_hashes(
    database: Database, brand: BrandId, since: datetime, without: PostId | None = None
) -> Mapping[CreativeId, str]:
    """Perceptual hashes of the kept creatives of a brand made since a moment, those of one post left out."""
    with database.read() as connection:
        rows = connection.execute(_recent(brand, since, without)).all()
    return {CreativeId(row.id): row.perceptual_hash for row in rows}


def recent_briefs(
    database: Database, brand: BrandId, since: datetime, without: PostId | None = None, limit: int = 20
) -> tuple[CreativeBrief, ...]:
    """Briefs of the kept creatives of a brand made since a moment, newest first, those of one post left out."""
    with database.read() as connection:
        rows = connection.execute(_recent(brand, since, without).limit(limit)).all()
    return tuple(CreativeBrief.model_validate(row.brief) for row in rows)


def _recent(brand: BrandId, since: datetime, without: PostId | None) -> Select[Any, Any, Any]:
    query = (
        select(creatives.c.id, creatives.c.perceptual_hash, creatives.c.brief)
        .join(posts, posts.c.id == creatives.c.post)
        .where(posts.c.brand == brand, creatives.c.chosen, creatives.c.created_at >= since)
        .order_by(creatives.c.created_at.desc(), creatives.c.id)
    )
    return query if without is None else query.where(creatives.c.post != without)


def _required(connection: Connection, creative: CreativeId) -> Creative:
    found = _creatives(connection, creatives.c.id == creative)
    if not found:
        raise NotFound(f"There is no creative {creative}.", "`marketing posts show ID` lists those of a post.")
    return found[0]


def _creatives(connection: Connection, condition: ColumnElement[bool]) -> tuple[Creative, ...]:
    rows = connection.execute(
        select(creatives).where(condition).order_by(creatives.c.round, creatives.c.attempt)
    ).mappings()
    judged = select(evaluations).where(evaluations.c.creative.in_(select(creatives.c.id).where(condition)))
    verdicts: dict[str, list[RowMapping]] = {}
    for verdict in connection.execute(judged).mappings():
        verdicts.setdefault(verdict["creative"], []).append(verdict)
    return tuple(_creative(row, verdicts[row["id"]]) for row in rows)


def _creative(row: RowMapping, verdicts: list[RowMapping]) -> Creative:
    fields = CriterionVerdict.model_fields
    given = [CriterionVerdict.model_validate({name: verdict[name] for name in fields}) for verdict in verdicts]
    order = list(Criterion)
    return Creative.model_validate(
        {
            **row,
            "evaluation": CreativeEvaluation(
                verdicts=tuple(sorted(given, key=lambda verdict: order.index(verdict.criterion)))
            ),
            "evaluator": verdicts[0]["evaluator"],
            "judgement": Judgement.model_validate(dict(row)),
        }
    )
