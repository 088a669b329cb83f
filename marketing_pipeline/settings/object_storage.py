"""How S3-compatible object storage is reached, by the variables that every S3 client reads."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

_REGION = "us-east-1"


class ObjectStorage(BaseModel):
    """Credentials and place. Without an endpoint it is Amazon's."""

    model_config = ConfigDict(frozen=True)

    key_id: SecretStr = SecretStr("")
    secret: SecretStr = SecretStr("")
    session_token: SecretStr = SecretStr("")
    region: str = _REGION
    endpoint: Annotated[str, Field(description="URL of storage that is not Amazon's")] = ""


def object_storage_in(given: Mapping[str, str]) -> ObjectStorage:
    """Read the AWS_* variables; whatever is missing stays empty, since most installations store no object."""
    return ObjectStorage(
        key_id=SecretStr(given.get("AWS_ACCESS_KEY_ID", "")),
        secret=SecretStr(given.get("AWS_SECRET_ACCESS_KEY", "")),
        session_token=SecretStr(given.get("AWS_SESSION_TOKEN", "")),
        region=given.get("AWS_REGION") or given.get("AWS_DEFAULT_REGION") or _REGION,
        endpoint=given.get("AWS_ENDPOINT_URL_S3") or given.get("AWS_ENDPOINT_URL", ""),
    )
