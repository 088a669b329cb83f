"""A step whose answers are still to come: it ends without a result, those after it are left out, the run is no failure.

The hourly schedule asks for the week again, and the run that finds the answers goes on from there.
"""

from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg

from marketing_pipeline.domain.model_batch import WaitsForBatch


@contextmanager
def unless_waiting(context: dg.AssetExecutionContext) -> Generator[None]:
    """Leave the body at WaitsForBatch, saying so in the run's log."""
    try:
        yield
    except WaitsForBatch as waits:
        context.log.info("%s %s", waits.message, waits.mend)
