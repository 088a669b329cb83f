"""Kinds of acts and alerts are closed sets: each member is handled everywhere, and no other is taken."""

import pytest
from pydantic import TypeAdapter, ValidationError

from marketing_pipeline.domain.ad_change import AdChangeKind, ApplyAdChange
from marketing_pipeline.domain.alert import SEVERITY, AlertKind
from marketing_pipeline.domain.effect import AdEffect, Effect, PublishPost
from marketing_pipeline.domain.effect_kind import EffectKind
from marketing_pipeline.operations.watchers import WATCHERS

PAYLOADS = (PublishPost, ApplyAdChange)
FIELDS = ("amount_micros", "target_cpa_micros", "target_roas", "cpc_bid_micros", "status", "negative_keyword")


def test_each_kind_of_effect_has_its_payload_and_its_row() -> None:
    assert {payload.model_fields["kind"].default for payload in PAYLOADS} == set(EffectKind)
    assert {row.model_fields["payload"].annotation for row in (Effect, AdEffect)} == set(PAYLOADS)


@pytest.mark.parametrize("kind", ["delete_post", "send_message", "publish_post ", "", None])
def test_no_other_kind_of_effect_can_be_built(kind: object) -> None:
    for payload in PAYLOADS:
        with pytest.raises(ValidationError, match="kind"):
            payload.model_validate({"kind": kind})


@pytest.mark.parametrize("kind", AdChangeKind)
def test_each_kind_of_ad_change_sets_one_field_and_no_other(kind: AdChangeKind) -> None:
    account = {"customer_id": "1234567890", "resource": "customers/1234567890/campaigns/1", "currency": "GBP"}
    taken: list[str] = []
    for field in FIELDS:
        try:
            ApplyAdChange.model_validate({**account, "change_kind": kind, "field": field, "before": "1", "after": "2"})
        except ValidationError:
            continue
        taken.append(field)
    assert len(taken) == 1


@pytest.mark.parametrize("field", ["final_url", "name", "geo_target", "", "statu"])
def test_no_other_field_of_an_account_can_be_named(field: str) -> None:
    assert field not in FIELDS
    account = {"customer_id": "1234567890", "resource": "customers/1234567890/campaigns/1", "currency": "GBP"}
    for kind in AdChangeKind:
        with pytest.raises(ValidationError):
            ApplyAdChange.model_validate({**account, "change_kind": kind, "field": field, "before": "1", "after": "2"})


@pytest.mark.parametrize("kind", ["remove_campaign", "set_budget;", "SET_BUDGET", "*"])
def test_no_other_ad_change_can_be_proposed(kind: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(AdChangeKind).validate_python(kind)


def test_each_kind_of_alert_has_its_urgency_and_somebody_who_looks() -> None:
    watched = {kind for kinds in WATCHERS.values() for kind in kinds}
    assert set(SEVERITY) == set(AlertKind) == watched | {AlertKind.AD_ANOMALY}
