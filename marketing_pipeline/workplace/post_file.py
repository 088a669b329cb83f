"""Everything that is stored about one post, gathered for whoever looks at it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from marketing_pipeline.domain.approval import ApprovalState
from marketing_pipeline.domain.effect_kind import EffectKind

if TYPE_CHECKING:
    from marketing_pipeline.domain.creative import Media
    from marketing_pipeline.domain.effect import Effect
    from marketing_pipeline.domain.identifiers import PostId
    from marketing_pipeline.domain.metrics import InsightSnapshot
    from marketing_pipeline.store.approval_request import ApprovalRequest
    from marketing_pipeline.store.creatives import Creative
    from marketing_pipeline.store.media import MediaStore
    from marketing_pipeline.store.post_row import Post
    from marketing_pipeline.store.variations import Variation
    from marketing_pipeline.workplace.workplace import Workplace


@dataclass(frozen=True)
class EffectStory:
    """One effect with the calls that were made for it."""

    effect: "Effect"
    attempts: tuple[dict[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        """The row of the ledger; `attempts` counts the calls and `calls` holds them."""
        return {**self.effect.model_dump(mode="json"), "calls": list(self.attempts)}


@dataclass(frozen=True)
class PostFile:
    """One post with all that belongs to it, oldest first."""

    post: "Post"
    media_store: "MediaStore"
    variations: "tuple[Variation, ...]"
    creatives: "tuple[Creative, ...]"
    effects: tuple[EffectStory, ...]
    approvals: "tuple[ApprovalRequest, ...]"
    insights: "tuple[InsightSnapshot, ...]"

    @property
    def pending(self) -> "ApprovalRequest | None":
        """The request to let it out that waits for a person, if there is one."""
        waiting = (request for request in self.approvals if request.state is ApprovalState.PENDING)
        return next((request for request in waiting if request.kind == EffectKind.PUBLISH_POST), None)

    def pictures(self, media: "tuple[Media, ...]") -> list[str]:
        """Where the pictures lie."""
        return [self.media_store.address(picture.sha256) for picture in media]

    def as_json(self) -> dict[str, Any]:
        """The post's columns, and one list for each kind of thing that belongs to it."""
        return {
            **self.post.model_dump(mode="json"),
            "variations": [variation.model_dump(mode="json") for variation in self.variations],
            "creatives": [
                {**creative.model_dump(mode="json"), "pictures": self.pictures(creative.media)}
                for creative in self.creatives
            ],
            "effects": [story.as_json() for story in self.effects],
            "approvals": [request.model_dump(mode="json") for request in self.approvals],
            "insights": [snapshot.model_dump(mode="json") for snapshot in self.insights],
        }


def file_of(place: "Workplace", post_id: "PostId") -> PostFile:
    """Gather the file of a post. Raises NotFound."""
    from marketing_pipeline.store.creatives import attempts_of
    from marketing_pipeline.store.effect_rows import list_effects
    from marketing_pipeline.store.insights import snapshots_of
    from marketing_pipeline.store.variations import latest_round, variations_of

    post, database = place.posts.get(post_id), place.database
    with database.read() as connection:
        rounds = latest_round(connection, post.id)
        effects = list_effects(connection, subject=post.id)
        stories = tuple(EffectStory(effect, calls_of(place, effect)) for effect in effects)
        requests = place.approvals.list_requests(connection, brand=post.brand, subject=post.id)
    return PostFile(
        post=post,
        media_store=place.media,
        variations=tuple(
            variation for number in range(1, rounds + 1) for variation in variations_of(database, post.id, number)
        ),
        creatives=attempts_of(database, post.id),
        effects=stories,
        approvals=tuple(requests),
        insights=snapshots_of(database, post.id),
    )


def calls_of(place: "Workplace", effect: "Effect") -> tuple[dict[str, Any], ...]:
    """The calls made for an effect, in order."""
    from marketing_pipeline.store.effect_rows import attempts_of

    with place.database.read() as connection:
        return tuple(
            {"number": number, "outcome": outcome.value, "detail": detail, "started_at": started_at}
            for number, outcome, detail, started_at in attempts_of(connection, effect.id)
        )
