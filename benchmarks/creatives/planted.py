"""A good creative after a defect was planted in it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from benchmarks.creatives.good import Made
from marketing_pipeline.studio.fingerprint import RecentCreative
from marketing_pipeline.studio.render import RenderedPicture


@dataclass(frozen=True)
class Planted:
    """A broken creative. `refused` says that the studio would not draw it at all, which also finds the defect."""

    made: Made
    recent: tuple[RecentCreative, ...] = ()
    refused: bool = False


def on_cover(made: Made, change: Callable[[RenderedPicture], RenderedPicture]) -> Planted:
    """The creative with its first picture changed."""
    pictures = made.creative.pictures
    return Planted(replace(made, creative=replace(made.creative, pictures=(change(pictures[0]), *pictures[1:]))))
