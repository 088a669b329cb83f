"""What a post's page shows of its file: what can be done now, what comes next, and its figures over time."""

from dataclasses import dataclass

from marketing_pipeline.console.figure import Figure, Kind
from marketing_pipeline.domain.metrics import METRICS, InsightSnapshot
from marketing_pipeline.domain.person import Permission, Person
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.posts import BEFORE_THE_CLAIM
from marketing_pipeline.workplace.post_file import PostFile
from marketing_pipeline.workplace.posts import TRIED_AGAIN

CUT_AFTER = 125
"""Characters of a caption that Instagram's feed shows before "more"; Instagram states no figure, this one is usual."""
_UNDRAWN = (PostState.PLANNED, PostState.DRAFTED)
_SEEN = ("reach", "views")


@dataclass(frozen=True)
class Acts:
    """What this person may do to this post in the state that it is in."""

    hold: bool
    release: bool
    move: bool
    edit: bool
    choose: bool
    redesign: bool
    retry: bool
    cancel: bool
    settle: bool

    @property
    def any(self) -> bool:
        """Whether there is anything at all."""
        return any(vars(self).values())


def acts_on(post: Post, person: Person, known: PostFile) -> Acts:
    """What may be done; the desk has the last word."""
    may_edit = person.may(Permission.EDIT, post.brand)
    open_ = may_edit and post.state in BEFORE_THE_CLAIM
    written = open_ and post.chosen_variation is not None
    return Acts(
        hold=open_ and not post.held,
        release=may_edit and post.held,
        move=open_,
        edit=written,
        choose=written and len(known.variations) > 1,
        redesign=written and post.state not in _UNDRAWN,
        retry=may_edit and post.state in TRIED_AGAIN,
        cancel=open_,
        settle=person.may(Permission.DECIDE, post.brand) and post.state is PostState.PARKED,
    )


def next_step(known: PostFile) -> str:
    """What happens next, or what a person is to do."""
    post = known.post
    if known.pending is not None:
        return "A person decides whether it goes out."
    if post.held and post.state in BEFORE_THE_CLAIM:
        return "It is held: it goes out when somebody releases it."
    return _NEXT[post.state]


_MAKING = "The run of its week makes it and puts it into the queue."
_NEXT = {
    PostState.PLANNED: _MAKING,
    PostState.DRAFTED: _MAKING,
    PostState.DESIGNED: _MAKING,
    PostState.READY: _MAKING,
    PostState.NEEDS_HUMAN: "Move it to a time to come, and a person is asked again; or cancel it.",
    PostState.SCHEDULED: "Nothing to do: it goes out by itself at its time.",
    PostState.PUBLISHING: "Nothing to do: it is on its way.",
    PostState.UNKNOWN: "Nothing to do: whether it is live is being found out.",
    PostState.PARKED: "Look at the account whether it is live, then say so below.",
    PostState.FAILED: "Send it again, move it, or cancel it.",
    PostState.MISSED: "Send it now, move it, or cancel it.",
    PostState.PUBLISHED: "It is live.",
    PostState.CANCELLED: "It was dropped.",
}


def insight_figures(taken: tuple[InsightSnapshot, ...]) -> tuple[Figure, ...]:
    """Two charts: how many saw it, and what they did. Their scales lie far apart."""
    given = [name for name in METRICS if any(snapshot.values.get(name) is not None for snapshot in taken)]
    groups = {
        "Seen": [name for name in given if name in _SEEN],
        "Done about it": [name for name in given if name not in _SEEN],
    }
    return tuple(_figure(title, names, taken) for title, names in groups.items() if names)


def _figure(title: str, names: list[str], taken: tuple[InsightSnapshot, ...]) -> Figure:
    rows = [
        {"age": snapshot.age, "hours": snapshot.age_hours, "metric": name.replace("_", " "), "value": value}
        for name in names
        for snapshot in taken
        if (value := snapshot.values.get(name)) is not None
    ]
    return Figure(
        title=title,
        kind=Kind.LINE,
        rows=rows,
        x="hours",
        y="value",
        series="metric",
        columns={"metric": "Figure", "age": "Age", "hours": "Hours after publishing", "value": "Count"},
        source="insight_snapshots",
        note="By hours after it was published; what Instagram did not give is left out.",
    )
