"""Pictures in S3-compatible object storage: what many machines need."""

import base64
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.settings.object_storage import ObjectStorage
from marketing_pipeline.store.bucket_failure import NOT_THERE, BucketFailed, told_plainly
from marketing_pipeline.store.kept_pictures import KeptPictures
from marketing_pipeline.store.media import MediaStore, StoredPicture, require_sha256

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

CONNECT_SECONDS = 5
ANSWER_SECONDS = 20
TRIES = 4
"""Of each request, with pauses that grow: refusals for too many requests and answers that fail to come."""
AT_ONCE = 16
LOOKED_AT_TOGETHER = 100
"""How many pictures are taken out with one request, after the time of each was looked at: the fewer, the closer."""
_FOR_EVER = "public, max-age=31536000, immutable"
_NOTES = ".orphans.json"


class BucketUnusable(MarketingError):
    """The settings name object storage that this installation cannot speak with."""


class MediaBucket(MediaStore):
    """Keeps each picture as `<prefix>/<sha256>.jpg`. `url` is `s3://bucket/prefix`; raises BucketUnusable.

    `cache` is a folder of this machine, made when a file is first asked for, and can be deleted at any time.
    """

    def __init__(self, url: str, storage: ObjectStorage, cache: Path) -> None:
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment or "@" in parts.netloc:
            raise BucketUnusable(
                "MARKETING_MEDIA_STORE names no bucket.", "Write an address such as s3://marketing-media/pictures."
            )
        prefix = parts.path.strip("/")
        self._bucket = parts.netloc
        self._prefix = f"{prefix}/" if prefix else ""
        self._client = client_of(storage)
        self._cache = KeptPictures(cache)

    def address(self, sha256: Sha256) -> str:
        """Its `s3://` address."""
        return f"s3://{self._bucket}/{self._key(f'{sha256}.jpg')}"

    def path(self, sha256: Sha256) -> Path:
        """A copy in the cache, whole or fetched anew."""
        return self._cache.path(require_sha256(sha256)) or self._cache.keep(sha256, self.open(sha256))

    def signed_url(self, sha256: Sha256, lifetime: timedelta) -> str:
        """An address that gives this picture to anybody for as long; sooner where the credentials end. A secret."""
        with told_plainly(self._bucket):
            return self._client.generate_presigned_url(
                "get_object",
                Params={"Bucket": self._bucket, "Key": self._key(f"{require_sha256(sha256)}.jpg")},
                ExpiresIn=int(lifetime.total_seconds()),
            )

    def stored(self) -> Iterator[StoredPicture]:
        """Every `*.jpg` below the prefix, a thousand a request. Raises BucketFailed."""
        with told_plainly(self._bucket):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix, Delimiter="/"
            )
            for page in pages:
                for found in page.get("Contents", ()):
                    match found:
                        case {"Key": key, "Size": size, "LastModified": at} if key.endswith(".jpg"):
                            name = key.removeprefix(self._prefix).removesuffix(".jpg")
                            yield StoredPicture(Sha256(name), size, at)
                        case _:
                            pass

    def remove(self, pictures: Collection[Sha256], stored_before: datetime) -> Collection[Sha256]:
        """Look at the time of some, and take these out with one request. Raises BucketFailed, with some gone."""
        gone: list[Sha256] = []
        names = list(pictures)
        for start in range(0, len(names), LOOKED_AT_TOGETHER):
            some = names[start : start + LOOKED_AT_TOGETHER]
            old = [name for name in some if self._is_older(name, stored_before)]
            gone += self._delete(old) if old else []
        return gone

    def notes(self) -> bytes:
        """The object `.orphans.json`, so that all machines note in one place. Raises BucketFailed."""
        return self._get(_NOTES) or b""

    def note(self, content: bytes) -> None:
        """Replace that object. Raises BucketFailed."""
        with told_plainly(self._bucket):
            self._client.put_object(
                Bucket=self._bucket, Key=self._key(_NOTES), Body=content, ContentType="application/json"
            )

    def _keep(self, sha256: Sha256, jpeg: bytes) -> None:
        """One request that may be repeated: the same bytes under the same name, refused where others arrive.

        Written even where it is there: that mends a damaged one, and gives it a new time, by which pruning leaves it.
        """
        with told_plainly(self._bucket):
            self._client.put_object(
                Bucket=self._bucket,
                Key=self._key(f"{sha256}.jpg"),
                Body=jpeg,
                ChecksumSHA256=base64.b64encode(bytes.fromhex(sha256)).decode(),
                ContentType="image/jpeg",
                CacheControl=_FOR_EVER,
            )

    def _content(self, sha256: Sha256) -> bytes:
        content = self._get(f"{sha256}.jpg")
        if content is None:
            mend = "Make the creative again, or restore an older version where the bucket keeps versions."
            raise NotFound(f"There is no picture {self.address(sha256)}.", mend)
        return content

    def _get(self, name: str) -> bytes | None:
        try:
            with told_plainly(self._bucket):
                return self._client.get_object(Bucket=self._bucket, Key=self._key(name))["Body"].read()
        except BucketFailed as failed:
            if failed.code in NOT_THERE:
                return None
            raise

    def _is_older(self, name: Sha256, moment: datetime) -> bool:
        try:
            with told_plainly(self._bucket):
                found = self._client.head_object(Bucket=self._bucket, Key=self._key(f"{name}.jpg"))
        except BucketFailed as failed:
            if failed.code in NOT_THERE:
                return False
            raise
        return found["LastModified"] <= moment

    def _delete(self, names: list[Sha256]) -> list[Sha256]:
        with told_plainly(self._bucket):
            answer = self._client.delete_objects(
                Bucket=self._bucket,
                Delete={"Objects": [{"Key": self._key(f"{name}.jpg")} for name in names], "Quiet": True},
            )
        kept = {error.get("Key") for error in answer.get("Errors", ())}
        return [name for name in names if self._key(f"{name}.jpg") not in kept]

    def _key(self, name: str) -> str:
        return f"{self._prefix}{name}"


def client_of(storage: ObjectStorage) -> "S3Client":
    """The client of this process, which its threads share. Raises BucketUnusable.

    Without a key of the settings it looks for a role of the machine, as every such client does.
    """
    if find_spec("boto3") is None:
        raise BucketUnusable(
            "MARKETING_MEDIA_STORE is set, and the package boto3 is not installed.",
            "Install the extra: `pip install 'marketing-pipeline[s3]'`.",
        )
    secrets = (storage.key_id, storage.secret, storage.session_token)
    return _client(storage.region, storage.endpoint, *(each.get_secret_value() for each in secrets))


@lru_cache(maxsize=4)
def _client(region: str, endpoint: str, key_id: str, secret: str, session_token: str) -> "S3Client":
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=ANSWER_SECONDS,
        retries={"mode": "standard", "total_max_attempts": TRIES},
        max_pool_connections=AT_ONCE,
        signature_version="s3v4",
        # Names of buckets are no host names of storage that is not Amazon's.
        s3={"addressing_style": "path" if endpoint else "auto"},
        # What is sent carries a checksum of ours, and what comes is held against its name.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.session.Session().client(
        "s3",
        region_name=region,
        endpoint_url=endpoint or None,
        aws_access_key_id=key_id or None,
        aws_secret_access_key=secret or None,
        aws_session_token=session_token or None,
        config=config,
    )
