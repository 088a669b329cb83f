"""Contact sheets for docs/creatives.md: every arrangement of every template, and one broken creative of each kind.

Run it with `python -m benchmarks.creatives.sheet docs/images/creatives`.
"""

import random
import sys
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

from PIL import Image, ImageDraw

from benchmarks.creatives.broken import KINDS
from benchmarks.creatives.good import good_creatives
from benchmarks.creatives.houses import houses
from benchmarks.creatives.spoiled import opened
from marketing_pipeline.domain.creative import ArtworkStyle, CreativeBrief, PostFormat, Slide, Template
from marketing_pipeline.studio.faces import VENDORED, sized_font
from marketing_pipeline.studio.layouts import ARRANGEMENTS
from marketing_pipeline.studio.render import render

_WIDE, _HIGH, _GAP, _CAPTION = 190, 238, 14, 30
_SLIDES = (
    Slide(title="Start with the wall", body="Measure it with a sheet of newspaper.", figure="90 cm"),
    Slide(title="Then the frame", body="Oak is quiet beside most pictures."),
)


def sheet(cells: Sequence[tuple[str, Image.Image]], columns: int) -> Image.Image:
    """Pictures in rows with a caption below each."""
    rows = -(-len(cells) // columns)
    size = (columns * (_WIDE + _GAP) + _GAP, rows * (_HIGH + _CAPTION + _GAP) + _GAP)
    whole = Image.new("RGB", size, "#E4E2DE")
    pen = ImageDraw.Draw(whole)
    for number, (caption, picture) in enumerate(cells):
        x = _GAP + number % columns * (_WIDE + _GAP)
        y = _GAP + number // columns * (_HIGH + _CAPTION + _GAP)
        scale = min(_WIDE / picture.width, _HIGH / picture.height)
        small = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS)
        whole.paste(small, (x, y))
        pen.text((x, y + _HIGH + 6), caption, font=sized_font(VENDORED / "inter.ttf", 7, 500), fill="#33302C")
    return whole


def layouts() -> Image.Image:
    """Every arrangement, in palettes and artworks by turns."""
    house = houses()[0]
    palettes = cycle(sorted(house.brand.look.palettes))
    cells: list[tuple[str, Image.Image]] = []
    for template, count in ARRANGEMENTS.items():
        carousel = template is Template.CAROUSEL
        for seed in range(count):
            brief = CreativeBrief(
                format=PostFormat.CAROUSEL if carousel else PostFormat.PORTRAIT,
                template=template,
                headline="How high should you hang it?",
                kicker="Framing guides",
                supporting_line="About 20 cm from seat back to frame",
                call_to_action="See the whole range",
                price_label="£48" if template is Template.PRODUCT_CARD else "",
                price_note="A3, unframed" if template is Template.PRODUCT_CARD else "",
                slides=_SLIDES if carousel else (),
                artwork=list(ArtworkStyle)[len(cells) % len(ArtworkStyle)],
                artwork_seed=seed,
                palette=next(palettes),
                scrim=template is Template.SEASONAL,
            )
            cells.append((f"{template} {seed + 1}", opened(render(brief, house.brand, house.folder).pictures[0])))
    return sheet(cells, 9)


def defects() -> Image.Image:
    """One broken creative of each kind that shows in the picture."""
    goods = list(islice(good_creatives(7, houses()[:1]), 22))
    cells: list[tuple[str, Image.Image]] = []
    for name, kind in KINDS.items():
        dice = random.Random(name)
        shown = (kind.plant(dice.choice(goods), dice) for _ in range(40))
        planted = next((one for one in shown if one is not None and not one.refused), None)
        if planted is not None and name not in ("wrong format", "near duplicate"):
            cells.append((name, opened(planted.made.creative.pictures[0])))
    return sheet(cells, 9)


def main() -> None:
    """Write both sheets to the folder that is named."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, made in (("layouts", layouts()), ("defects", defects())):
        made.save(folder / f"{name}.jpg", quality=82, optimize=True)


if __name__ == "__main__":
    main()
