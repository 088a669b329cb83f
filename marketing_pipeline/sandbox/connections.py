"""How many connections clients opened, by the service that they were opened for."""

from collections import Counter
from collections.abc import Mapping
from threading import Lock

from starlette.types import ASGIApp, Receive, Scope, Send

from marketing_pipeline.sandbox.wire import CONNECTION


class Connections:
    """Counts a connection once for each service that it is used for, by the first part of the path."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._accepted: Counter[str] = Counter()

    def accepted(self) -> Mapping[str, int]:
        """Connections so far, by service: anthropic, images, instagram, media, sandbox."""
        with self._lock:
            return dict(sorted(self._accepted.items()))

    def counted(self, app: ASGIApp) -> ASGIApp:
        """The same application; every request of it is looked at."""

        async def counting(scope: Scope, receive: Receive, send: Send) -> None:
            self._see(scope)
            await app(scope, receive, send)

        return counting

    def _see(self, scope: Scope) -> None:
        service, used_for = scope["path"].lstrip("/").partition("/")[0], scope[CONNECTION]
        if service not in used_for:
            used_for.add(service)
            with self._lock:
                self._accepted[service] += 1
