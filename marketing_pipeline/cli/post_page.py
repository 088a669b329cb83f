"""One post on the screen: what was planned, made, decided, sent and measured."""

from rich.console import Console

from marketing_pipeline.cli.screen import console, facts, plain, table
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.evaluation import Level
from marketing_pipeline.domain.local_time import moment
from marketing_pipeline.domain.metrics import METRICS
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.creatives import Creative
from marketing_pipeline.workplace.post_file import PostFile

_PLANNED = (
    "pillar",
    "format",
    "hook",
    "slot",
    "assignment_reason",
    "angle",
    "key_message",
    "audience",
    "product",
    "occasion",
    "call_to_action",
    "note",
)
_INSIGHTS = {
    "reach": "people reached",
    "saved": "saves",
    "total_interactions": "interactions",
    "follows": "new followers",
}
"""Instagram's names of figures in words; the others are words already."""


def show_post(known: PostFile, brand: Brand | None) -> None:
    """Print a post's file, times as the brand's people read them."""
    screen = console()
    _standing(screen, known, brand)
    screen.print(facts("\nPlanned", [(name.replace("_", " "), getattr(known.post, name)) for name in _PLANNED]))
    _words(screen, known)
    _creatives(screen, known)
    _effects(screen, known, brand)
    _insights(screen, known, brand)
    screen.print(plain(f"\nNext: {_next_step(known)}"))


def _standing(screen: Console, known: PostFile, brand: Brand | None) -> None:
    post = known.post
    pairs: list[tuple[str, object]] = [
        ("state", post.state),
        ("because", post.state_reason),
        ("held", (post.held_reason or "yes") if post.held else None),
        ("goes out", moment(post.scheduled_at, brand)),
        ("published", moment(post.published_at, brand) if post.published_at else None),
        ("media id", post.media_id),
        ("address", post.permalink),
    ]
    screen.print(facts(f"{post.id}: {post.topic}", pairs))


def _words(screen: Console, known: PostFile) -> None:
    if not known.variations:
        screen.print("\nNo words yet.")
    for variation in known.variations:
        out = variation.id == known.post.chosen_variation
        wording = variation.wording
        pairs: list[tuple[str, object]] = [
            ("caption", wording.caption),
            ("hashtags", " ".join(wording.hashtags)),
            ("alt text", wording.alt_text),
            ("differs", wording.difference),
            ("chosen because", variation.choice_reason),
            ("by", variation.author),
        ]
        mark = "  <- goes out" if out else ""
        screen.print(facts(f"\nWords {variation.id} ({wording.hook}){mark}", pairs))


def _creatives(screen: Console, known: PostFile) -> None:
    if not known.creatives:
        screen.print("\nNo pictures yet.")
    for creative in known.creatives:
        mark = "  <- goes out" if creative.id == known.post.chosen_creative else ""
        verdict = "meets the bar" if creative.judgement.meets_bar else "below the bar"
        screen.print(facts(f"\nPicture {creative.id}: {verdict}{mark}", _creative_facts(known, creative)))


def _creative_facts(known: PostFile, creative: Creative) -> list[tuple[str, object]]:
    failed = [check for check in creative.checks if not check.passed]
    return [
        *(("file", path) for path in known.pictures(creative.media)),
        ("template", creative.brief.template),
        ("headline", creative.brief.headline),
        ("checks", f"{len(creative.checks) - len(failed)} of {len(creative.checks)} passed"),
        *((f"! {check.name}", check.reason) for check in failed),
        *(
            (f"{'' if verdict.level is Level.GOOD else '! '}{verdict.criterion}", f"{verdict.level}: {verdict.reason}")
            for verdict in creative.evaluation.verdicts
        ),
        *(("to mend", reason) for reason in creative.judgement.reasons),
        ("judged by", creative.evaluator),
    ]


def _effects(screen: Console, known: PostFile, brand: Brand | None) -> None:
    requests = [
        (request.id, request.state, moment(request.expires_at, brand), request.decided_by, request.why)
        for request in known.approvals
    ]
    if requests:
        screen.print(table("\nApprovals", ("id", "state", "counts until", "decided by", "asked because"), requests))
    for story in known.effects:
        effect = story.effect
        due = moment(effect.due_at, brand)
        screen.print(facts(f"\nEffect {effect.id}: {effect.state}", [("due", due), ("because", effect.state_reason)]))
        calls = [
            (call["number"], moment(call["started_at"], brand), call["outcome"], call["detail"])
            for call in story.attempts
        ]
        if calls:
            screen.print(table("", ("call", "sent", "outcome", "words"), calls))


def _insights(screen: Console, known: PostFile, brand: Brand | None) -> None:
    if not known.insights:
        return
    given = [name for name in METRICS if any(taken.values.get(name) is not None for taken in known.insights)]
    rows = [
        (taken.age, moment(taken.taken_at, brand), *(taken.values.get(name) for name in given))
        for taken in known.insights
    ]
    headings = (_INSIGHTS.get(name, name.replace("_", " ")) for name in given)
    screen.print(table("\nInsights over time", ("age", "read", *headings), rows))


def _next_step(known: PostFile) -> str:
    post, request = known.post, known.pending
    if request is not None:
        return f"decide with `marketing approvals show {request.id}`, then approve or reject."
    if post.held:
        return f"let it go out with `marketing posts release {post.id}`."
    match post.state:
        case PostState.PLANNED | PostState.DRAFTED | PostState.DESIGNED | PostState.READY:
            return f"`marketing run week --brand {post.brand} --week {post.week}` makes and queues it."
        case PostState.FAILED | PostState.MISSED:
            return f"`marketing posts retry {post.id}`, or reschedule it, or cancel it."
        case PostState.NEEDS_HUMAN:
            return f"ask again with `marketing posts reschedule {post.id} --at ...`, or cancel it."
        case PostState.PARKED:
            return f"look whether it is live, then `marketing effects resolve {known.effects[-1].effect.id}`."
        case PostState.SCHEDULED:
            return "nothing to do: it goes out by itself while `marketing up` runs."
        case PostState.PUBLISHING | PostState.UNKNOWN:
            return "nothing to do: its outcome is being found out."
        case PostState.PUBLISHED | PostState.CANCELLED:
            return "nothing to do: it is final."
