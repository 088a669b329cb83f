"""What the doctor looks at where pictures are kept: that they can be stored, and that Instagram would be given them."""

import io
import secrets
import tempfile
from collections.abc import Iterator
from datetime import timedelta

from marketing_pipeline.channels.media_host import MediaHost
from marketing_pipeline.channels.public_transport import PublicTransport
from marketing_pipeline.cli.finding import Finding, looked_at
from marketing_pipeline.domain.clock import SystemClock, aware
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.settings import Service, ServiceMode, Settings
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.media import MediaStore
from marketing_pipeline.store.media_place import media_store
from marketing_pipeline.workplace.picture_addresses import picture_addresses

_AHEAD = timedelta(days=1)
"""By how much the storage's clock may be before ours, for the picture of this look to be taken out again."""


class MediaUnwell(MarketingError):
    """Pictures cannot be kept where the settings say."""


def pictures(settings: Settings) -> Iterator[Finding]:
    """The folder; or the bucket, with what its public address gives."""
    home = Home(settings.home, settings.database_url.get_secret_value())
    if not settings.stores.media:
        yield looked_at("media folder", lambda: _folder(home))
        return
    yield looked_at("media storage", lambda: _bucket(settings, home))


def _folder(home: Home) -> str:
    place = next(folder for folder in (home.media, *home.media.parents) if folder.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".doctor-"):
            pass
    except OSError as error:
        mend = "Give this user the right to write there."
        raise MediaUnwell(f"{place} cannot be written: {error.strerror}.", mend) from error
    return f"{home.media} can be written"


def _bucket(settings: Settings, home: Home) -> str:
    """Store a picture of this look's own, have it served, and take it out again."""
    store = media_store(home, settings.stores, settings.object_storage)
    sha256 = store.put(_picture()).sha256
    try:
        store.open(sha256)
        served = _served(settings, home, sha256)
    finally:
        _take_out(store, sha256)
    return f"{settings.stores.media} can be written; {served}"


def _take_out(store: MediaStore, sha256: Sha256) -> None:
    if not store.remove([sha256], aware(SystemClock().now()) + _AHEAD):
        raise MediaUnwell(
            f"{store.address(sha256)} cannot be taken out.", "Allow s3:DeleteObject, or maintenance fails."
        )


def _served(settings: Settings, home: Home, sha256: Sha256) -> str:
    if settings.is_off(Service.INSTAGRAM):
        return "Instagram is off, so nobody fetches from it"
    live = settings.modes[Service.INSTAGRAM] is ServiceMode.LIVE
    host = MediaHost(picture_addresses(settings, home), transport=PublicTransport() if live else None)
    try:
        host.check(sha256)
    finally:
        host.close()
    return "signed addresses give its pictures" if settings.signs_pictures else f"{settings.media_url} serves it"


def _picture() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (1, 1)).save(out, "JPEG", comment=secrets.token_bytes(16))
    return out.getvalue()
