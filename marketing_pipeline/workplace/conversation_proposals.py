"""What the orchestrator proposes for a person, put before people by the desks that everybody uses."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from marketing_pipeline.domain.ad_change import AdChangeProposal
from marketing_pipeline.domain.ad_value import step
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.brand_rule import AppliesTo
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.domain.person import Permission, Person
from marketing_pipeline.domain.ports import Proposed
from marketing_pipeline.domain.proposal import AdoptRule, EditPlan, EditPost, Payload, ProposalKind, ReschedulePost
from marketing_pipeline.workplace.anchoring import anchored

if TYPE_CHECKING:
    from marketing_pipeline.domain.proposal import Proposal
    from marketing_pipeline.workplace.workplace import Workplace

PROPOSED_BY = "orchestrator"


class NotAProposal(MarketingError):
    """What was asked for cannot be proposed like that. Nothing was stored."""


class ConversationProposals:
    """The port `Proposals` for one person in one conversation."""

    def __init__(self, place: "Workplace", person: Person, conversation: str) -> None:
        self._place = place
        self._person = person
        self._conversation = conversation

    def move_post(self, post: PostId, to: datetime, *, reason: str) -> Proposed:
        """Another time for a post."""
        payload = ReschedulePost(post=post, to=to)
        return self._propose(ProposalKind.RESCHEDULE_POST, payload, reason, f"move {post} to {to:%Y-%m-%d %H:%M} UTC")

    def edit_post(
        self, post: PostId, *, caption: str | None, hashtags: Sequence[str] | None, alt_text: str | None, reason: str
    ) -> Proposed:
        """Other words for a post."""
        tags = None if hashtags is None else tuple(hashtags)
        payload = EditPost(post=post, caption=caption, hashtags=tags, alt_text=alt_text)
        return self._propose(ProposalKind.EDIT_POST, payload, reason, f"change {', '.join(payload.changes)} of {post}")

    def edit_plan(
        self, brand: BrandId, week: str, position: int, changes: Mapping[str, str], *, reason: str
    ) -> Proposed:
        """Another idea for a planned post. Raises NotAProposal for what no plan can hold."""
        try:
            payload = EditPlan.model_validate({"brand": brand, "week": week, "position": position, **changes})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            place = ".".join(map(str, first["loc"]))
            raise NotAProposal(
                f"The plan cannot be changed so: {place}: {first['msg']}.", "Ask for another."
            ) from error
        what = f"change {', '.join(payload.changes)} of {payload.post}"
        return self._propose(ProposalKind.EDIT_PLAN, payload, reason, what)

    def adopt_rule(self, brand: BrandId, statement: str, applies_to: str, *, reason: str) -> Proposed:
        """A rule, in the words of whoever asked for it."""
        rule = self._place.teaching.state(self._person, brand, statement, AppliesTo(applies_to))
        asked = self._place.proposals.list(self._person, brand=brand)
        found = next(item for item in asked if item.payload == AdoptRule(rule=rule.id))
        return _proposed(found, f"adopt the rule: {statement}")

    def change_ads(self, brand: Brand, proposal: AdChangeProposal) -> Proposed:
        """A change to the ad account; in team mode the person who asked for it cannot approve it themselves."""
        from marketing_pipeline.store.ad_change_row import get_ad_change

        self._person.require(Permission.EDIT, brand.brand_id)
        with anchored(self._place):
            recorded = self._place.plane.ad_proposals.record(
                [proposal], brand, actor=self._person.name, always_a_person=True
            )
        with self._place.database.read() as connection:
            change = get_ad_change(connection, (*recorded.stored, *recorded.repeated)[0])
        again = " (it was proposed before)" if recorded.repeated else ""
        return Proposed(
            request=change.approval or change.id,
            what=f"{change.label}: {step(change.payload)}{again}",
            state=change.state,
            expires_at=change.expires_at,
        )

    def _propose(self, kind: ProposalKind, payload: Payload, reason: str, what: str) -> Proposed:
        found = self._place.proposals.propose(
            self._person,
            kind,
            payload.subject,
            payload,
            reason=reason,
            proposed_by=PROPOSED_BY,
            conversation=self._conversation,
        )
        return _proposed(found, what)


def _proposed(found: "Proposal", what: str) -> Proposed:
    return Proposed(request=found.id, what=what, state=found.state, expires_at=found.expires_at)
