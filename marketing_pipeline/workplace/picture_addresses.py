"""Where Instagram fetches the pictures of an installation."""

from datetime import timedelta
from typing import TYPE_CHECKING

from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.settings import Service, ServiceMode, Settings
from marketing_pipeline.settings.address import local_address, public_address

if TYPE_CHECKING:
    from marketing_pipeline.channels.media_host import Addresses
    from marketing_pipeline.store.home import Home

LIFETIME = timedelta(days=1)
"""As long as a container lives, when whose picture is fetched is for Instagram to choose (content publishing guide)."""
_ENDPOINT = "AWS_ENDPOINT_URL_S3"


def picture_addresses(settings: Settings, home: "Home") -> "str | Addresses":
    """The public base address; without one, an address that the object storage signs for each picture and a day.

    Raises ServiceOff, EndpointRefused, CredentialMissing, SettingsInvalid; BucketUnusable and BucketFailed where it is
    to sign and cannot. Signed addresses themselves raise MediaFailure.
    """
    if not settings.signs_pictures:
        return settings.media_base_url()
    from marketing_pipeline.channels.media_host import MediaFailure, MediaProblem
    from marketing_pipeline.store.bucket_failure import BucketFailed
    from marketing_pipeline.store.media_bucket import MediaBucket

    bucket = MediaBucket(settings.stores.media, settings.object_storage, home.media_cache)
    check = public_address if settings.modes[Service.INSTAGRAM] is ServiceMode.LIVE else local_address
    # An address that may not be given to anybody stops the drain here, before it fails a post.
    check(bucket.signed_url(Sha256("0" * 64), LIFETIME), _ENDPOINT)

    def signed(sha256: Sha256) -> str:
        try:
            return bucket.signed_url(sha256, LIFETIME)
        except BucketFailed as failed:  # a role's credentials are fetched anew now and then
            raise MediaFailure(MediaProblem.UNREACHABLE, failed.message) from None

    return signed
