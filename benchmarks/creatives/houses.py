"""The brands that creatives are made for: the shipped ones, and two invented looks with other faces and colours."""

from dataclasses import dataclass
from pathlib import Path

from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.look import Fonts, Look, Palette
from marketing_pipeline.store.brand_folder import load_brand

BRANDS = Path(__file__).parents[2] / "brands"
CRUST = Palette(
    ground="#FAF1E4",
    ink="#2B1B12",
    accent="#A8431F",
    deep="#4A2A1B",
    on_deep="#FBF1E2",
    mute="#70594A",
    artwork=("#FBE9D0", "#F0C48A", "#D98E4A", "#A8431F", "#7A4A2E", "#47301F"),
)
RYE = Palette(
    ground="#EEF1E8",
    ink="#1C2620",
    accent="#8A4B12",
    deep="#24402F",
    on_deep="#F2F4EA",
    mute="#55645A",
    artwork=("#EFF3E4", "#C9D6B4", "#E0B04F", "#8FA98B", "#3F6B4F", "#1E3A2A"),
)
_PLUM = Palette(
    ground="#F6EFF2",
    ink="#241620",
    accent="#8E2F55",
    deep="#3D1F38",
    on_deep="#F8EEF3",
    mute="#6E5866",
    artwork=("#F3DCE4", "#E2AFC0", "#B96B8A", "#8E2F55", "#E5B567", "#3D1F38"),
)


@dataclass(frozen=True)
class House:
    """A brand with the folder of its files."""

    brand: Brand
    folder: Path


def houses() -> tuple[House, ...]:
    """Every brand in brands/, and two looks that none of them has: other faces, other colours, the name set in type."""
    shipped = [House(load_brand(file.parent), file.parent) for file in sorted(BRANDS.glob("*/brand.yaml"))]
    first = shipped[0]
    looks = (
        Look(palettes={"crust": CRUST, "rye": RYE}, fonts=Fonts(display="instrument serif", text="dm sans")),
        Look(palettes={"plum": _PLUM}, fonts=Fonts(display="dm sans", text="inter")),
    )
    return (*shipped, *(House(first.brand.model_copy(update={"look": look}), first.folder) for look in looks))
