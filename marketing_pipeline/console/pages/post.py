"""One post: where it stands, what can be done, its wordings and pictures, and its whole trace."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.console.differences import marked
from marketing_pipeline.console.page import page
from marketing_pipeline.console.post_view import CUT_AFTER, acts_on, insight_figures, next_step
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.brand_rule import AppliesTo
from marketing_pipeline.domain.caption import ALT_TEXT_LIMIT, CAPTION_LIMIT, HASHTAG_LIMIT
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.store.post_lists import pictures_before
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.trace_entry import TraceKind
from marketing_pipeline.store.trace_of_post import trace_of_post
from marketing_pipeline.store.variations import Variation
from marketing_pipeline.workplace.dagster_address import dagster_address
from marketing_pipeline.workplace.post_file import PostFile

BESIDE = 5
"""Pictures of the profile that are shown beside this one."""
_NOTHING_TYPED: Mapping[str, str] = {}


def post(request: Request) -> Response:
    """A post's page."""
    return post_page(request, request.path_params["post"])


def post_page(
    request: Request,
    post_id: str,
    *,
    error: MarketingError | None = None,
    typed: Mapping[str, str] = _NOTHING_TYPED,
    status: int = 200,
) -> Response:
    """The page; `error` is what became of an act, and `typed` what was sent with it, so that nothing is lost."""
    desk = desk_of(request)
    known = desk.place.post_desk.file(desk.person, post_id)
    brand = desk.brands.get(known.post.brand)
    chosen = _chosen(known)
    return page(
        request,
        "post.html",
        title=known.post.topic,
        status=status,
        known=known,
        post=known.post,
        brand=brand,
        chosen=chosen,
        picture=next((made for made in known.creatives if made.id == known.post.chosen_creative), None),
        acts=acts_on(known.post, desk.person, known),
        next_step=next_step(known),
        differs={each.id: _marked(each, chosen) for each in known.variations},
        figures=insight_figures(known.insights),
        beside=_beside(desk, known.post),
        rules=_rules(desk, brand),
        cut_after=CUT_AFTER,
        limits={"caption": CAPTION_LIMIT, "alt_text": ALT_TEXT_LIMIT},
        typed=typed,
        error=error,
    )


def trace(request: Request) -> Response:
    """Everything that led to a post and followed from it, as one timeline; `?kind=` shows one kind alone."""
    desk = desk_of(request)
    found = desk.place.post_desk.allowed(desk.person, Permission.READ, request.path_params["post"])
    with desk.place.database.read() as connection:
        entries = trace_of_post(connection, found)
    kind = request.query_params.get("kind", "")
    return page(
        request,
        "trace.html",
        title=f"Trace of {found.topic}",
        post=found,
        brand=desk.brands.get(found.brand),
        entries=[entry for entry in entries if kind not in tuple(TraceKind) or entry.kind == kind],
        total=len(entries),
        kinds=[each for each in TraceKind if any(entry.kind is each for entry in entries)],
        kind=kind if kind in tuple(TraceKind) else "",
        spent=sum(entry.facts.get("cost_micros") or 0 for entry in entries),
        dagster=dagster_address(desk.place.home.root),
    )


def _chosen(known: PostFile) -> Variation | None:
    return next((each for each in known.variations if each.id == known.post.chosen_variation), None)


def _marked(variation: Variation, chosen: Variation | None) -> tuple[tuple[str, bool], ...]:
    """Its caption, marked where a later wording of the same text says something else."""
    return marked(variation.wording.caption, chosen.wording.caption if chosen else variation.wording.caption)


def _beside(desk: Desk, shown: Post) -> tuple[str, ...]:
    with desk.place.database.read() as connection:
        return pictures_before(connection, shown.brand, shown.scheduled_at, without=shown.id, limit=BESIDE)


def _rules(desk: Desk, brand: Brand | None) -> list[tuple[str, str]]:
    """What the words of the brand are held against, for who edits them."""
    if brand is None:
        return []
    tags = brand.hashtags
    accepted = desk.place.teaching.accepted(brand.brand_id)
    found = [
        ("Voice", brand.voice.summary),
        ("Never say", ", ".join(brand.voice.banned_words)),
        ("Links", f"to {str(brand.website).rstrip('/')} alone"),
        ("Mentions", f"of {brand.channels.instagram.handle} alone"),
        ("Prices", "those of the product list and of its offers"),
        ("Hashtags", f"at most {min(tags.most, HASHTAG_LIMIT)}, in their own field"),
        ("Under every post", " ".join(tags.always)),
        *(("Accepted rule", rule.statement) for rule in accepted if rule.applies_to is AppliesTo.COPY),
    ]
    return [(name, said) for name, said in found if said]


ROUTES = (Route("/posts/{post}", post), Route("/posts/{post}/trace", trace))
