"""The desks of one installation: what people and runs do, each with its own noun."""

from functools import cached_property
from typing import TYPE_CHECKING, cast

from marketing_pipeline.workplace.ads import AdDesk
from marketing_pipeline.workplace.conversations import ConversationDesk
from marketing_pipeline.workplace.evals import EvalDesk
from marketing_pipeline.workplace.experiments import ExperimentDesk
from marketing_pipeline.workplace.gate import GateDesk
from marketing_pipeline.workplace.health import HealthDesk
from marketing_pipeline.workplace.kill_switch import KillSwitch
from marketing_pipeline.workplace.parked import ParkedDesk
from marketing_pipeline.workplace.people import PeopleDesk
from marketing_pipeline.workplace.posts import PostDesk
from marketing_pipeline.workplace.proposals import ProposalDesk
from marketing_pipeline.workplace.providers import Providers
from marketing_pipeline.workplace.teaching import TeachingDesk
from marketing_pipeline.workplace.tokens import TokenDesk
from marketing_pipeline.workplace.upkeep import UpkeepDesk
from marketing_pipeline.workplace.weeks import WeekDesk

if TYPE_CHECKING:
    from marketing_pipeline.workplace.workplace import Workplace


class Desks:
    """One property a desk; `Workplace` is what they all work in."""

    @property
    def _place(self) -> "Workplace":
        return cast("Workplace", self)

    @cached_property
    def ads(self) -> AdDesk:
        """The ad accounts."""
        return AdDesk(self._place)

    @cached_property
    def post_desk(self) -> PostDesk:
        """What people do with posts."""
        return PostDesk(self._place)

    @cached_property
    def gate(self) -> GateDesk:
        """What waits for a person's decision, and deciding it."""
        return GateDesk(self._place)

    @cached_property
    def proposals(self) -> ProposalDesk:
        """What is proposed beside posts and ad changes."""
        return ProposalDesk(self._place)

    @cached_property
    def people(self) -> PeopleDesk:
        """Users, and how they and their programs are recognised."""
        return PeopleDesk(self._place)

    @cached_property
    def teaching(self) -> TeachingDesk:
        """What people teach by what they change, and the rules that come of it."""
        return TeachingDesk(self._place)

    @cached_property
    def conversations(self) -> ConversationDesk:
        """Conversations with the orchestrator."""
        return ConversationDesk(self._place)

    @cached_property
    def health(self) -> HealthDesk:
        """Signs of life, health and alerts."""
        return HealthDesk(self._place)

    @cached_property
    def parked(self) -> ParkedDesk:
        """A person's word on what cannot be proved."""
        return ParkedDesk(self._place)

    @cached_property
    def kill_switch(self) -> KillSwitch:
        """What stops effects at once."""
        return KillSwitch(self._place)

    @cached_property
    def evals(self) -> EvalDesk:
        """How good the agents are."""
        return EvalDesk(self._place)

    @cached_property
    def experiments(self) -> ExperimentDesk:
        """Planned comparisons of two levels of a factor."""
        return ExperimentDesk(self._place)

    @cached_property
    def upkeep(self) -> UpkeepDesk:
        """Backups, reconciliation and maintenance."""
        return UpkeepDesk(self._place)

    @cached_property
    def providers(self) -> Providers:
        """Models, image service and channels."""
        return Providers(self._place)

    @cached_property
    def tokens(self) -> TokenDesk:
        """Access tokens of channels."""
        return TokenDesk(self._place)

    @cached_property
    def weeks(self) -> WeekDesk:
        """The weeks: planned, made."""
        return WeekDesk(self._place)
