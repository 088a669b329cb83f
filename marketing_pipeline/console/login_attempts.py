"""How often somebody may try to sign in: by the name that is tried, and by the address that it comes from."""

import math
import threading

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from marketing_pipeline.domain.clock import SystemClock

LIMITS: tuple[RateLimitItem, ...] = (RateLimitItemPerMinute(5), RateLimitItemPerHour(30))
_TOLD = RateLimitItemPerMinute(1, namespace="told")
_LONGEST_KEY = 100


class LoginAttempts:
    """Counts in the memory of the one process that serves the console. Safe to use from threads."""

    def __init__(self) -> None:
        self._windows = MovingWindowRateLimiter(MemoryStorage())
        self._lock = threading.Lock()

    def wait_seconds(self, **keys: str) -> int:
        """0, and the attempt counts; or for how many seconds none is taken of one of these keys."""
        named = [_key(kind, key) for kind, key in keys.items()]
        with self._lock:
            full = [
                self._windows.get_window_stats(limit, key).reset_time
                for limit in LIMITS
                for key in named
                if not self._windows.test(limit, key)
            ]
            if not full:
                for limit in LIMITS:
                    for key in named:
                        self._windows.hit(limit, key)
                return 0
        return max(1, math.ceil(max(full) - SystemClock().now().timestamp()))

    def is_first(self, **keys: str) -> bool:
        """Whether nothing was told of these keys within the last minute: who knocks without end fills no log."""
        return self._windows.hit(_TOLD, *(_key(kind, key) for kind, key in keys.items()))


def _key(kind: str, key: str) -> str:
    return f"{kind}:{key.casefold()[:_LONGEST_KEY]}"
