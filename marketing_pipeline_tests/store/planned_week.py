"""A planned week of the shipped brand, small and always the same, and shortcuts to bring its posts further."""

from datetime import datetime

from marketing_pipeline.domain.audit import AuditAppender
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import PostFormat
from marketing_pipeline.domain.identifiers import PlanId, PostId, VariationId, post_id
from marketing_pipeline.domain.learning import Factor
from marketing_pipeline.domain.learning_engine import learn
from marketing_pipeline.domain.plan import Assignment, Hook, PlannedPost, PostIdea, WeeklyPlan
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.variation import CopyVariation, VariationSet
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.plans import record_plan
from marketing_pipeline.store.posts import Posts
from marketing_pipeline_tests.fixtures import NOW, AuditNotes

WEEK = Week.parse("2026-11-16")


def planned_post(brand: Brand, week: Week, position: int) -> PlannedPost:
    """The post of that position."""
    slot = brand.posting.slots[position]
    return PlannedPost(
        id=post_id(brand.brand_id, week.key, position),
        assignment=Assignment(
            position=position,
            slot=slot.id,
            scheduled_at=week.moment(slot.weekday_number, slot.at, brand.zone),
            pillar=brand.pillars[0].id,
            format=PostFormat.PORTRAIT,
            hook=Hook.QUESTION,
            reason="Exploring: nothing certain is known yet about this combination.",
        ),
        idea=PostIdea(
            position=position,
            topic=f"Topic {position} of the week",
            angle="From the bench, close up",
            key_message="Cotton paper holds colour for decades",
            audience=brand.audiences[0].id,
            product=brand.products[0].id,
            occasion=None,
            call_to_action="See it in the shop",
        ),
    )


def weekly_plan(brand: Brand, week: Week = WEEK, posts: int = 2) -> WeeklyPlan:
    """A plan of a few posts."""
    return WeeklyPlan(
        id=PlanId(f"{brand.id}-{week.key}-v1"),
        brand=brand.brand_id,
        week=week.key,
        version=1,
        strategy_version="0123456789ab",
        theme="Paper you can feel",
        rationale="Nothing is learnt yet, so the mix follows the pillars' weights.",
        posts=tuple(planned_post(brand, week, position) for position in range(1, posts + 1)),
        created_at=NOW,
    )


def record_week(
    database: Database, brand: Brand, audit: AuditAppender, week: Week = WEEK, posts: int = 2
) -> WeeklyPlan:
    """Store the plan with the mix that the brand's weights recommend."""
    mix: dict[Factor, dict[str, float]] = learn(brand, week.key, [], NOW).mix
    return record_plan(database, weekly_plan(brand, week, posts), mix, audit)


WAY_TO_PUBLISHED = (
    PostState.DRAFTED,
    PostState.DESIGNED,
    PostState.READY,
    PostState.SCHEDULED,
    PostState.PUBLISHING,
    PostState.PUBLISHED,
)


def publish(database: Database, post: PostId, media_id: str = "1789", at: datetime | None = None) -> None:
    """Bring a planned post all the way, published then, or when the clock says."""
    posts = Posts(database, AuditNotes())
    for state in WAY_TO_PUBLISHED[:-1]:
        posts.move(post, state, actor="test", reason="on its way")
    out = at or database.clock.now()
    posts.move(post, PostState.PUBLISHED, actor="test", reason="sent", published_at=out, media_id=media_id)


def written(*hook_lines: str, chosen: int = 1) -> VariationSet:
    """Variations that begin with the given lines."""
    lines = hook_lines or ("What does cotton do?", "Why is paper heavy?", "Which print lasts?")
    return VariationSet(
        variations=tuple(
            CopyVariation(
                hook=Hook.QUESTION,
                hook_line=line,
                caption=f"{line} Cotton paper holds colour for decades, and it is made to be touched.",
                hashtags=("#UpscalePrint",),
                alt_text="A framed print on a pale wall",
                difference="Begins with another question",
            )
            for line in lines
        ),
        chosen=chosen,
        choice_reason="It is the shortest of the three",
    )


def chosen_id(post: PostId, round_number: int = 1, position: int = 1) -> VariationId:
    """The id that a stored variation has."""
    return VariationId(f"{post}-r{round_number}-v{position}")
