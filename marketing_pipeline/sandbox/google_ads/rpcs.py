"""The calls of each service, read from the client stubs of the google-ads package: their paths and message types."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import grpc

from marketing_pipeline.sandbox.google_ads.api import BASE

_NO_CALLS = frozenset({"host", "kind", "grpc_channel", "operations_client"})


@dataclass(frozen=True)
class Rpc:
    """One call. `request` and `response` are plain protobuf classes."""

    name: str
    path: str
    streams: bool
    request: Any
    response: Any


class _Noted(Exception):
    """The stub was asked to call, and has been written down instead."""


class _NotingChannel(grpc.Channel):
    """Connects to nothing: remembers what stubs it was asked for."""

    def __init__(self) -> None:
        self.rpcs: dict[str, Rpc] = {}

    def _note(self, path: str, serializer: Any, deserializer: Any, streams: bool) -> Callable[..., Any]:
        name = path.rpartition("/")[2]
        self.rpcs[name] = Rpc(name, path, streams, _plain(serializer), _plain(deserializer))
        return _Stub()

    def unary_unary(
        self, method: str, request_serializer: Any = None, response_deserializer: Any = None, *_: Any, **__: Any
    ) -> Any:
        return self._note(method, request_serializer, response_deserializer, streams=False)

    def unary_stream(
        self, method: str, request_serializer: Any = None, response_deserializer: Any = None, *_: Any, **__: Any
    ) -> Any:
        return self._note(method, request_serializer, response_deserializer, streams=True)

    def stream_unary(self, method: str, *_: Any, **__: Any) -> Any:
        return _Stub()

    def stream_stream(self, method: str, *_: Any, **__: Any) -> Any:
        return _Stub()

    def subscribe(self, callback: Any, try_to_connect: bool | None = False) -> None:
        """There is no connection to watch."""

    def unsubscribe(self, callback: Any) -> None:
        """There is no connection to watch."""

    def close(self) -> None:
        """There is no connection to close."""

    def __enter__(self) -> "_NotingChannel":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _plain(coder: Any) -> Any:
    """The plain message class behind a serializer or deserializer, which are class methods of the message types."""
    kind = coder.__self__
    return kind.pb() if hasattr(kind, "pb") else kind


class _Stub:
    """Stands for a call that must not be made."""

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise _Noted

    with_call = future = __call__


@cache
def rpcs(service: str) -> dict[str, Rpc]:
    """Every call of a service, such as CampaignBudgetService, by name."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in service).lstrip("_")
    module = import_module(f"{BASE}.services.services.{snake}.transports.grpc")
    kind = getattr(module, f"{service}GrpcTransport")
    channel = _NotingChannel()
    transport = kind(channel=channel)
    for name in _calls(kind):
        # The package makes unary stubs only once they are called.
        with suppress(_Noted):
            getattr(transport, name)(None)
    return channel.rpcs


def _calls(kind: type) -> Iterator[str]:
    return (name for name in dir(kind) if name not in _NO_CALLS and isinstance(getattr(kind, name), property))
