"""The Message Batches API: hand over, look, cancel, read results, and read back what may have been handed over."""

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any, cast

from marketing_pipeline.agents.connection import Connections
from marketing_pipeline.domain.identifiers import ModelCallId
from marketing_pipeline.domain.model_batch import ModelBatch

log = logging.getLogger(__name__)
_PATH = "/v1/messages/batches"
_CLOCKS_DIFFER = timedelta(minutes=5)
_NEWEST = 100


class Standing(StrEnum):
    """How a batch stands with the provider."""

    WORKING = "working"
    ENDED = "ended"
    GONE = "gone"
    """The provider does not know it, or no longer."""
    UNKNOWN = "unknown"
    """It could not be asked just now."""


class BatchRefused(Exception):
    """The provider has said no: nothing was taken, nothing will be charged."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class BatchWire:
    """Calls of the running loop's client, each made once."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def hand_over(self, requests: Mapping[ModelCallId, Mapping[str, Any]]) -> str | None:
        """The provider's id of the batch; None where it is not known whether it was taken. Raises BatchRefused."""
        import anthropic

        listed = [{"custom_id": call, "params": parameters} for call, parameters in requests.items()]
        try:
            async with self._connections.client() as client:
                made = await client.messages.batches.create(requests=cast(Any, listed))
        except anthropic.APIStatusError as error:
            if error.status_code < 500 or error.status_code == 529:
                raise BatchRefused(error) from error
            return _unclear(error)
        except (anthropic.AnthropicError, ValueError) as error:
            return _unclear(error)
        name: object = getattr(made, "id", None)
        return name if isinstance(name, str) and name else None

    async def standing(self, batch: ModelBatch) -> Standing:
        """How it stands."""
        import anthropic

        try:
            async with self._connections.client() as client:
                seen = await client.messages.batches.retrieve(str(batch.provider_id))
        except anthropic.NotFoundError:
            return Standing.GONE
        except (anthropic.AnthropicError, ValueError) as error:
            log.warning("The batch %s could not be looked at: %s", batch.id, type(error).__name__)
            return Standing.UNKNOWN
        return Standing.ENDED if getattr(seen, "processing_status", None) == "ended" else Standing.WORKING

    async def results(self, batch: ModelBatch) -> dict[ModelCallId, str] | None:
        """The results by call, as JSON, in whatever order they come; None where they could not be read just now.

        They are read from the API's own address: the one that a reply names is not told the key.
        """
        import anthropic
        import httpx2

        try:
            async with self._connections.client() as client:
                reply = await client.get(f"{_PATH}/{batch.provider_id}/results", cast_to=httpx2.Response)
                lines = (await reply.aread()).decode("utf-8", "replace").splitlines()
        except (anthropic.AnthropicError, httpx2.HTTPError) as error:
            log.warning("The results of the batch %s could not be read: %s", batch.id, type(error).__name__)
            return None
        return dict(found for line in lines if (found := _result(line)) is not None)

    async def cancel(self, batch: ModelBatch) -> None:
        """Have the provider leave what it has not come to. What goes wrong shows when it is looked at."""
        import anthropic

        try:
            async with self._connections.client() as client:
                await client.messages.batches.cancel(str(batch.provider_id))
        except (anthropic.AnthropicError, ValueError) as error:
            log.warning("The batch %s could not be cancelled: %s", batch.id, type(error).__name__)

    async def read_back(self, batch: ModelBatch, known: frozenset[str]) -> Sequence[str] | None:
        """Ids of batches as large, made since, that nobody knows of; None where the provider could not be asked."""
        import anthropic

        try:
            async with self._connections.client() as client:
                page = await client.messages.batches.list(limit=_NEWEST)
        except (anthropic.AnthropicError, ValueError):
            return None
        since = batch.started_at - _CLOCKS_DIFFER
        return [
            each.id
            for each in page.data
            if each.id not in known
            and each.created_at >= since
            and sum(each.request_counts.model_dump().values()) == batch.calls
        ]


def _unclear(error: Exception) -> None:
    log.warning("It is not known whether a batch was taken: %s", type(error).__name__)


def _result(line: str) -> tuple[ModelCallId, str] | None:
    try:
        found: Any = json.loads(line)
        return ModelCallId(str(found["custom_id"])), json.dumps(found["result"])
    except (ValueError, KeyError, TypeError):
        return None
