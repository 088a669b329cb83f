"""A month of posts side by side: how alike its pictures are, with and without the rule of turns."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from benchmarks.creatives.good import good_brief
from benchmarks.creatives.houses import House, houses
from marketing_pipeline.domain.creative import ArtworkStyle, CreativeBrief, PostFormat, Template
from marketing_pipeline.domain.week import Week
from marketing_pipeline.studio.fingerprint import hash_distance, perceptual_hash
from marketing_pipeline.studio.layouts import arrangement_of, in_turn
from marketing_pipeline.studio.render import render
from marketing_pipeline.studio.thresholds import NEAR
from marketing_pipeline.studio.typesetting import TextOverflow

POSTS, A_WEEK, NEIGHBOURS = 30, 7, 9
_START = Week(date(2026, 11, 2))
_TEMPLATES = (Template.FRAMED_WALL, Template.STATEMENT, Template.PRODUCT_CARD, Template.CAROUSEL, Template.BEFORE_AFTER)
_SHARES = (5, 4, 3, 3, 2)


@dataclass(frozen=True)
class Feed:
    """Covers of consecutive posts: their briefs and hashes."""

    briefs: tuple[CreativeBrief, ...]
    hashes: tuple[str, ...]

    @property
    def distances(self) -> list[int]:
        """Of all pairs, in bits of 256."""
        return [hash_distance(first, second) for first, second in combinations(self.hashes, 2)]

    @property
    def repeated_layouts(self) -> float:
        """Share of posts whose layout one of the NEIGHBOURS before had: what a grid of three columns shows at once."""
        layouts = [(brief.template, arrangement_of(brief)) for brief in self.briefs]
        pairs = [layout in layouts[max(0, at - NEIGHBOURS) : at] for at, layout in enumerate(layouts)]
        return sum(pairs) / len(pairs)


def _briefs(seed: int, house: House) -> Iterator[CreativeBrief]:
    """As a composer asks who is told to take another palette and artwork than the last post had."""
    dice = random.Random(f"feed {seed}")
    last: CreativeBrief | None = None
    while True:
        template = dice.choices(_TEMPLATES, _SHARES)[0]
        shape = PostFormat.CAROUSEL if template is Template.CAROUSEL else PostFormat.PORTRAIT
        brief = good_brief(dice, house, template, shape)
        others = sorted(set(house.brand.look.palettes) - ({last.palette} if last else set()))
        styles = [style for style in ArtworkStyle if last is None or style is not last.artwork]
        last = brief.model_copy(update={"palette": dice.choice(others), "artwork": dice.choice(styles)})
        yield last


def feed(seed: int, *, turns: bool) -> Feed:
    """Thirty covers of the first shipped brand, with or without the rule of turns."""
    house = houses()[0]
    briefs: list[CreativeBrief] = []
    hashes: list[str] = []
    for wanted in _briefs(seed, house):
        weeks, position = divmod(len(briefs), A_WEEK)
        brief = in_turn(wanted, _START.plus(weeks), position + 1, A_WEEK) if turns else wanted
        try:
            cover = render(brief, house.brand, house.folder).pictures[0].jpeg
        except TextOverflow:
            continue
        briefs.append(brief)
        hashes.append(perceptual_hash(cover))
        if len(briefs) == POSTS:
            break
    return Feed(tuple(briefs), tuple(hashes))


def feed_figures(seed: int) -> dict[str, float]:
    """Print how alike thirty posts in a row are, and return it by name."""
    print(f"\n{POSTS} posts in a row, bits of 256 between covers; {NEAR} or fewer is a near duplicate")
    figures: dict[str, float] = {}
    for name, turns in (("as asked", False), ("in turn", True)):
        made = feed(seed, turns=turns)
        distances = made.distances
        near = sum(distance <= NEAR for distance in distances)
        layouts = len({(brief.template, arrangement_of(brief)) for brief in made.briefs})
        print(
            f"  {name:9} near pairs {near} of {len(distances)}, smallest {min(distances)}, "
            f"layouts used {layouts}, layout seen among the {NEIGHBOURS} posts before {made.repeated_layouts:.0%}"
        )
        key = name.replace(" ", "_")
        figures |= {f"near_pairs_{key}": near, f"smallest_{key}": min(distances)}
        figures |= {f"layouts_{key}": layouts, f"repeated_layouts_{key}": round(made.repeated_layouts, 3)}
    return figures
