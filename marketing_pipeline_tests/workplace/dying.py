"""A person whose process ends while their decision is carried out, at a place of a test's choosing."""

import multiprocessing
import os
from dataclasses import replace
from typing import Any, NoReturn

from marketing_pipeline.domain.approval import ApprovalRow, ApprovalState, Decision
from marketing_pipeline.domain.identifiers import ApprovalId, PostId
from marketing_pipeline.domain.person import Person
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.posts import Posts
from marketing_pipeline.store.proposals import Proposals
from marketing_pipeline.workplace import Workplace

DIED = 17
APPROVED, CHANGED, CARRIED_OUT = "approved", "words changed", "carried out"


class DyingProposals(Proposals):
    """Ends the process when a decision is committed, or before it is noted that it was carried out."""

    fatal = ""

    def decide(self, *given: Any, **named: Any) -> ApprovalRow:
        row = super().decide(*given, **named)
        return _die() if self.fatal == APPROVED else row

    def done(self, *given: Any, **named: Any) -> None:
        if self.fatal == CARRIED_OUT:
            _die()
        super().done(*given, **named)


class DyingPosts(Posts):
    """Ends the process when a post has its new words, and what waits in the queue has the old ones."""

    def change(self, post: PostId, **named: Any) -> Post:
        super().change(post, **named)
        return _die()


def _die() -> NoReturn:
    os._exit(DIED)


def _approve(settings: Settings, person: Person, proposal: str, fatal: str) -> None:
    with Workplace.open(settings) as place:
        plane = place.plane
        proposals = DyingProposals(place.database, place.approvals, place.audit)
        proposals.fatal = fatal
        posts = DyingPosts(place.database, place.audit) if fatal == CHANGED else plane.posts
        dying = replace(place, plane=replace(plane, proposals=proposals, posts=posts))
        saw = dying.gate.asked(person, ApprovalId(proposal))
        dying.gate.decide(
            person, saw.id, Decision.APPROVE, note="seen", saw=ApprovalState.PENDING, fingerprint=saw.fingerprint
        )


def approve_and_die(settings: Settings, person: Person, proposal: str, fatal: str) -> bool:
    """Approve in a child that ends itself there; whether it came to it."""
    child = multiprocessing.get_context("fork").Process(target=_approve, args=(settings, person, proposal, fatal))
    child.start()
    child.join(60)
    return child.exitcode == DIED
