"""How many arrangements each template has, and whose turn it is: a month of posts should not look the same."""

from collections.abc import Mapping
from typing import Final

from marketing_pipeline.domain.creative import CreativeBrief, Template
from marketing_pipeline.domain.week import Week
from marketing_pipeline.studio.templates import (
    before_after,
    carousel,
    framed_wall,
    product_card,
    seasonal,
    statement,
)

ARRANGEMENTS: Final[Mapping[Template, int]] = {
    Template.FRAMED_WALL: len(framed_wall.ARRANGEMENTS),
    Template.PRODUCT_CARD: len(product_card.ARRANGEMENTS),
    Template.STATEMENT: len(statement.ARRANGEMENTS),
    Template.BEFORE_AFTER: len(before_after.ARRANGEMENTS),
    Template.SEASONAL: len(seasonal.ARRANGEMENTS),
    Template.CAROUSEL: len(carousel.ARRANGEMENTS),
}


def arrangement_of(brief: CreativeBrief) -> int:
    """Which arrangement of its template a brief gets: 0 to the template's count - 1."""
    return brief.artwork_seed % ARRANGEMENTS[brief.template]


def in_turn(brief: CreativeBrief, week: Week, position: int, posts_per_week: int) -> CreativeBrief:
    """The brief with the nearest artwork seed below that puts its template in the arrangement whose turn it is.

    Turns go by the post's place in the calendar, so that posts designed at the same time keep out of each other's way:
    of posts with the same template, no two of a week share an arrangement that stand nearer than the template has
    arrangements, and one that comes at the same place each week has another arrangement from week to week.
    """
    count = ARRANGEMENTS[brief.template]
    weeks = week.monday.toordinal() // 7
    turn = (weeks * (posts_per_week % count or 1) + position) % count
    seed = brief.artwork_seed - (arrangement_of(brief) - turn) % count
    return brief.model_copy(update={"artwork_seed": seed if seed >= 0 else seed + count})
