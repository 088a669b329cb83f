"""Learn from the notes that people leave: like ones become a proposed rule, read once a week by a model."""

from datetime import timedelta

from sqlalchemy import Connection

from marketing_pipeline.agents import note_reader
from marketing_pipeline.agents.language_model import LanguageModel
from marketing_pipeline.domain.brand_rule import LEAST_POSTS, BrandRule, RuleInvalid
from marketing_pipeline.domain.heard_note import HeardNote, NoteGroup
from marketing_pipeline.domain.identifiers import short_hash
from marketing_pipeline.domain.proposal import ExampleKind
from marketing_pipeline.domain.rule_check import check_of
from marketing_pipeline.store.brand_rules import OPEN, BrandRules, rules_of
from marketing_pipeline.store.edit_examples import EditExample, examples_of
from marketing_pipeline.store.model_calls import last_answer_of
from marketing_pipeline.workflows.brand_week import BrandWeek

REMEMBERED = timedelta(days=90)
"""Older notes are about other posts and other people's tastes."""
MOST_NOTES = 60
ACTOR = "note_reader"


async def learn_from_notes(work: BrandWeek, model: LanguageModel) -> tuple[BrandRule, ...]:
    """Rules that like notes amount to, stored as proposed; none, and no call, where nothing new can come of it.

    Asked only where notes of three posts stand behind no rule yet and one of them came since the last reading. Raises
    ModelCallFailed and SpendCapReached, as LanguageModel.ask does.
    """
    with work.database.read() as connection:
        waiting = _unexplained(connection, work)
        standing = tuple(rule for rule in rules_of(connection, work.brand.brand_id) if rule.state in OPEN)
        last = last_answer_of(connection, work.brand.brand_id, note_reader.AGENT)
    if len({example.post for example in waiting}) < LEAST_POSTS:
        return ()
    if last is not None and all(example.created_at <= last for example in waiting):
        return ()
    heard = [
        HeardNote(example=item.id, post=item.post, kind=item.kind, field=item.field, note=item.note) for item in waiting
    ]
    answered = await note_reader.group(model, brand=work.brand, notes=heard, standing=standing, subject=work.subject())
    return tuple(rule for group in answered.value.groups if (rule := _propose(work, group)) is not None)


def _unexplained(connection: Connection, work: BrandWeek) -> tuple[EditExample, ...]:
    """Examples with a note and no lesson of their own, behind no rule yet; the newest ones, oldest first."""
    since = work.now() - REMEMBERED
    behind = {each for rule in rules_of(connection, work.brand.brand_id) for each in rule.evidence}
    found = [
        example
        for example in examples_of(connection, work.brand.brand_id, since=since)
        if example.note.strip()
        and example.id not in behind
        and not (example.kind is ExampleKind.EDIT and example.lessons)
    ]
    return tuple(found[-MOST_NOTES:])


def _propose(work: BrandWeek, group: NoteGroup) -> BrandRule | None:
    rules = BrandRules(work.audit, work.clock)
    examples = tuple(dict.fromkeys(group.examples))
    with work.database.write() as connection:
        try:
            return rules.propose(
                connection,
                brand=work.brand.brand_id,
                lesson=f"note:{short_hash(group.statement.casefold())}",
                applies_to=group.applies_to,
                statement=group.statement,
                check=check_of(group.statement),
                evidence=examples,
                proposed_by=ACTOR,
                reason=f"{len(examples)} notes ask for it",
            )
        except RuleInvalid:
            return None  # it stands already: nothing is lost
