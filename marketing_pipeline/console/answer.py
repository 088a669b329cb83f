"""The answer to one request on its way out: with the headers that keep browsers careful, whoever made it."""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import Message, Send

STATIC = "/static/"
_FOR_EVER, _AN_HOUR = "public, max-age=31536000, immutable", "public, max-age=3600"
_HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src"
    " 'self'; object-src 'none'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Answer:
    """What is sent in answer to a request. `begun`: something of it is on its way already."""

    def __init__(self, send: Send, request: Request) -> None:
        self._send = send
        self._request = request
        self.begun = False

    async def __call__(self, message: Message) -> None:
        """Send the next part."""
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", self._caching(message["status"]))
        await self._send(message)

    def _caching(self, status: int) -> str:
        if status >= 400 or not self._request.url.path.startswith(STATIC):
            return "no-store"
        return _FOR_EVER if "v" in self._request.query_params else _AN_HOUR
