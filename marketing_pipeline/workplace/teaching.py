"""What people teach: their edits, refusals and wishes are noted, repeated ones become rules that a person accepts."""

import logging
from typing import TYPE_CHECKING

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId, short_hash
from marketing_pipeline.domain.person import Permission, Person, Role
from marketing_pipeline.domain.written import note_of
from marketing_pipeline.workplace.anchoring import anchored

if TYPE_CHECKING:
    from marketing_pipeline.agents.language_model import LanguageModel
    from marketing_pipeline.domain.brand_rule import AppliesTo, BrandRule
    from marketing_pipeline.domain.edit_example import EditExample
    from marketing_pipeline.domain.proposal import ExampleKind, RuleState
    from marketing_pipeline.domain.variation import CopyVariation
    from marketing_pipeline.store.brand_rules import BrandRules
    from marketing_pipeline.store.post_row import Post
    from marketing_pipeline.workflows.brand_week import BrandWeek
    from marketing_pipeline.workplace.workplace import Workplace

log = logging.getLogger(__name__)


class TeachingDesk:
    """Examples and rules of a `Workplace`; reached as `workplace.teaching`."""

    def __init__(self, place: "Workplace") -> None:
        self._place = place

    def note(
        self, person: Person, post: "Post", kind: "ExampleKind", field: str, before: str, after: str, note: str
    ) -> "tuple[BrandRule, ...]":
        """Keep what a person just did with a post as an example; returns the rules that it makes proposed.

        The act has been done: whatever goes wrong here undoes nothing. It is logged, and stands in the audit log.
        """
        from marketing_pipeline.workplace.kept_examples import keep_example, tell_failure

        try:
            proposed = keep_example(self._place, person, post, kind, field, before, after, note)
        except Exception as error:  # the act stands, whatever happens to its example
            log.exception("%s of %s by %s taught nothing", kind, post.id, person.name)
            tell_failure(self._place, person, post, kind, error)
            return ()
        for rule in proposed:
            self._offer_or_wait(person, rule)
        return proposed

    def note_edit(
        self, person: Person, post: "Post", before: "CopyVariation", after: "CopyVariation", note: str
    ) -> "tuple[BrandRule, ...]":
        """Keep each field that a person put their own words into as an example; see `note`."""
        from marketing_pipeline.domain.proposal import ExampleKind

        old, new = _fields(before), _fields(after)
        changed = [field for field, text in new.items() if text != old[field]]
        noted = (self.note(person, post, ExampleKind.EDIT, field, old[field], new[field], note) for field in changed)
        return tuple(rule for proposed in noted for rule in proposed)

    def rules(self, brand: BrandId | None = None, state: "RuleState | None" = None) -> "tuple[BrandRule, ...]":
        """Rules as they were proposed, of one brand or all, in one state or any."""
        from marketing_pipeline.store.brand_rules import rules_of

        with self._place.database.read() as connection:
            return rules_of(connection, brand, state)

    def accepted(self, brand: BrandId) -> "tuple[BrandRule, ...]":
        """The rules that a brand is worked for under."""
        from marketing_pipeline.domain.proposal import RuleState

        return self.rules(brand, RuleState.ACCEPTED)

    def rule(self, rule_id: str) -> "BrandRule":
        """One rule. Raises NotFound."""
        from marketing_pipeline.store.brand_rules import get_rule

        with self._place.database.read() as connection:
            return get_rule(connection, rule_id)

    def evidence(self, rule: "BrandRule") -> "tuple[EditExample, ...]":
        """The examples that a rule rests on, oldest first."""
        from marketing_pipeline.store.edit_examples import examples_of

        with self._place.database.read() as connection:
            return examples_of(connection, rule.brand, ids=rule.evidence)

    def adopt(self, person: Person, rule_id: str, note: str = "") -> "BrandRule":
        """Accept a proposed rule: from now on every agent is told it.

        Raises NotFound, NotAllowed, RefusedTransition, and RuleInvalid where a brand has too many.
        """
        from marketing_pipeline.domain.proposal import RuleState

        return self._decide(person, rule_id, RuleState.ACCEPTED, note)

    def reject(self, person: Person, rule_id: str, note: str = "") -> "BrandRule":
        """Refuse a proposed rule: it comes back only after three newer examples. Raises as `adopt` does."""
        from marketing_pipeline.domain.proposal import RuleState

        return self._decide(person, rule_id, RuleState.REJECTED, note)

    def retire(self, person: Person, rule_id: str, note: str = "") -> "BrandRule":
        """End an accepted rule. Raises as `adopt` does."""
        from marketing_pipeline.domain.proposal import RuleState

        return self._decide(person, rule_id, RuleState.RETIRED, note)

    def state(self, person: Person, brand: BrandId, statement: str, applies_to: "AppliesTo") -> "BrandRule":
        """Propose a rule in a person's own words; an approver accepts it at the gate.

        Raises NotAllowed, and RuleInvalid for what cannot be told or stands already.
        """
        from marketing_pipeline.domain.brand_rule import AppliesTo
        from marketing_pipeline.domain.rule_check import check_of

        person.require(Permission.EDIT, brand)
        self._place.brand(brand)
        with anchored(self._place):
            with self._place.database.write() as connection:
                rule = self._rules.propose(
                    connection,
                    brand=brand,
                    lesson=f"stated:{short_hash(statement.casefold())}",
                    applies_to=applies_to,
                    statement=statement,
                    check=check_of(statement) if applies_to is AppliesTo.COPY else None,
                    evidence=(),
                    proposed_by=person.name,
                    reason=f"stated by {person.name}",
                )
            self._offer(person, rule)
        return rule

    async def learn_from_notes(self, work: "BrandWeek", model: "LanguageModel") -> "tuple[BrandRule, ...]":
        """Read the notes of a brand for what several of them ask, and propose it; ask again what nobody was asked.

        Part of each week's work. A reading that fails, or that the spend cap forbids, costs the week nothing else.
        """
        from marketing_pipeline.domain.proposal import RuleState
        from marketing_pipeline.store.brand_rules import is_asked
        from marketing_pipeline.workflows.learn_from_edits import ACTOR, learn_from_notes

        reader = Person(name=ACTOR, role=Role.EDITOR, source="system")
        try:
            await learn_from_notes(work, model)
        except MarketingError as failure:
            log.warning("The notes about %s were not read this time: %s", work.brand.id, failure)
        waiting = self.rules(work.brand.brand_id, RuleState.PROPOSED)
        with self._place.database.read() as connection:
            unasked = tuple(rule for rule in waiting if not is_asked(connection, rule, self._place.clock.now()))
        for rule in unasked:
            self._offer_or_wait(reader, rule)
        return unasked

    @property
    def _rules(self) -> "BrandRules":
        from marketing_pipeline.store.brand_rules import BrandRules

        return BrandRules(self._place.audit, self._place.clock)

    def _decide(self, person: Person, rule_id: str, to: "RuleState", note: str) -> "BrandRule":
        from marketing_pipeline.store.brand_rules import get_rule

        said = note_of(note)
        with anchored(self._place), self._place.database.write() as connection:
            person.require(Permission.DECIDE, get_rule(connection, rule_id).brand)
            return self._rules.decide(connection, rule_id, to, actor=person.name, source=person.source, note=said)

    def _offer_or_wait(self, person: Person, rule: "BrandRule") -> None:
        try:
            self._offer(person, rule)
        except Exception:  # the rule is stored: it is offered again with the next week
            log.exception("Nobody could be asked about %s yet; the next weekly run asks again", rule.id)

    def _offer(self, person: Person, rule: "BrandRule") -> None:
        """Ask at the gate whether a proposed rule is accepted."""
        from marketing_pipeline.domain.proposal import AdoptRule, ProposalKind

        self._place.proposals.propose(
            person,
            ProposalKind.ADOPT_RULE,
            rule.id,
            AdoptRule(rule=rule.id),
            reason=f"{rule.statement} ({rule.state_reason})",
            proposed_by=rule.proposed_by,
        )


def _fields(wording: "CopyVariation") -> dict[str, str]:
    """What a person can write themselves, as texts."""
    return {"caption": wording.caption, "hashtags": " ".join(wording.hashtags), "alt_text": wording.alt_text}
