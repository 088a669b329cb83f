"""A post whose pictures are in object storage: Instagram fetches them at signed addresses."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

from marketing_pipeline.channels.media_host import MediaHost
from marketing_pipeline.domain.effect import EffectState
from marketing_pipeline.store.media_bucket import MediaBucket
from marketing_pipeline_tests.execution.desk import Desk
from marketing_pipeline_tests.object_storage_server import ObjectStorageServer


def test_a_post_goes_out_with_pictures_of_a_bucket(
    desk: Desk, tmp_path: Path, object_storage: ObjectStorageServer
) -> None:
    effect = desk.queued(pictures=2)
    store = MediaBucket(f"s3://{object_storage.new_bucket()}", object_storage.storage, tmp_path / "cache")
    for path in desk.home.media.glob("*.jpg"):
        store.put(path.read_bytes())
        path.unlink()  # so that nothing but the bucket can have given it
    with closing(MediaHost(lambda name: store.signed_url(name, timedelta(days=1)))) as host:
        desk.media_host.close()
        desk.media_host = host
        desk.executor().drain()
    assert desk.effect(effect).state is EffectState.SUCCEEDED
