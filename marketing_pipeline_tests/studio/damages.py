"""Pictures damaged on purpose, each with one defect; the record of what was set stays as it was."""

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image

from marketing_pipeline.domain.creative import Box
from marketing_pipeline.studio.jpeg import encode, srgb_profile
from marketing_pipeline.studio.render import RenderedPicture
from marketing_pipeline_tests.studio.bakery import CRUST
from marketing_pipeline_tests.studio.pictures import saved

Damage = Callable[[RenderedPicture], RenderedPicture]


def with_image(change: Callable[[Image.Image], Image.Image]) -> Damage:
    def damage(picture: RenderedPicture) -> RenderedPicture:
        return replace(picture, jpeg=encode(change(Image.open(io.BytesIO(picture.jpeg)).convert("RGB"))))

    return damage


def with_run(**changes: object) -> Damage:
    def damage(picture: RenderedPicture) -> RenderedPicture:
        largest = max(picture.runs, key=lambda run: run.size)
        runs = tuple(run.model_copy(update=changes) if run is largest else run for run in picture.runs)
        return replace(picture, runs=runs)

    return damage


def faded(image: Image.Image) -> Image.Image:
    return Image.blend(image, Image.new("RGB", image.size, (246, 236, 222)), 0.8)


def tinted(image: Image.Image) -> Image.Image:
    pixels = np.asarray(image).astype(np.float32)
    return Image.fromarray((pixels * np.array([0.55, 0.75, 1.0])).clip(0, 255).astype(np.uint8))


def enlarged(image: Image.Image) -> Image.Image:
    return image.resize((432, 540)).resize(image.size, Image.Resampling.BICUBIC)


def cut_right(picture: RenderedPicture) -> RenderedPicture:
    """The whole layout moved to the right: the last letters leave the picture."""
    moved = [
        run.model_copy(
            update={
                "box": Box(left=run.box.left + 400, top=run.box.top, right=run.box.right + 400, bottom=run.box.bottom)
            }
        )
        for run in picture.runs
    ]
    image = Image.open(io.BytesIO(picture.jpeg)).convert("RGB")
    shifted = Image.new("RGB", image.size, CRUST.ground)
    shifted.paste(image, (400, 0))
    return replace(picture, jpeg=encode(shifted), runs=tuple(moved))


def on_top(picture: RenderedPicture) -> RenderedPicture:
    first, second = picture.runs[0], picture.runs[1]
    return replace(picture, runs=(first, second.model_copy(update={"box": first.box}), *picture.runs[2:]))


def as_jpeg(**options: object) -> Damage:
    def damage(picture: RenderedPicture) -> RenderedPicture:
        out = io.BytesIO()
        Image.open(io.BytesIO(picture.jpeg)).convert("RGB").save(out, "JPEG", **options)
        return replace(picture, jpeg=out.getvalue())

    return damage


def as_png(picture: RenderedPicture) -> RenderedPicture:
    image = Image.open(io.BytesIO(picture.jpeg)).convert("RGB")
    return replace(picture, jpeg=saved(image, "PNG", profile=srgb_profile()))


def cut_off(picture: RenderedPicture) -> RenderedPicture:
    return replace(picture, jpeg=picture.jpeg[: len(picture.jpeg) // 2])


def padded(picture: RenderedPicture) -> RenderedPicture:
    return replace(picture, jpeg=picture.jpeg + b"\0" * 8_000_000)


def compressed_and_saved_again(image: Image.Image) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=12)
    return Image.open(out)


def covered(side: str) -> Damage:
    """A strip of ground over the lower, upper or right third of the largest line; the record knows nothing of it."""

    def damage(picture: RenderedPicture) -> RenderedPicture:
        run = max(picture.runs, key=lambda line: line.size)
        box, ground = run.box, run.ground or "#808080"
        third = (box.bottom - box.top) // 3
        strip = {
            "lower": (box.left - 4, box.bottom - third, box.right + 4, box.bottom + 4),
            "upper": (box.left - 4, box.top - 4, box.right + 4, box.top + third),
            "right": ((box.left + 2 * box.right) // 3, box.top - 4, box.right + 4, box.bottom + 4),
        }[side]

        def change(image: Image.Image) -> Image.Image:
            image.paste(ground, strip)
            return image

        return with_image(change)(picture)

    return damage


def striped(picture: RenderedPicture) -> RenderedPicture:
    """Strokes of a foreign colour through the largest line, away from its edges."""
    box = max(picture.runs, key=lambda line: line.size).box

    def change(image: Image.Image) -> Image.Image:
        for top in range(box.top + 8, box.bottom - 8, 12):
            image.paste("#3FA0E0", (box.left + 20, top, box.right - 20, top + 3))
        return image

    return with_image(change)(picture)
