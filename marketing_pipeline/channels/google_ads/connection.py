"""The genuine client, configured: the sandbox and Google differ in nothing else."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from marketing_pipeline.channels.google_ads.failure import (
    VERSION,
    AdsFailure,
    AdsNotInstalled,
    call_errors,
    failure_of,
)
from marketing_pipeline.domain.ad_platform import AdFailureClass
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.settings import GoogleAdsAccess

SECONDS = 30.0
"""The time limit of one call; the package has none of its own."""
STREAM_SECONDS = 600.0
_ROOTS = "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"


class AdsConnection:
    """One TLS channel for searches and changes. Made at the first call; not for several threads at once."""

    def __init__(self, access: GoogleAdsAccess, clock: Clock, seconds: float = SECONDS) -> None:
        self._access = access
        self.clock = clock
        self.seconds = seconds

    @cached_property
    def client(self) -> Any:
        """The genuine client. Raises AdsNotInstalled, or AdsFailure for credentials that Google refuses."""
        try:
            from google.ads.googleads.client import GoogleAdsClient
        except ImportError as error:
            raise AdsNotInstalled("The package google-ads is not installed.", "pip install -e '.[ads]'") from error
        if self._access.root_certificate:
            # gRPC reads it before the first TLS channel of the process, and never again.
            os.environ[_ROOTS] = self._access.root_certificate
        # Raw pages need proto-plus: without it the client tries to convert their bytes.
        configuration = {**self._configuration(), "use_proto_plus": True}
        try:
            with self.failures():
                return GoogleAdsClient.load_from_dict(configuration, version=VERSION)
        except (OSError, ValueError) as error:
            raise AdsFailure(
                AdFailureClass.HUMAN,
                f"The Google Ads credentials cannot be used: {error}.",
                "Check the variables GOOGLE_ADS_* and the key file that they name.",
            ) from error

    @cached_property
    def request_ids(self) -> Any:
        """Keeps the request id of the newest successful change, which the client does not return by itself."""
        return _request_ids()

    @cached_property
    def service(self) -> Any:
        """GoogleAdsService. Kept for as long as anything streams: a service that is let go of ends its calls."""
        with self.failures():
            return self.client.get_service("GoogleAdsService", interceptors=[self.request_ids])

    def close(self) -> None:
        """Let go of the channel, if there is one."""
        if "service" in self.__dict__:
            self.service.transport.close()
            del self.__dict__["service"]

    @contextmanager
    def failures(self) -> Generator[None]:
        """Whatever the genuine client raises inside comes out as AdsFailure."""
        try:
            yield
        except call_errors() as error:
            raise failure_of(error, self.clock.now()) from error

    def _configuration(self) -> dict[str, Any]:
        access = self._access
        given = {
            "developer_token": access.developer_token.get_secret_value(),
            "login_customer_id": access.login_customer_id,
            "json_key_file_path": access.json_key_file_path,
            "client_id": access.client_id,
            "client_secret": access.client_secret.get_secret_value(),
            "refresh_token": access.refresh_token.get_secret_value(),
            "endpoint": access.endpoint,
        }
        return {name: value for name, value in given.items() if value}


def _request_ids() -> Any:
    import grpc

    class RequestIds(grpc.UnaryUnaryClientInterceptor):
        """Looks at the answer's metadata."""

        newest = ""

        def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
            """Pass the call on and note its id."""
            call = continuation(client_call_details, request)
            metadata = [*(call.initial_metadata() or ()), *(call.trailing_metadata() or ())]
            self.newest = str(dict(metadata).get("request-id", ""))
            return call

    return RequestIds()
