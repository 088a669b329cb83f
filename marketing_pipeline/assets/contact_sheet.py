"""A contact sheet: the creatives of a week as one small picture inside Dagster's metadata."""

import base64
from collections.abc import Sequence
from io import BytesIO

import dagster as dg

THUMBNAIL = 216
COLUMNS = 4
GAP = 12
GROUND = "#ECEAE5"


def contact_sheet(pictures: Sequence[bytes], alt_text: str) -> dg.MarkdownMetadataValue:
    """All pictures (JPEG) side by side, `THUMBNAIL` pixels wide, embedded so that no address is needed."""
    if not pictures:
        return dg.MetadataValue.md("*No creatives yet.*")
    from PIL import Image, ImageOps

    cell = (THUMBNAIL, THUMBNAIL * 5 // 4)
    rows = -(-len(pictures) // COLUMNS)
    columns = min(COLUMNS, len(pictures))
    sheet = Image.new("RGB", (columns * (cell[0] + GAP) + GAP, rows * (cell[1] + GAP) + GAP), GROUND)
    for number, jpeg in enumerate(pictures):
        with Image.open(BytesIO(jpeg), formats=["JPEG"]) as picture:
            picture.draft("RGB", cell)
            small = ImageOps.pad(picture.convert("RGB"), cell, color=GROUND)
        left = GAP + number % COLUMNS * (cell[0] + GAP)
        sheet.paste(small, (left, GAP + number // COLUMNS * (cell[1] + GAP)))
    packed = BytesIO()
    sheet.save(packed, "JPEG", quality=72, optimize=True)
    encoded = base64.b64encode(packed.getvalue()).decode()
    return dg.MetadataValue.md(f"![{alt_text}](data:image/jpeg;base64,{encoded})")
