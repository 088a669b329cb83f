"""The office of the command line with a small ad account behind it, and a change of its first budget."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from marketing_pipeline.domain.ad_change import ApplyAdChange
from marketing_pipeline_tests.cli.office import Office, write_brand
from marketing_pipeline_tests.execution.ad_desk import AdDesk, ad_brand, budget_change

if TYPE_CHECKING:
    from marketing_pipeline_tests.sandbox.google_ads.served import Ads


@pytest.fixture
def ads(office: Office) -> Iterator["Ads"]:
    """A small account, served beside the office."""
    from marketing_pipeline_tests.sandbox.google_ads.served import SMALL, serve

    with serve(office.work.home.root, office.work.clock, SMALL) as served:
        yield served


@pytest.fixture
def desk(office: Office, brands: Path, ads: "Ads") -> AdDesk:
    """The tea room with that account, and the office's own control plane."""
    brand = ad_brand()
    write_brand(
        brands, channels=brand.channels.model_dump(mode="json"), policies=brand.policies.model_dump(mode="json")
    )
    opened = AdDesk(office.work.database, office.work.clock, office.work.ads.client(brand), brand)
    opened.plane = office.work.plane
    opened.ledger, opened.decisions = opened.plane.ad_ledger, opened.plane.ad_decisions
    return opened


def budget(ads: "Ads", percent: int = 110) -> ApplyAdChange:
    """The account's first budget, changed by so much."""
    [(name, before), *_] = ads.budgets().items()
    return budget_change(before, before * percent // 100 // 10_000 * 10_000, resource=name)
