"""The sandbox's Google Ads as one server on loopback, which the genuine client reaches by configuration alone."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc

from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.sandbox.google_ads.api import BASE
from marketing_pipeline.sandbox.google_ads.certificates import Authority, write_private
from marketing_pipeline.sandbox.google_ads.platform import AdsPlatform, AdsSandboxConfig
from marketing_pipeline.sandbox.google_ads.side_door import HOST, SideDoor, write_service_account
from marketing_pipeline.settings.google_ads import CONNECTION_FILE

_THREADS = 8
_STOP_SECONDS = 2.0


class AdsSandboxFailed(MarketingError):
    """The sandbox's Google Ads cannot be served."""


class GoogleAdsSandbox(AdsPlatform):
    """Serves from threads of this process, between `start` and `stop` or for as long as a `with` block lasts."""

    def __init__(self, config: AdsSandboxConfig, clock: Clock | None = None) -> None:
        super().__init__(config, clock)
        self._server: grpc.Server | None = None
        self._door: SideDoor | None = None
        self._port = 0

    @property
    def endpoint(self) -> str:
        """The client's `endpoint`, such as localhost:50051. Raises AdsSandboxFailed before `start`."""
        if self._server is None:
            raise AdsSandboxFailed("The sandbox is not started.", "Call start() first, or use it in a with block.")
        return f"localhost:{self._port}"

    @property
    def root_certificate(self) -> Path:
        """What GRPC_DEFAULT_SSL_ROOTS_FILE_PATH must name before the first TLS channel of the client's process."""
        return (self.config.certificates or self.config.folder / "certificates") / "ca.pem"

    @property
    def service_account_file(self) -> Path:
        """The client's `json_key_file_path`."""
        return self.config.folder / "google_ads_service_account.json"

    @property
    def connection_file(self) -> Path:
        """While it serves: how it is reached, as `settings.google_ads` reads it."""
        return self.config.home / CONNECTION_FILE

    @property
    def side_door_url(self) -> str:
        """Plain HTTP: /token, /journal, /calls and /faults. Raises AdsSandboxFailed before `start`."""
        if self._door is None:
            raise AdsSandboxFailed("The sandbox is not started.", "Call start() first, or use it in a with block.")
        return self._door.url

    def client_configuration(self, use_proto_plus: bool = False) -> dict[str, Any]:
        """What GoogleAdsClient.load_from_dict takes; the root certificate is named by the environment beside it."""
        return {
            "developer_token": self.config.developer_token,
            "login_customer_id": self.config.manager_id,
            "use_proto_plus": use_proto_plus,
            "json_key_file_path": str(self.service_account_file),
            "endpoint": self.endpoint,
        }

    def start(self) -> None:
        """Serve. Raises AdsSandboxFailed when the port is taken."""
        authority = Authority(self.root_certificate.parent)
        server = grpc.server(
            ThreadPoolExecutor(_THREADS, thread_name_prefix="google-ads"),
            # Without the second, a port in use would be shared with its owner.
            options=[("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0)],
        )
        for service, found in self.rpcs.items():
            known = {
                name: handler for name, rpc in found.items() if (handler := self.answering.handler(rpc)) is not None
            }
            server.add_generic_rpc_handlers(
                (grpc.method_handlers_generic_handler(f"{BASE}.services.{service}", known),)
            )
        try:
            self._port = server.add_secure_port(
                f"{HOST}:{self.config.port}", grpc.ssl_server_credentials([authority.server_certificate()])
            )
        except RuntimeError as taken:
            raise AdsSandboxFailed(
                f"Port {self.config.port} of {HOST} is not free.", "Choose another port, or 0 for any free one."
            ) from taken
        server.start()
        self._server = server
        self._door = SideDoor(
            {
                ("GET", "/journal"): self._tell_journal,
                ("GET", "/calls"): lambda _, __: [call.model_dump(mode="json") for call in self.calls()],
                ("GET", "/faults"): lambda _, __: self._tell_faults(),
                ("POST", "/faults"): self._take_order,
                ("DELETE", "/faults"): lambda _, __: self.clear_faults(),
            }
        )
        write_service_account(self.service_account_file, authority.service_account_key(), f"{self._door.url}/token")
        reached = {**self.client_configuration(), "root_certificate": str(self.root_certificate)}
        del reached["use_proto_plus"]
        self.connection_file.parent.mkdir(parents=True, exist_ok=True)
        write_private(self.connection_file, json.dumps(reached).encode())

    def stop(self) -> None:
        """Stop serving and let go of the ports and the file."""
        self.connection_file.unlink(missing_ok=True)
        if self._server is not None:
            self._server.stop(grace=None).wait(_STOP_SECONDS)
        if self._door is not None:
            self._door.close()
        self._server = self._door = None
        self.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _tell_journal(self, parameters: Mapping[str, str], _: str) -> list[dict[str, Any]]:
        entries = self.journal(parameters.get("customer"), int(parameters.get("after", "0")))
        return [entry.model_dump(mode="json") for entry in entries]

    def _tell_faults(self) -> list[dict[str, Any]]:
        return [{**fault.model_dump(mode="json"), "remaining": left} for fault, left in self.pending_faults()]

    def _take_order(self, _: Mapping[str, str], body: str) -> list[dict[str, Any]]:
        self.order(body)
        return self._tell_faults()
