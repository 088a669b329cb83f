"""Where an installation keeps its pictures: the home's folder, or the object storage that its settings name."""

from marketing_pipeline.settings.object_storage import ObjectStorage
from marketing_pipeline.settings.stores import Stores
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.media import MediaStore
from marketing_pipeline.store.media_folder import MediaFolder


def media_store(home: Home, stores: Stores, storage: ObjectStorage) -> MediaStore:
    """The pictures. Nothing is asked of the storage yet. Raises BucketUnusable."""
    if not stores.media:
        return MediaFolder(home.media)
    # Imported here: most installations have no object storage.
    from marketing_pipeline.store.media_bucket import MediaBucket

    return MediaBucket(stores.media, storage, home.media_cache)
