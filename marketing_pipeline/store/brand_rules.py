"""Rules of brands: proposed from what people do, decided about by people, kept for good with their evidence."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select, update

from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.brand_rule import (
    LONGEST_STATEMENT,
    MOST_RULES,
    AppliesTo,
    BrandRule,
    RuleInvalid,
    require_step,
)
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.hidden_text import hidden_in, look_alikes_in
from marketing_pipeline.domain.identifiers import BrandId, short_hash
from marketing_pipeline.domain.proposal import ProposalState, RuleState
from marketing_pipeline.domain.rule_check import RuleCheck
from marketing_pipeline.store.tables import brand_rules, proposals

OPEN = (RuleState.PROPOSED, RuleState.ACCEPTED)


class BrandRules:
    """Writes and reads rules within the caller's transaction; each change is an audit row."""

    def __init__(self, audit: AuditAppender, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    def propose(
        self,
        connection: Connection,
        *,
        brand: BrandId,
        lesson: str,
        applies_to: AppliesTo,
        statement: str,
        check: RuleCheck | None,
        evidence: Sequence[str],
        proposed_by: str,
        reason: str,
    ) -> BrandRule:
        """Store a new rule, proposed. Raises RuleInvalid for a statement that cannot be told, or that stands."""
        told = " ".join(statement.split())
        self._require_sayable(connection, brand, told)
        number = connection.scalar(
            select(func.count()).where(brand_rules.c.brand == brand, brand_rules.c.lesson == lesson)
        )
        now = self._clock.now()
        rule = BrandRule(
            id=f"rule-{short_hash(brand, lesson, str(number), length=10)}",
            brand=brand,
            lesson=lesson,
            applies_to=applies_to,
            statement=told,
            check=check,
            evidence=tuple(evidence),
            state=RuleState.PROPOSED,
            state_reason=reason,
            proposed_by=proposed_by,
            proposed_at=now,
            updated_at=now,
        )
        connection.execute(brand_rules.insert().values(**_row(rule)))
        self._tell(connection, rule, proposed_by, {"evidence": list(rule.evidence), "reason": reason})
        return rule

    def decide(
        self, connection: Connection, rule_id: str, to: RuleState, *, actor: str, source: str, note: str
    ) -> BrandRule:
        """Bring a rule to another state. One that stands there already is left alone.

        Raises NotFound, RefusedTransition, and RuleInvalid where the brand has MOST_RULES accepted ones.
        """
        rule = get_rule(connection, rule_id)
        if rule.state is to:
            return rule
        require_step(rule, to)
        if to is RuleState.ACCEPTED and len(rules_of(connection, rule.brand, to)) >= MOST_RULES:
            raise RuleInvalid(
                f"{rule.brand} has {MOST_RULES} accepted rules, as many as a prompt should carry.",
                f"Retire one first: `marketing rules list --brand {rule.brand}`.",
            )
        now = self._clock.now()
        reason = f"{to} by {actor}{f': {note}' if note else ''}"
        values = {"state": to, "state_reason": reason, "decided_at": now, "updated_at": now}
        connection.execute(update(brand_rules).where(brand_rules.c.id == rule_id).values(**values))
        decided = rule.model_copy(update=values)
        self._tell(connection, decided, actor, {"from": rule.state, "source": source, "note": note})
        return decided

    def _require_sayable(self, connection: Connection, brand: BrandId, statement: str) -> None:
        if not statement or len(statement) > LONGEST_STATEMENT:
            raise RuleInvalid(
                f"A rule is a sentence of at most {LONGEST_STATEMENT} characters; this one has {len(statement)}.",
                "Say one thing, as you would tell a new colleague.",
            )
        if misleading := (*hidden_in(statement), *look_alikes_in(statement)):
            raise RuleInvalid(
                f"The rule holds what a reader does not see as it is: {', '.join(misleading)}.", "Type it again."
            )
        for rule in rules_of(connection, brand):
            if rule.state in OPEN and rule.statement.casefold() == statement.casefold():
                raise RuleInvalid(f"{brand} has that rule already: {rule.id} is {rule.state}.", "Nothing is to do.")

    def _tell(self, connection: Connection, rule: BrandRule, actor: str, detail: dict[str, Any]) -> None:
        self._audit.append(
            connection,
            actor=actor,
            action=f"rule.{rule.state}",
            subject=rule.id,
            brand=rule.brand,
            detail={"lesson": rule.lesson, "statement": rule.statement, **detail},
        )


def get_rule(connection: Connection, rule_id: str) -> BrandRule:
    """The rule of that id. Raises NotFound."""
    row = connection.execute(select(brand_rules).where(brand_rules.c.id == rule_id)).mappings().first()
    if row is None:
        raise NotFound(f"There is no rule {rule_id}.", "`marketing rules list` shows them all.")
    return _rule(row)


def rules_of(
    connection: Connection, brand: BrandId | None = None, state: RuleState | None = None
) -> tuple[BrandRule, ...]:
    """Rules in the order in which they were proposed, of one brand or all, in one state or any."""
    wanted = select(brand_rules).order_by(brand_rules.c.proposed_at, brand_rules.c.id)
    if brand is not None:
        wanted = wanted.where(brand_rules.c.brand == brand)
    if state is not None:
        wanted = wanted.where(brand_rules.c.state == state)
    return tuple(map(_rule, connection.execute(wanted).mappings()))


def is_asked(connection: Connection, rule: BrandRule, now: datetime) -> bool:
    """Whether a person is being asked about a rule at that moment."""
    asked = select(proposals.c.id).where(
        proposals.c.subject == rule.id,
        proposals.c.state == ProposalState.AWAITING_APPROVAL,
        proposals.c.expires_at > now,
    )
    return connection.execute(asked.limit(1)).first() is not None


def _row(rule: BrandRule) -> Mapping[str, Any]:
    # A check that is left out is stored as no value; None would be stored as JSON's null.
    check = {} if rule.check is None else {"check": rule.check.model_dump(mode="json")}
    return {**rule.model_dump(exclude={"check"}), **check, "evidence": list(rule.evidence)}


def _rule(row: RowMapping) -> BrandRule:
    return BrandRule.model_validate(dict(row))
