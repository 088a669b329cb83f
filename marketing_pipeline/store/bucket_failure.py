"""What went wrong with object storage, in plain words, and never with a credential in them."""

from collections.abc import Generator
from contextlib import contextmanager

from marketing_pipeline.domain.errors import MarketingError


class BucketFailed(MarketingError):
    """Object storage did not do what it was asked. `code` is its own name for the reason, where it gave one."""

    def __init__(self, message: str, mend: str, code: str = "") -> None:
        super().__init__(message, mend)
        self.code = code


NOT_THERE = frozenset({"NoSuchKey", "404", "NotFound"})
_REFUSED = frozenset(
    {
        "401",
        "403",
        "AccessDenied",
        "AllAccessDisabled",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidToken",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
    }
)
_OTHER_BYTES = frozenset({"BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch"})
_BUSY = frozenset({"429", "503", "RequestLimitExceeded", "ServiceUnavailable", "SlowDown", "Throttling"})


@contextmanager
def told_plainly(bucket: str) -> Generator[None]:
    """Raise BucketFailed for what the storage answers, and for what keeps it from being asked.

    Its own texts are left out: they may name keys, signatures and addresses.
    """
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        ConnectionError,
        HTTPClientError,
        NoCredentialsError,
        PartialCredentialsError,
    )

    try:
        yield
    except ClientError as error:
        raise _answered(bucket, str(error.response.get("Error", {}).get("Code", ""))) from None
    except (NoCredentialsError, PartialCredentialsError):
        raise BucketFailed(
            f"There are no credentials for the bucket {bucket}.",
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine a role.",
        ) from None
    except (ConnectionError, HTTPClientError) as error:
        raise BucketFailed(
            f"The storage of the bucket {bucket} gives no answer: {type(error).__name__}.",
            "Check the network, AWS_REGION and AWS_ENDPOINT_URL_S3. What was asked may be asked again.",
        ) from None
    except BotoCoreError as error:
        raise BucketFailed(
            f"The bucket {bucket} cannot be asked: {type(error).__name__}.",
            "Check MARKETING_MEDIA_STORE and the AWS_* variables.",
        ) from None


def _answered(bucket: str, code: str) -> BucketFailed:
    if code == "NoSuchBucket":
        words = f"There is no bucket {bucket}."
        mend = "Make it, or correct MARKETING_MEDIA_STORE, AWS_REGION or AWS_ENDPOINT_URL_S3."
    elif code in NOT_THERE:
        words, mend = (
            f"The bucket {bucket} lacks what was asked for.",
            "Look whether the bucket and the name are right.",
        )
    elif code in _REFUSED:
        words = f"The bucket {bucket} refuses access ({code})."
        mend = "Check the credentials and this machine's clock; they need to list, get, put and delete objects in it."
    elif code in _OTHER_BYTES:
        words, mend = f"What reached the bucket {bucket} were other bytes than those sent ({code}).", "Do it once more."
    elif code in _BUSY:
        words, mend = f"The bucket {bucket} takes no more requests for now ({code}).", "Wait, then do it once more."
    else:
        words, mend = (
            f"The bucket {bucket} refused: {code or 'no reason given'}.",
            "Look the code up with its provider.",
        )
    return BucketFailed(words, mend, code)
