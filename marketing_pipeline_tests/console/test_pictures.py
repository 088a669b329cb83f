"""Pictures over HTTP: those of posts that one may see, in a closed set of sizes."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import update

from marketing_pipeline.domain.person import Role
from marketing_pipeline.store.tables import creatives
from marketing_pipeline_tests.cli.office import BRAND, FIRST, Office
from marketing_pipeline_tests.console.browser import Site
from marketing_pipeline_tests.console.other_room import OTHER, open_other_room


def picture_of(office: Office, post: str) -> str:
    """A stored picture that is one of the post's; its SHA-256."""
    jpeg = BytesIO()
    Image.new("RGB", (1080, 1350), "teal").save(jpeg, "JPEG")
    stored = office.work.media.put(jpeg.getvalue())
    with office.work.database.write() as connection:
        media = [stored.model_dump(mode="json")]
        connection.execute(update(creatives).where(creatives.c.post == post).values(media=media))
    return stored.sha256


def test_a_picture_is_for_who_sees_its_brand(site: Site, office: Office, brands: Path) -> None:
    office.queued()
    sha256 = picture_of(office, FIRST)
    open_other_room(brands)
    addresses = (f"/media/{sha256}.jpg", f"/media/{sha256}-96.jpg")
    for address in addresses:
        answer = site.client.get(address)
        assert answer.status_code == 200 and answer.headers["cache-control"].startswith("private")
        assert Image.open(BytesIO(answer.content)).width == (96 if "-96" in address else 1080)
    with site.as_(Role.VIEWER, "ben", frozenset({BRAND})) as ours:
        assert [ours.client.get(address).status_code for address in addresses] == [200, 200]
    with site.as_(Role.ADMIN, "otto", frozenset({OTHER})) as other:
        assert [other.client.get(address).status_code for address in addresses] == [404, 404]


@pytest.mark.parametrize(
    "name", ["a" * 64 + ".jpg", "a" * 64 + "-96.jpg", "a" * 64 + "-97.jpg", "%2e%2e%2faudit.key", "a.jpg"]
)
def test_a_picture_that_there_is_not_tells_nothing_of_the_machine(site: Site, office: Office, name: str) -> None:
    answer = site.client.get(f"/media/{name}")
    assert answer.status_code == 404 and str(office.work.home.root) not in answer.text
