"""The console's pages, in the order in which the day asks for them."""

from dataclasses import dataclass

from marketing_pipeline.domain.person import Permission, Person


@dataclass(frozen=True)
class Entry:
    """One page of the navigation. `key` opens it after `g`."""

    path: str
    title: str
    key: str
    icon: str
    needs: Permission = Permission.READ


ENTRIES = (
    Entry("/", "Today", "t", "sun"),
    Entry("/calendar", "Calendar", "c", "calendar"),
    Entry("/approvals", "Approvals", "a", "check"),
    Entry("/performance", "Performance", "p", "chart"),
    Entry("/ads", "Ads", "d", "megaphone"),
    Entry("/quality", "Quality", "q", "star"),
    Entry("/cost", "Cost", "o", "coin"),
    Entry("/experiments", "Experiments", "e", "scales"),
    Entry("/rules", "Rules", "r", "book"),
    Entry("/chat", "Chat", "m", "chat"),
    Entry("/activity", "Activity", "l", "list"),
    Entry("/health", "Health", "h", "pulse"),
    Entry("/people", "People", "u", "people", Permission.ADMINISTER),
)


def entries(person: Person) -> tuple[Entry, ...]:
    """The pages that this person may open."""
    return tuple(entry for entry in ENTRIES if person.may(entry.needs))
