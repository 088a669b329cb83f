"""One week of the tea room: assignments, an idea, learnings and answers that obey every rule."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from marketing_pipeline.domain.creative import CreativeBrief, PostFormat
from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.domain.learning import Factor, FactorEffect, Learnings, levels_of
from marketing_pipeline.domain.metrics import PostPerformance, SnapshotAge
from marketing_pipeline.domain.model_call import CallSubject
from marketing_pipeline.domain.plan import Assignment, Hook, PlannedPost, PostIdea
from marketing_pipeline.domain.variation import CopyVariation
from marketing_pipeline.domain.week import Week
from marketing_pipeline_tests.domain.brands import make_brand

BRAND = make_brand(
    products=[
        {
            "id": "assam",
            "name": "Assam",
            "description": "Malty leaf from one garden",
            "price": 12.5,
            "framed_price": 20,
            "link": "https://tea.example/assam",
            "details": ["100 g"],
        },
        {
            "id": "sencha",
            "name": "Sencha",
            "description": "Green leaf",
            "price": 9,
            "link": "https://tea.example/sencha",
        },
    ]
)
WEEK = Week.parse("2026-11-23")
AGENTS = ("strategist", "copywriter", "composer", "analyst", "ads_analyst", "note_reader")
MODELS = {**dict.fromkeys(AGENTS, "claude-sonnet-5-5"), "evaluator": "claude-opus-5-5"}
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SUBJECT = CallSubject(brand=BRAND.brand_id, week=WEEK.key, post="tea_room-2026-11-23-01")
# The smallest JPEG that opens: 1 x 1, grey.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP////////////////////////////////////////////////////////////////////////////////"
    "//////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z"
)


def assignment(position: int = 1, **changes: Any) -> Assignment:
    """One slot of the week."""
    content: dict[str, Any] = {
        "position": position,
        "slot": f"s{position - 1}",
        "scheduled_at": datetime(2026, 11, 22 + position, 18, 30, tzinfo=UTC),
        "pillar": "brewing",
        "format": PostFormat.PORTRAIT,
        "hook": Hook.QUESTION,
        "reason": "Exploring.",
    }
    return Assignment.model_validate({**content, **changes})


def idea(position: int = 1, **changes: Any) -> dict[str, Any]:
    """One idea as the strategist would send it."""
    return {
        "position": position,
        "topic": f"Water for Assam {position}",
        "angle": f"Most kettles are poured too early, part {position}",
        "key_message": "Assam wants water that has just boiled.",
        "audience": "drinkers",
        "product": "assam",
        "occasion": None,
        "call_to_action": "Save this for tomorrow.",
        **changes,
    }


def draft(*ideas: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A plan for two assignments, or for the ideas given."""
    return {
        "theme": "Water before leaf",
        "rationale": "Nothing is known yet, so the week tries two ways of speaking about water.",
        "posts": list(ideas) or [idea(1), idea(2)],
        **changes,
    }


def planned(**changes: Any) -> PlannedPost:
    """The first post of the week; changes go to the assignment or to the idea, by their name."""
    for_assignment = {key: value for key, value in changes.items() if key in Assignment.model_fields}
    for_idea = {key: value for key, value in changes.items() if key in PostIdea.model_fields and key != "position"}
    return PlannedPost(
        id=PostId("tea_room-2026-11-23-01"),
        assignment=assignment(**for_assignment),
        idea=PostIdea.model_validate(idea(**for_idea)),
    )


def variation(number: int = 1, **changes: Any) -> dict[str, Any]:
    """One variation that obeys the tea room's rules."""
    hook_line = changes.pop("hook_line", f"When did your kettle last wait {number} minutes?")
    return {
        "hook": "question",
        "hook_line": hook_line,
        "caption": f"{hook_line}\n\nAssam wants water that has just boiled, and four minutes of peace.",
        "hashtags": ["#tearoom", "#brewing"],
        "alt_text": "A dark cup of Assam on a pale cloth, steam above it.",
        "difference": "Opens with the kettle instead of the cup.",
        **changes,
    }


def variations(*given: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Three variations, the first chosen."""
    return {
        "variations": list(given) or [variation(number) for number in (1, 2, 3)],
        "chosen": 1,
        "choice_reason": "It asks what everybody can answer at once.",
        **changes,
    }


def brief(**changes: Any) -> dict[str, Any]:
    """A brief for the first post."""
    return {
        "format": "portrait",
        "template": "framed_wall",
        "headline": "Just off the boil",
        "price_label": "",
        "artwork": "dunes",
        "artwork_seed": 7,
        "palette": "paper",
        **changes,
    }


def copy() -> CopyVariation:
    """The chosen words of the first post."""
    return CopyVariation.model_validate(variation())


def creative_brief(**changes: Any) -> CreativeBrief:
    """The same as a domain model."""
    return CreativeBrief.model_validate(brief(**changes))


def verdicts(*leave_out: str) -> dict[str, Any]:
    """A verdict on each criterion but those left out."""
    names = ("legibility", "composition", "brand_fit", "message_match", "craft")
    return {
        "verdicts": [
            {"criterion": name, "reason": "The headline stands dark on pale.", "defect": "", "level": "good"}
            for name in names
            if name not in leave_out
        ]
    }


def note(**changes: Any) -> dict[str, Any]:
    """A note on the one known effect."""
    return {
        "factor": "hook",
        "level": "question",
        "statement": "Questions draw 35 % more engagement than the average post.",
        "why": "Perhaps since they are easy to answer.",
        "recommendation": "Keep asking about the reader's own kettle.",
        **changes,
    }


def analysis(*notes: dict[str, Any]) -> dict[str, Any]:
    """An analysis with one note, or with those given."""
    return {"summary": "Twelve posts so far; questions are known to work.", "notes": list(notes) or [note()]}


def learnings() -> Learnings:
    """Questions are known to work, claims are known not to, all else is open."""
    known = {"question": 0.3, "claim": -0.3}
    effects = tuple(
        FactorEffect(
            factor=factor,
            level=level,
            log_effect=known.get(level, 0.05),
            log_sd=0.1 if level in known else 0.3,
            posts=4,
            evidence=(),
        )
        for factor, levels in levels_of(BRAND).items()
        for level in levels
    )
    mix = {factor: {level: 1 / len(levels) for level in levels} for factor, levels in levels_of(BRAND).items()}
    assert set(mix) == set(Factor)
    return Learnings(brand=BRAND.brand_id, week=WEEK.key, computed_at=NOW, posts=12, effects=effects, mix=mix)


def performance(topic: str = "Cold brew") -> PostPerformance:
    """One published post."""
    return PostPerformance(
        post=PostId("tea_room-2026-11-09-01"),
        brand=BrandId("tea_room"),
        week="2026-11-09",
        published_at=datetime(2026, 11, 9, 18, 30, tzinfo=UTC),
        pillar="brewing",
        format=PostFormat.SQUARE,
        hook=Hook.CLAIM,
        slot="s0",
        age=SnapshotAge.THREE_DAYS,
        age_hours=72,
        reach=900,
        views=None,
        likes=40,
        comments=3,
        saved=9,
        shares=2,
        topic=topic,
        hook_line="Cold water takes its time.",
    )


def told(request: dict[str, Any]) -> str:
    """All text that follows the prompt file, up to the end of the first user turn."""
    parts = [*request["system"][1:], *request["messages"][0]["content"]]
    return "\n".join(part["text"] for part in parts if part["type"] == "text")


def block(request: dict[str, Any], tag: str) -> Any:
    """The JSON of one block in the first user turn of a request, such as 'data name="post"'."""
    return json.loads(told(request).split(f"<{tag}>\n", 1)[1].split("\n</", 1)[0])
