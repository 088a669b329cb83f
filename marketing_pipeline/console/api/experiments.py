"""Experiments: read them, and what they say now."""

from typing import Annotated

from fastapi import APIRouter, Query

from marketing_pipeline.console.api.caller import BrandQuery, Caller, Id, brands_for
from marketing_pipeline.domain.experiment import Experiment, ExperimentState
from marketing_pipeline.domain.experiment_readout import Readout
from marketing_pipeline.domain.identifiers import BrandId

router = APIRouter(prefix="/experiments", tags=["experiments"])


@router.get("")
def list_all(
    desk: Caller,
    brand: BrandQuery = None,
    state: Annotated[ExperimentState | None, Query(description="Left out: every state")] = None,
) -> tuple[Experiment, ...]:
    """Experiments, newest first, with what each said when the weekly run last read it."""
    brands_for(desk, brand)
    return desk.place.experiments.list(desk.person, None if brand is None else BrandId(brand), state)


@router.get("/{experiment}")
def show(desk: Caller, experiment: Id) -> Readout:
    """What an experiment says now, pair by pair, with its posts. Looking changes nothing, and spoils nothing."""
    return desk.place.experiments.readout(desk.person, experiment)
