"""A small brand of another trade than the example's: a bakery with its own palettes, and briefs for every template."""

from datetime import time
from functools import cache
from pathlib import Path

from pydantic import HttpUrl

from benchmarks.creatives.houses import CRUST, RYE
from marketing_pipeline.domain.brand import Audience, Brand, Goal, Pillar, Product, Voice
from marketing_pipeline.domain.brand_channels import Channels, InstagramChannel
from marketing_pipeline.domain.creative import ArtworkStyle, CreativeBrief, PostFormat, Slide, Template
from marketing_pipeline.domain.look import Fonts, Look, Palette
from marketing_pipeline.domain.posting import Posting, Slot
from marketing_pipeline.studio.render import RenderedCreative, render

SLIDES = (
    Slide(
        title="Feed it the night before",
        body="Flour and water in equal weight, left warm until it doubles.",
        figure="1 : 1",
    ),
    Slide(title="Shape with a light hand", body="Fold the dough over itself four times and let it rest."),
    Slide(title="Bake it dark", body="The crust is where the taste is. Do not open the door early.", figure="240 °C"),
)


def bakery(*, logo: str = "", palettes: dict[str, Palette] | None = None, fonts: Fonts | None = None) -> Brand:
    """A bakery that bakes twice a day."""
    return Brand(
        id="corner_bakery",
        name="Corner Bakery",
        tagline="Bread twice a day",
        website=HttpUrl("https://cornerbakery.example"),
        time_zone="Europe/London",
        currency="GBP",
        about="A neighbourhood bakery that bakes sourdough and pastries twice a day.",
        voice=Voice(summary="Warm, short and plain, like a neighbour.", do=("Speak plainly",)),
        audiences=(Audience(id="locals", name="Locals", description="People nearby", cares_about=("fresh bread",)),),
        goals=(
            Goal.model_validate(
                {
                    "id": "reach",
                    "statement": "Reach more",
                    "metric": "reach",
                    "baseline": 1,
                    "target": 2,
                    "due": "2030-01-01",
                }
            ),
        ),
        pillars=tuple(
            Pillar(
                id=name,
                name=name,
                description=name,
                weight=0.5,
                keywords=("bread", "oven"),
                hashtags=("#bread",),
                topics=("crust", "crumb"),
            )
            for name in ("craft", "people")
        ),
        products=(
            Product(
                id="loaf", name="Loaf", description="Loaf", price=4.5, link=HttpUrl("https://cornerbakery.example/l")
            ),
        ),
        look=Look(palettes=palettes or {"crust": CRUST, "rye": RYE}, logo=logo, fonts=fonts or Fonts()),
        posting=Posting(posts_per_week=1, slots=(Slot(id="mon", weekday="monday", at=time(8)),)),
        channels=Channels(instagram=InstagramChannel(account_id="17841400000000000", handle="@corner")),
    )


@cache
def _rendered(brief: str) -> RenderedCreative:
    return render(CreativeBrief.model_validate_json(brief), bakery(), Path(__file__).parent)


def rendered(brief: CreativeBrief) -> RenderedCreative:
    """The brief rendered for the plain bakery, once a test run."""
    return _rendered(brief.model_dump_json())


_COPY: dict[Template, dict[str, str]] = {
    Template.FRAMED_WALL: {
        "kicker": "Saturday mornings",
        "headline": "The queue is part of the recipe.",
        "supporting_line": "Sourdough leaves the oven at eight and again at three.",
        "call_to_action": "Find us on the corner",
    },
    Template.PRODUCT_CARD: {
        "kicker": "From the stone oven",
        "headline": "Country sourdough",
        "supporting_line": "Long fermented, dark crust, 900 g",
        "price_label": "£4.50",
        "price_note": "Half loaf £2.40",
        "call_to_action": "Order by six for tomorrow",
    },
    Template.STATEMENT: {
        "kicker": "What we believe",
        "headline": "Good bread needs time, not secrets.",
        "supporting_line": "Thirty hours from flour to crust",
        "call_to_action": "Read how we bake",
    },
    Template.BEFORE_AFTER: {
        "headline": "One picture changes the whole room.",
        "supporting_line": "Same wall, same light, ten minutes of work",
        "call_to_action": "See more ideas",
    },
    Template.SEASONAL: {
        "kicker": "Harvest week",
        "headline": "Autumn tastes of rye and honey.",
        "supporting_line": "A dark loaf with new honey, baked until Sunday",
        "call_to_action": "Reserve yours",
    },
    Template.CAROUSEL: {
        "kicker": "Baking at home",
        "headline": "Three habits of better sourdough",
        "supporting_line": "Nothing to buy, only time",
        "call_to_action": "Save this for Sunday",
    },
}


def brief_for(
    template: Template, format: PostFormat | None = None, seed: int = 0, palette: str = "crust", **changes: object
) -> CreativeBrief:
    """A well-made brief for a template; `changes` replace single fields."""
    chosen = format or (PostFormat.CAROUSEL if template is Template.CAROUSEL else PostFormat.PORTRAIT)
    fields: dict[str, object] = {
        "format": chosen,
        "template": template,
        "artwork": ArtworkStyle.DUNES,
        "artwork_seed": seed,
        "palette": palette,
        **_COPY[template],
    }
    if template is Template.CAROUSEL:
        fields["slides"] = SLIDES
    return CreativeBrief.model_validate({**fields, **changes})
