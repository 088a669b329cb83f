"""Surfaces: which ink, accent and rule stand on which ground of a palette."""

from dataclasses import dataclass
from typing import Final

from marketing_pipeline.domain.creative import TextTone
from marketing_pipeline.domain.look import Palette
from marketing_pipeline.studio.colour import first_readable, luminance, mix, vividness

READABLE: Final = 4.5  # WCAG 2, AA for normal text
CLEAR: Final = 5.4  # a choice among many colours can keep away from the limit of 4.5


@dataclass(frozen=True)
class Surface:
    """Colours of one ground: the main ink, a softer one, an accent for one thing a card, hairlines.

    `known` is False on artwork: the runs then declare no ground.
    """

    ground: str
    ink: str
    soft: str
    accent: str
    rule: str
    known: bool = True

    @property
    def declared(self) -> str | None:
        """The ground that a text run declares."""
        return self.ground if self.known else None


def paper(palette: Palette, ratio: float = READABLE) -> Surface:
    """The palette's ground with its ink. Soft ink and accent that do not reach the contrast ratio give way."""
    return Surface(
        ground=palette.ground,
        ink=palette.ink,
        soft=first_readable((palette.mute,), palette.ground, palette.ink, ratio),
        accent=first_readable((palette.accent, palette.deep), palette.ground, palette.ink, ratio),
        rule=mix(palette.ground, palette.ink, 0.16),
    )


def deep(palette: Palette) -> Surface:
    """The palette's deep colour with its light ink."""
    vivid = sorted((palette.accent, *palette.artwork), key=vividness, reverse=True)
    soft = mix(palette.on_deep, palette.deep, 0.2)
    return Surface(
        ground=palette.deep,
        ink=palette.on_deep,
        soft=first_readable((soft,), palette.deep, palette.on_deep),
        accent=first_readable(vivid, palette.deep, palette.on_deep, CLEAR),
        rule=mix(palette.deep, palette.on_deep, 0.24),
    )


def surface_of(palette: Palette, tone: TextTone, ratio: float = READABLE) -> Surface:
    """The surface whose ink has the tone: dark ink usually stands on paper, light ink on the deep colour.

    ratio: contrast that soft ink and accent must reach; more than READABLE where light plays over the ground.
    """
    deep_is_light = luminance(palette.on_deep) >= luminance(palette.ink)
    return deep(palette) if deep_is_light is (tone is TextTone.LIGHT) else paper(palette, ratio)


def other_surface(palette: Palette, tone: TextTone) -> Surface:
    """The surface that `surface_of` does not give."""
    return surface_of(palette, TextTone.DARK if tone is TextTone.LIGHT else TextTone.LIGHT)


def on_artwork(palette: Palette, tone: TextTone) -> Surface:
    """Ink of the tone straight on artwork: one colour for all text, since nothing is known of the ground."""
    ink = surface_of(palette, tone).ink
    return Surface(palette.ground, ink, ink, ink, ink, known=False)


def wall_colour(palette: Palette) -> str:
    """A painted wall that goes with the palette: its ground, a shade towards mute or deep, still lighter than mute."""
    return mix(mix(palette.ground, palette.mute, 0.16), palette.artwork[0], 0.18)


def panel_colours(palette: Palette) -> tuple[str, ...]:
    """Colours that may fill large plain areas of a picture."""
    return palette.ground, palette.deep, wall_colour(palette)
