"""Applying and dismissing recommendations. Documented: neither has a dry run."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketing_pipeline.sandbox.google_ads.account import LiveAccount
from marketing_pipeline.sandbox.google_ads.advice import BudgetAdvice, budget_advice, recommendation_name
from marketing_pipeline.sandbox.google_ads.api import Proto, message_type
from marketing_pipeline.sandbox.google_ads.campaign_budgets import KIND
from marketing_pipeline.sandbox.google_ads.journal import THE_CLIENT, AdsEntry, AdsJournal, Outcome
from marketing_pipeline.sandbox.google_ads.mutations import Asked, Request, mutate
from marketing_pipeline.sandbox.google_ads.refusal import AdsError, Refusal
from marketing_pipeline.sandbox.google_ads.world import AdsWorld

_TYPE = "Recommendation"


@dataclass(frozen=True)
class Advised:
    """The name of each recommendation that was taken up, empty where it was refused, and the errors of those."""

    names: tuple[str, ...]
    errors: tuple[AdsError, ...]


def dismissed_names(world: AdsWorld, account: LiveAccount) -> frozenset[str]:
    """Recommendations that somebody did not want."""
    applied = AdsJournal(world).applied(account.plan.customer_id)
    return frozenset(entry.resource for entry in applied if entry.resource_type == _TYPE)


def apply(world: AdsWorld, account: LiveAccount, request: Proto, request_id: str) -> Advised:
    """Set the recommended budgets, or the amounts given instead. Raises Refusal where nothing was done."""
    advice = {recommendation_name(account, item): item for item in budget_advice(account)}
    asked: dict[int, Asked] = {}
    errors: list[AdsError] = []
    for position, operation in enumerate(request.operations):
        try:
            asked[position] = _asked(account, advice, operation, position)
        except Refusal as refusal:
            errors += [error.under(("operations", position)) for error in refusal.errors]
    _stop(errors, request)
    names = [""] * len(request.operations)
    if asked:
        whole = Request(request_id, "ApplyRecommendation", list(asked.values()), False, request.partial_failure)
        answer = mutate(world, account, whole)
        errors += answer.errors
        for position, change in zip(asked, answer.changes, strict=True):
            names[position] = request.operations[position].resource_name if change else ""
    return Advised(tuple(names), tuple(errors))


def dismiss(world: AdsWorld, account: LiveAccount, request: Proto, request_id: str) -> Advised:
    """Mark recommendations as unwanted. Raises Refusal where nothing was done."""
    advice = {recommendation_name(account, item) for item in budget_advice(account)}
    gone = dismissed_names(world, account)
    names: list[str] = []
    errors: list[AdsError] = []
    for position, operation in enumerate(request.operations):
        name = operation.resource_name
        known = name in advice and name not in gone
        if not known:
            code = "recommendation_error.RECOMMENDATION_ALREADY_DISMISSED" if name in gone else _NOT_FOUND
            errors.append(AdsError(code, f"There is no {name} to dismiss.", (("operations", position),)))
        names.append(name if known else "")
    _stop(errors, request)
    AdsJournal(world).write(_dismissals(world, account, names, request_id))
    return Advised(tuple(names), tuple(errors))


_NOT_FOUND = "mutate_error.RESOURCE_NOT_FOUND"


def _stop(errors: Sequence[AdsError], request: Proto) -> None:
    if not request.operations:
        raise Refusal("recommendation_error.NO_OPERATIONS", "The request asks for nothing.")
    if errors and not request.partial_failure:
        raise Refusal.of(errors)


def _asked(account: LiveAccount, advice: dict[str, BudgetAdvice], operation: Proto, position: int) -> Asked:
    """The budget change that a recommendation comes to."""
    item = advice.get(operation.resource_name)
    if item is None:
        number = operation.resource_name.rpartition("/")[2].partition("-")[0]
        known = f"customers/{account.plan.customer_id}/campaignBudgets/{number}" in account.resources
        code = "recommendation_error.RECOMMENDATION_ALREADY_APPLIED" if known else _NOT_FOUND
        raise Refusal(code, f"There is no {operation.resource_name} any more.", "resource_name")
    change = message_type("services.types.campaign_budget_service", "CampaignBudgetOperation")()
    change.update.resource_name = item.budget
    change.update.amount_micros = operation.campaign_budget.new_budget_amount_micros or item.recommended
    change.update_mask.paths.append("amount_micros")
    return Asked(KIND, change, (("operations", position),))


def _dismissals(world: AdsWorld, account: LiveAccount, names: Sequence[str], request_id: str) -> list[AdsEntry]:
    return [
        AdsEntry(
            sequence=0,
            at=world.now(),
            customer=account.plan.customer_id,
            request_id=request_id,
            method="DismissRecommendation",
            position=position,
            operation="dismiss",
            resource=name,
            resource_type=_TYPE,
            validate_only=False,
            outcome=Outcome.APPLIED,
            errors=(),
            before=None,
            after=None,
            actor=THE_CLIENT,
        )
        for position, name in enumerate(names)
        if name
    ]
