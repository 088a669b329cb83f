"""Tenants are apart: whatever befalls some brands, the others publish exactly what they publish without them."""

import tempfile
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.effect import Effect
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.sandbox.journal import Kind
from marketing_pipeline.store.tables import effects
from marketing_pipeline_tests.faults.agency import Agency, account_of, open_agency

BRANDS, EACH = 4, 2
PATIENCE = timedelta(hours=2)
_ALWAYS = {"times": 1000}
ON_THE_WIRE: Mapping[str, dict[str, Any]] = {
    "revoked token": {"name": "token_expired", **_ALWAYS},
    "permission gone": {"name": "error", "operation": "create_container", "code": 10, "subcode": None, **_ALWAYS},
    "account restricted": {"name": "error_after", "operation": "publish", **_ALWAYS},
    "limit of the account": {"name": "error", "operation": "create_container", "code": 80002, "subcode": None}
    | {"regain_minutes": 40, **_ALWAYS},
    "answers lost": {"name": "drop_after", "operation": "publish", **_ALWAYS},
    "nothing readable": {"name": "html", "operation": "create_container", "effect": False, **_ALWAYS},
    "wrong input": {"name": "error", "operation": "create_container", "code": 36003, "subcode": 2207009, **_ALWAYS},
    "container stuck": {"name": "container_stuck", "status": "IN_PROGRESS"},
}
AT_HOME = ("brand.yaml broken", "no credential", "defect in the client", "rows damaged", "on hold")
SICKNESSES = (*ON_THE_WIRE, *AT_HOME)


class Sick:
    """A sickness of some brands, by brand."""

    def __init__(self, agency: Agency, sick: Mapping[BrandId, str]) -> None:
        self.agency = agency
        self.sick = sick

    def strike(self, brand: Brand, queued: list[Effect]) -> None:
        what = self.sick.get(brand.brand_id, "healthy")
        if what in ON_THE_WIRE:
            self.agency.order(brand, ON_THE_WIRE[what])
        elif what == "rows damaged":
            rows = update(effects).where(effects.c.id.in_([effect.id for effect in queued]))
            with self.agency.database.write() as connection:
                connection.execute(rows.values(payload={"account_id": account_of(brand)}))
        elif what == "on hold":
            with self.agency.database.write() as connection:
                self.agency.plane.holds.pause(
                    connection, brand=brand.brand_id, channel=None, actor="sam", note="not now"
                )

    @property
    def readable(self) -> dict[BrandId, Brand]:
        return {name: brand for name, brand in self.agency.brands.items() if self.sick.get(name) != "brand.yaml broken"}

    def client(self, brand: Brand) -> InstagramClient:
        match self.sick.get(brand.brand_id):
            case "no credential":
                raise MarketingError("INSTAGRAM_TOKEN is missing.", "Set it.")
            case "defect in the client":
                raise RuntimeError("a defect that nobody thought of")
            case _:
                return self.agency.client(brand)


def published(sick: Mapping[BrandId, str]) -> dict[str, list[str]]:
    """By account, the captions that went live, in order."""
    with tempfile.TemporaryDirectory() as folder, open_agency(Path(folder), BRANDS) as agency:
        illness = Sick(agency, sick)
        for brand in agency.brands.values():
            illness.strike(brand, [agency.queue(brand) for _ in range(EACH)])
        agency.settle(agency.executor(brands=illness.readable, client_for=illness.client), PATIENCE)
        live: dict[str, list[str]] = {account_of(brand): [] for brand in agency.brands.values()}
        for row in agency.server.journal.rows(Kind.MEDIA_PUBLISHED):
            live[row.account].append(str(row.details["caption"]))
        return live


@cache
def published_in_health() -> dict[str, list[str]]:
    return published({})


def healthy_publish_as_ever(sick: Mapping[BrandId, str]) -> None:
    live, in_health = published(sick), published_in_health()
    ill = {f"1784142{int(brand.removeprefix('shop_')):010d}" for brand in sick}
    assert {account: live[account] for account in live if account not in ill} == {
        account: posts for account, posts in in_health.items() if account not in ill
    }
    assert all(len(set(live[account])) == len(live[account]) for account in ill), "something is live twice"


def test_in_health_everything_is_published() -> None:
    assert [len(posts) for posts in published_in_health().values()] == [EACH] * BRANDS


@pytest.mark.parametrize("what", SICKNESSES)
def test_one_sick_brand_changes_nothing_for_the_others(what: str) -> None:
    """The sick brand is the first by name, by account and by when its posts are due."""
    healthy_publish_as_ever({BrandId("shop_0001"): what})


@settings(
    max_examples=3, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.too_slow]
)
@given(st.dictionaries(st.integers(1, BRANDS), st.sampled_from(SICKNESSES), min_size=2, max_size=BRANDS - 1))
def test_many_sick_brands_change_nothing_for_the_healthy(sick: dict[int, str]) -> None:
    healthy_publish_as_ever({BrandId(f"shop_{number:04d}"): what for number, what in sick.items()})
