"""What other machines wrote to the lake, brought to the snapshots of this one."""

import logging
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.settings.object_storage import ObjectStorage
from marketing_pipeline.settings.stores import Stores
from marketing_pipeline.store.warehouse import PATIENCE_S

if TYPE_CHECKING:
    from marketing_pipeline.store.lake import Lake

log = logging.getLogger(__name__)


def named_lake(stores: Stores, storage: ObjectStorage, folder: Path, patience_s: float = PATIENCE_S) -> "Lake | None":
    """The lake that the settings name, its snapshots in `folder`; None where the warehouse is a file of the home."""
    if not stores.warehouse_catalog.get_secret_value():
        return None
    from marketing_pipeline.store.lake import Lake
    from marketing_pipeline.store.lake_session import LakePlace

    return Lake(LakePlace(stores.warehouse_catalog, stores.warehouse_data, storage), folder, patience_s)


def bring_news(stores: Stores, storage: ObjectStorage, folder: Path) -> None:
    """Publish a snapshot on this machine if the lake has changed since its last one; without a lake do nothing.

    A lake that cannot be read is told of in the log alone: whoever asks still reads the last snapshot.
    """
    lake = named_lake(stores, storage, folder)
    if lake is not None:
        with closing(lake):
            read_news(lake)


def read_news(lake: "Lake") -> None:
    """The same of an open lake."""
    from marketing_pipeline.store.lake_mirror import publish_lake

    try:
        publish_lake(lake)
    except MarketingError as error:
        log.warning("The snapshot of this machine may be old: %s", error)
