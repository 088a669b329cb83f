"""CPU seconds to render and to check one creative, over every template, format and palette of the shipped brand.

Run it with `make bench NAME=creative`. Figures are medians of process CPU time; pictures are counted one by one, so a
carousel of four counts as four. Reading text by OCR is not part of it.
"""

import json
import statistics
import time
from itertools import product
from pathlib import Path

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.creative import ArtworkStyle, CreativeBrief, PostFormat, Slide, Template
from marketing_pipeline.store.brand_folder import load_brand
from marketing_pipeline.studio.checks import inspect
from marketing_pipeline.studio.render import render

BRAND = Path("brands/upscale_print")
SLIDES = tuple(Slide(title=f"Step {number}", body="Measure twice, then hang it once.") for number in range(1, 4))


def briefs(brand: Brand) -> list[CreativeBrief]:
    """One brief for each template, format and palette, artwork styles in turn."""
    made: list[CreativeBrief] = []
    for template, shape, palette in product(Template, PostFormat, brand.look.palettes):
        if (template is Template.CAROUSEL) is not (shape is PostFormat.CAROUSEL):
            continue
        made.append(
            CreativeBrief(
                format=shape,
                template=template,
                headline="How high should you hang it?",
                kicker="Framing guides",
                supporting_line="Museum paper, framed by hand",
                price_label="£48" if template is Template.PRODUCT_CARD else "",
                slides=SLIDES if shape is PostFormat.CAROUSEL else (),
                artwork=list(ArtworkStyle)[len(made) % len(ArtworkStyle)],
                artwork_seed=len(made),
                palette=palette,
                scrim=template is Template.SEASONAL,
            )
        )
    return made


def main() -> None:
    """Render and check each brief once, after one that warms the caches, and print medians and the slowest."""
    brand = load_brand(BRAND)
    rendering: list[float] = []
    checking: list[float] = []
    wanted = briefs(brand)
    for number, brief in enumerate([wanted[0], *wanted]):
        start = time.process_time()
        creative = render(brief, brand, BRAND)
        rendered = time.process_time()
        inspect(creative, brief, brand, [])
        checked = time.process_time()
        if number:
            rendering.append((rendered - start) / len(creative.pictures))
            checking.append((checked - rendered) / len(creative.pictures))
    for name, taken in (("render", rendering), ("check", checking)):
        print(f"{name:8} median {statistics.median(taken):.3f} s   max {max(taken):.3f} s   n={len(taken)} creatives")
    figures = {
        "render_cpu_s": round(statistics.median(rendering), 3),
        "check_cpu_s": round(statistics.median(checking), 3),
    }
    print(json.dumps({"benchmark": "creative", "figures": figures}))


if __name__ == "__main__":
    main()
