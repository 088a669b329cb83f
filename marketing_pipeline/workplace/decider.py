"""Who decides about a brand: in solo mode whoever may; in team mode known users, never about their own proposal."""

from typing import TYPE_CHECKING

from marketing_pipeline.domain.approval import Decision
from marketing_pipeline.domain.person import NotAllowed, Permission, Person, Role, same_person

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.workplace.asked import Asked
    from marketing_pipeline.workplace.workplace import Workplace


def decider_of(place: "Workplace", person: Person, asked: "Asked", decision: Decision) -> Person:
    """The person as who they decide: in team mode the known user of their name, with that user's role and brands.

    Raises NotAllowed for who is no such user, whose role is too low, and who proposed what they would approve.
    """
    if not _team_decides(place, asked.profile):
        return person
    user = _known_user(place, person, asked)
    if decision is Decision.APPROVE and approves_own(place, user, asked.proposer, asked.profile):
        raise NotAllowed(f"{user.name} proposed it and may not approve it.", "Ask another approver.")
    return user


def approves_own(place: "Workplace", person: Person, proposer: str, profile: "Brand | None") -> bool:
    """Whether approving it would be approving one's own proposal where a team decides: that is another's to do."""
    return same_person(person.name, proposer) and _team_decides(place, profile)


def _team_decides(place: "Workplace", profile: "Brand | None") -> bool:
    """Where the brand's file cannot be followed a team is taken for granted, unless there are no users at all."""
    if profile is not None:
        return profile.policies.team_decides
    with place.database.read() as connection:
        return bool(place.people.users.all(connection))


def _known_user(place: "Workplace", person: Person, asked: "Asked") -> Person:
    known = place.people.find(person.name)
    if known is None or known.disabled_at is not None:
        what = "is no user" if known is None else "is disabled"
        way = f"enable {known.name}" if known else f"add {person.name} --role {Role.APPROVER} --brand {asked.brand}"
        raise NotAllowed(
            f"{person.name} {what} here, and {asked.brand} is decided by its team.",
            f"An administrator lets them in with `marketing users {way}`; or another user decides.",
        )
    user = known.person(person.source, person.permissions)
    if user.sees(asked.brand) and not user.may(Permission.DECIDE, asked.brand):
        raise NotAllowed(
            f"{user.name} is {user.role} and may not decide about {asked.brand}.",
            f"An administrator changes that with `marketing users change {user.name} --role {Role.APPROVER}`.",
        )
    return user.require(Permission.DECIDE, asked.brand)
