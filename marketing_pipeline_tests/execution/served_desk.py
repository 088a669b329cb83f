"""A desk before a served account, as the processes of an installation find both by the environment."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from marketing_pipeline.settings import Settings
from marketing_pipeline.store.home import Home
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.domain.brands import brand_content
from marketing_pipeline_tests.execution.ad_desk import AdDesk, ad_brand

if TYPE_CHECKING:
    from marketing_pipeline_tests.sandbox.google_ads.served import Ads


@contextmanager
def small_account(root: Path, migrated: Path) -> Generator["Ads"]:
    """A small account, served beside a new home in stepped time that stands still; `migrated` is its database."""
    from marketing_pipeline_tests.sandbox.google_ads.served import SMALL, serve

    home = Home(root)
    home.root.mkdir(parents=True)
    (home.root / "control_plane.sqlite").write_bytes(migrated.read_bytes())
    home.clock().start_stepped(datetime(2026, 6, 15, 11, tzinfo=UTC))
    with serve(home.root, home.clock(), SMALL) as served:
        yield served


@contextmanager
def desk_of(brand: str, brands: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[AdDesk]:
    """A brand with that account, written to the folder `brands`, and its desk."""
    folder, like = brands / brand, ad_brand()
    folder.mkdir(parents=True)
    content = brand_content(
        id=brand, channels=like.channels.model_dump(mode="json"), policies=like.policies.model_dump(mode="json")
    )
    (folder / "brand.yaml").write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.setenv("MARKETING_BRANDS", str(brands))
    with Workplace.open(Settings.from_environment()) as workplace:
        own = workplace.brand(brand)
        opened = AdDesk(workplace.database, workplace.clock, workplace.ads.client(own), own)
        opened.plane = workplace.plane
        opened.ledger, opened.decisions = workplace.plane.ad_ledger, workplace.plane.ad_decisions
        yield opened
