"""Connections that several clients share: the accounts of one provider are served by a few, not by one each."""

import httpx


class KeptTransport(httpx.BaseTransport):
    """Passes requests on to a transport that outlives its clients: closing one of them closes no connection."""

    def __init__(self, kept: httpx.BaseTransport) -> None:
        self._kept = kept

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass it on."""
        return self._kept.handle_request(request)
