"""What the strategist is shown: of the brand, the week, the weeks before it and the assignments."""

from marketing_pipeline.domain.brand import Audience, Offer, Pillar
from marketing_pipeline.domain.plan import Assignment
from marketing_pipeline.sandbox.answers.prompt import Seen, SeenProduct
from marketing_pipeline.sandbox.answers.wording import proper_names


class SeenVoice(Seen):
    """Of the brand's voice only what must never be said."""

    banned_words: tuple[str, ...] = ()


class SeenStrategy(Seen):
    """What the strategist is given of the brand."""

    name: str
    website: str
    about: str = ""
    voice: SeenVoice = SeenVoice()
    audiences: tuple[Audience, ...]
    pillars: tuple[Pillar, ...]
    products: tuple[SeenProduct, ...] = ()
    offers: tuple[Offer, ...] = ()

    def names(self) -> frozenset[str]:
        """Words that keep their capital inside a sentence."""
        told = [self.about, *(item.description for item in (*self.pillars, *self.products, *self.audiences))]
        own = [word for item in (self.name, *(product.name for product in self.products)) for word in item.split()]
        return proper_names(told) | frozenset(
            word for word in own if word[:1].isupper() and word.lower() not in {"the"}
        )


class SeenWeek(Seen):
    """The week that is planned."""

    key: str


class RecentPost(Seen):
    """A post of the weeks before."""

    topic: str = ""
    pillar: str = ""
    product: str | None = None
    week: str = ""


class SeenAssignment(Assignment):
    """An assignment with the ids that a post of its own day may name."""

    may_name: tuple[str, ...] = ()
