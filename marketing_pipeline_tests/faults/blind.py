"""The mutant: a client whose looks back see nothing. With it the read-back might as well be removed."""

from datetime import datetime

from pydantic import SecretStr

from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.channels.instagram_answers import ContainerReading, ContainerStatus, Media
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline_tests.faults.agency import Office, account_of


class BlindClient(InstagramClient):
    """Says of a published container that it waits, and of every account that it has no posts."""

    def container_status(self, container: str) -> ContainerReading:
        reading = super().container_status(container)
        published = reading.status_code is ContainerStatus.PUBLISHED
        return ContainerReading(status_code=ContainerStatus.FINISHED) if published else reading

    def recent_media(self, account: str, since: datetime) -> tuple[Media, ...]:
        return ()


def blind_client(office: Office, brand: Brand) -> BlindClient:
    """A blind client for one of the office's brands."""
    token = SecretStr(f"sandbox-{account_of(brand)}")
    return BlindClient(f"{office.url}/instagram", token, office.clock, office.timeout, office.transport)
