import hashlib
import io
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.store.media import MediaDamaged, MediaInvalid, MediaStore, MediaUnwritable
from marketing_pipeline.store.media_bucket import MediaBucket, client_of
from marketing_pipeline.store.media_folder import MediaFolder
from marketing_pipeline_tests.object_storage_server import ObjectStorageServer


def jpeg(width: int = 108, height: int = 135, colour: str = "#B9472A", kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, kind)
    return out.getvalue()


@dataclass(frozen=True)
class Place:
    """Where pictures are kept, and a way to change one behind the store's back."""

    store: MediaStore
    overwrite: Callable[[str, bytes], object]


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        folder = MediaFolder(tmp_path / "media")
        return Place(folder, lambda name, content: folder.path(Sha256(name)).write_bytes(content))
    server: ObjectStorageServer = request.getfixturevalue("object_storage")
    bucket = server.new_bucket()
    store = MediaBucket(f"s3://{bucket}/some/pictures/", server.storage, tmp_path / "cache")
    client = client_of(server.storage)
    return Place(
        store,
        lambda name, content: client.put_object(Bucket=bucket, Key=f"some/pictures/{name}.jpg", Body=content),
    )


@pytest.fixture
def store(place: Place) -> MediaStore:
    return place.store


def _kept(store: MediaStore) -> list[str]:
    return sorted(each.sha256 for each in store.stored())


def test_a_picture_is_named_by_its_content_and_read_back(store: MediaStore) -> None:
    content = jpeg()
    media = store.put(content)
    assert media.sha256 == hashlib.sha256(content).hexdigest()
    assert (media.width, media.height, media.byte_count, media.mime) == (108, 135, len(content), "image/jpeg")
    assert store.open(media.sha256) == content
    assert _kept(store) == [media.sha256]


def test_a_picture_stored_again_is_left_alone(store: MediaStore) -> None:
    media = store.put(jpeg())
    [before] = store.stored()
    assert store.put(jpeg()) == media
    [after] = store.stored()
    assert (after.sha256, after.byte_count) == (before.sha256, media.byte_count)
    assert before.stored_at <= after.stored_at and store.open(media.sha256) == jpeg()


def test_threads_that_store_one_picture_store_it_once(store: MediaStore) -> None:
    threads = [threading.Thread(target=store.put, args=(jpeg(),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(_kept(store)) == 1


def test_a_picture_that_was_changed_is_not_handed_out(place: Place, store: MediaStore) -> None:
    media = store.put(jpeg())
    place.overwrite(media.sha256, jpeg(colour="#000000"))
    with pytest.raises(MediaDamaged, match="is not what was approved"):
        store.open(media.sha256)


def test_a_damaged_picture_is_mended_by_storing_it_again(place: Place, store: MediaStore) -> None:
    media = store.put(jpeg())
    place.overwrite(media.sha256, b"")
    store.put(jpeg())
    assert store.open(media.sha256) == jpeg()


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", "", "A" * 64, "0" * 63, f"{'0' * 64}\n"])
def test_a_picture_that_is_not_there_is_said(store: MediaStore, name: str) -> None:
    with pytest.raises(NotFound):
        store.open(Sha256(name))
    if len(name) != 64 or name != "0" * 64:
        with pytest.raises(NotFound, match="is no SHA-256"):
            store.path(Sha256(name))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no whole JPEG"),
        (b"<html>502 Bad Gateway</html>", "no whole JPEG"),
        (jpeg(kind="PNG"), "no whole JPEG"),
        (jpeg(kind="GIF"), "no whole JPEG"),
        (jpeg(600, 600)[:-400], "no whole JPEG"),
        (jpeg()[:40], "no whole JPEG"),
        (jpeg(9_000, 5_000), "9000 x 5000 pixels"),
        (jpeg() + b"0" * 8_400_000, "bytes"),
    ],
    ids=["empty", "html", "png", "gif", "cut off", "header only", "huge", "heavy"],
)
def test_what_is_no_picture_is_refused_and_nothing_stored(store: MediaStore, content: bytes, words: str) -> None:
    with pytest.raises(MediaInvalid, match=words):
        store.put(content)
    assert _kept(store) == []


def test_a_picture_is_given_as_a_file_and_named_by_its_place(store: MediaStore) -> None:
    media = store.put(jpeg())
    assert store.path(media.sha256).read_bytes() == jpeg()
    assert store.address(media.sha256).endswith(f"/{media.sha256}.jpg")


def test_only_what_was_not_stored_again_is_taken_out(store: MediaStore) -> None:
    old, other = store.put(jpeg()).sha256, store.put(jpeg(colour="#000000")).sha256
    [stored_at, _] = sorted(each.stored_at for each in store.stored())
    assert set(store.remove([old, other], stored_at - timedelta(seconds=2))) == set()
    assert set(store.remove([old], stored_at + timedelta(seconds=2))) == {old}
    assert _kept(store) == [other]


def test_notes_of_maintenance_are_no_picture(store: MediaStore) -> None:
    assert store.notes() == b""
    store.put(jpeg())
    store.note(b"{}")
    assert store.notes() == b"{}" and len(_kept(store)) == 1


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MediaUnwritable, match=r"cannot be written.*disk has room"):
        MediaFolder(tmp_path / "file" / "media").put(jpeg())
