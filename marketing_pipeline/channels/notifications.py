"""Notifications to people, through Apprise: a hundred services behind URLs, which hold secrets and are never shown."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import SecretStr

if TYPE_CHECKING:
    from apprise import NotifyBase

SECONDS = 20.0
"""No service may take longer: Apprise's own limits hold for each read, not for the whole."""


class Tone(StrEnum):
    """How a service shows the message, in Apprise's words."""

    INFO = "info"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Delivery:
    """`taken`: how many services took it. `problems`: one line for each that did not, without its address."""

    taken: int
    problems: tuple[str, ...]


class Notifier:
    """Tells people. `urls` are Apprise URLs; none means that nobody is told."""

    def __init__(self, urls: Sequence[SecretStr], seconds: float = SECONDS) -> None:
        self._urls = tuple(urls)
        self._seconds = seconds

    @property
    def has_listeners(self) -> bool:
        """Whether anybody is named."""
        return bool(self._urls)

    def send(self, title: str, body: str, tone: Tone) -> Delivery:
        """Send plain text to every service, each on its own: one that fails or hangs holds back no other."""
        _quiet()
        sendings = [_Sending(number, url, title, body, tone) for number, url in enumerate(self._urls, start=1)]
        for sending in sendings:
            sending.start()
        for sending in sendings:
            sending.join(self._seconds)
        problems = tuple(sending.problem for sending in sendings if sending.problem)
        return Delivery(len(sendings) - len(problems), problems)


class _Sending(threading.Thread):
    """One message to one service. A daemon thread: what hangs is left behind, not waited for."""

    def __init__(self, number: int, url: SecretStr, title: str, body: str, tone: Tone) -> None:
        super().__init__(name=f"notification {number}", daemon=True)
        self._called = f"service {number}"
        self._url = url
        self._message = (title, body, tone)
        self._answer: str | None = None

    @property
    def problem(self) -> str:
        """Why nobody was told; empty when somebody was."""
        return f"{self._called} did not answer in time" if self._answer is None else self._answer

    def run(self) -> None:
        """Send."""
        from apprise import NotifyFormat, NotifyType

        title, body, tone = self._message
        try:
            service = _service(self._url)
            if service is None:
                self._answer = f"{self._called}: its URL in MARKETING_NOTIFY_URLS is none that Apprise knows"
                return
            self._called = f"{self._called} ({service.service_name})"
            done = service.notify(
                title=title, body=body, notify_type=NotifyType(tone.value), body_format=NotifyFormat.TEXT
            )
            self._answer = "" if done else f"{self._called} did not take it"
        except Exception as error:  # a plugin's failure, whose words may hold its URL
            self._answer = f"{self._called} failed: {type(error).__name__}"


def _service(url: SecretStr) -> "NotifyBase | None":
    from apprise import Apprise, AppriseAsset, PersistentStoreMode

    # A service that answers with another address must not choose who is asked next.
    asset = AppriseAsset(storage_mode=PersistentStoreMode.MEMORY, http_redirects=False)
    return Apprise.instantiate(url.get_secret_value(), asset=asset)


def _quiet() -> None:
    """Both log addresses, which hold tokens: what there is to say is said by `Delivery`."""
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    logging.getLogger("urllib3.connectionpool").setLevel(logging.WARNING)
