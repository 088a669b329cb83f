"""What people have taught: rules that are proposed, in force or ended, each with the examples behind it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.console.forms import form_of
from marketing_pipeline.console.links import with_query
from marketing_pipeline.console.page import back, page
from marketing_pipeline.domain.brand_rule import LONGEST_STATEMENT, AppliesTo, BrandRule
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import ApprovalId, BrandId
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.domain.proposal import Proposal, ProposalKind, ProposalState, RuleState
from marketing_pipeline.domain.written import is_an_id, note_of, written
from marketing_pipeline.workplace.decider import approves_own

if TYPE_CHECKING:
    from marketing_pipeline.domain.edit_example import EditExample

MOST_ENDED = 50
MOST_SHOWN = 100
"""Each rule is shown with its examples; of one brand there are never so many."""
_IN_LIFE = (RuleState.PROPOSED, RuleState.ACCEPTED)
_ENDED = (RuleState.RETIRED, RuleState.REJECTED)


class RuleUnclear(MarketingError):
    """The form does not say what the rule is, or of which brand. Nothing was proposed."""


@dataclass(frozen=True)
class ShownRule:
    """A rule with its examples, and the request by which it is decided about."""

    rule: BrandRule
    examples: "tuple[EditExample, ...]"
    request: Proposal | None = None
    own: bool = False
    """Accepting it is another's to do."""


def rules(request: Request) -> Response:
    """The rules of the brand, or of all."""
    desk = desk_of(request)
    desk.person.require(Permission.READ)
    asked = _requests(desk)
    shown = {state: _rules(desk, state) for state in RuleState}
    ended = sorted((rule for state in _ENDED for rule in shown[state]), key=lambda rule: rule.updated_at, reverse=True)
    return page(
        request,
        "rules.html",
        title="Rules",
        proposed=[_shown(desk, rule, asked) for rule in shown[RuleState.PROPOSED][-MOST_SHOWN:]],
        accepted=[_shown(desk, rule, asked) for rule in shown[RuleState.ACCEPTED][-MOST_SHOWN:]],
        left_out=sum(max(len(shown[state]) - MOST_SHOWN, 0) for state in _IN_LIFE),
        ended=ended[:MOST_ENDED],
        brands={name: brand for name, brand in desk.brands.items() if desk.person.may(Permission.EDIT, name)},
        kinds=tuple(AppliesTo),
        longest=LONGEST_STATEMENT,
        may_decide=desk.person.may(Permission.DECIDE),
    )


def retire(request: Request) -> Response:
    """End a rule that is in force."""
    desk, name = desk_of(request), request.path_params["id"]
    note = note_of(form_of(request).get("note", ""))
    rule = desk.place.teaching.retire(desk.person, name if is_an_id(name) else "", note)
    said = f"Retired: {rule.statement} The next texts are written without it."
    return back(request, with_query("/rules", brand=desk.asked_brand), said=said)


def state_rule(request: Request) -> Response:
    """Propose a rule in one's own words."""
    desk, form = desk_of(request), form_of(request)
    brand, applies_to = form.get("brand", ""), form.get("applies_to", "")
    statement = written(form.get("statement", ""), "rule", LONGEST_STATEMENT)
    if not brand or applies_to not in tuple(AppliesTo) or not statement.strip():
        raise RuleUnclear("The form does not say what the rule is, or of which brand.", "Fill in every field.")
    rule = desk.place.teaching.state(desk.person, BrandId(brand), statement, AppliesTo(applies_to))
    return back(request, with_query("/rules", brand=desk.asked_brand), said=f"Proposed: {rule.statement}")


def _rules(desk: Desk, state: RuleState) -> list[BrandRule]:
    found = desk.place.teaching.rules(desk.brand.brand_id if desk.brand else None, state)
    return [rule for rule in found if desk.person.sees(rule.brand)]


def _requests(desk: Desk) -> dict[str, Proposal]:
    """By rule, the request that waits."""
    brand = desk.brand.brand_id if desk.brand else None
    open_ones = desk.place.proposals.list(desk.person, brand=brand, state=ProposalState.AWAITING_APPROVAL)
    return {each.subject: each for each in open_ones if each.kind is ProposalKind.ADOPT_RULE}


def _shown(desk: Desk, rule: BrandRule, asked: dict[str, Proposal]) -> ShownRule:
    examples = desk.place.teaching.evidence(rule) if rule.evidence else ()
    request = asked.get(rule.id)
    return ShownRule(rule, examples, request, request is not None and _is_own(desk, request))


def _is_own(desk: Desk, request: Proposal) -> bool:
    with desk.place.database.read() as connection:
        proposer = desk.place.approvals.rows_of(connection, ApprovalId(request.id))[0].actor
    return approves_own(desk.place, desk.person, proposer, desk.brands.get(request.brand))


ROUTES = (
    Route("/rules", rules),
    Route("/rules", state_rule, methods=["POST"]),
    Route("/rules/{id}/retire", retire, methods=["POST"]),
)
