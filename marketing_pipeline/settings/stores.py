"""Where an installation of many machines keeps what one machine keeps as files in its home."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from marketing_pipeline.settings.service import SettingsInvalid

_EXAMPLES = {
    "MARKETING_DAGSTER_DATABASE_URL": ("postgresql://", "postgresql://marketing:password@db.example/dagster"),
    "MARKETING_WAREHOUSE_CATALOG": ("postgresql://", "postgresql://marketing:password@db.example/warehouse"),
    "MARKETING_WAREHOUSE_DATA": ("s3://", "s3://marketing-warehouse/data"),
    "MARKETING_MEDIA_STORE": ("s3://", "s3://marketing-media/pictures"),
}
# Dagster's own programs are given the driver's name as well: dagster-postgres works with that one alone.
_ALSO = {"MARKETING_DAGSTER_DATABASE_URL": ("postgresql+psycopg2://",)}


class Stores(BaseModel):
    """Each is empty by default: then it is a file or a folder of the home, which serves one machine.

    Object storage is reached with the credentials, region and endpoint that the AWS_* variables name.
    """

    model_config = ConfigDict(frozen=True)

    dagster: Annotated[SecretStr, Field(description="PostgreSQL that keeps Dagster's runs, events and ticks")] = (
        SecretStr("")
    )
    warehouse_catalog: Annotated[SecretStr, Field(description="PostgreSQL that keeps the warehouse's catalog")] = (
        SecretStr("")
    )
    warehouse_data: Annotated[str, Field(description="Object storage of the warehouse's tables")] = ""
    media: Annotated[str, Field(description="Object storage of creatives")] = ""


def stores_in(given: Mapping[str, str]) -> Stores:
    """Read the variables of the stores. Raises SettingsInvalid for an address that none of them can be at."""
    addresses: dict[str, str] = {}
    for name, (scheme, example) in _EXAMPLES.items():
        addresses[name] = given.get(name, "")
        if addresses[name] and not addresses[name].startswith((scheme, *_ALSO.get(name, ()))):
            raise SettingsInvalid(
                f"{name} does not begin with {scheme}.", f"Write an address such as {example}, or leave it empty."
            )
    dagster, catalog, data, media = addresses.values()
    if bool(catalog) is not bool(data):
        raise SettingsInvalid(
            "MARKETING_WAREHOUSE_CATALOG and MARKETING_WAREHOUSE_DATA belong together, and only one is set.",
            "Set both for a warehouse that many machines write, or neither for a file in the home.",
        )
    return Stores(dagster=SecretStr(dagster), warehouse_catalog=SecretStr(catalog), warehouse_data=data, media=media)
