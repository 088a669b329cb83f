"""A second brand beside the tea room, with an account of its own."""

import json
from pathlib import Path

from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline_tests.domain.brands import brand_content

OTHER = BrandId("other_room")


def open_other_room(brands: Path) -> None:
    """Put its brand.yaml into the folder of brands."""
    channels = {"instagram": {"account_id": "17841400000000002", "handle": "@otherroom"}}
    (brands / OTHER).mkdir()
    content = brand_content(id=OTHER, name="Other Room", channels=channels)
    (brands / OTHER / "brand.yaml").write_text(json.dumps(content), encoding="utf-8")
