import hashlib
import io
import threading
from pathlib import Path

import pytest
from PIL import Image

from marketing_pipeline.domain.errors import NotFound
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.store.media import MediaDamaged, MediaInvalid, MediaStore, MediaUnwritable


def jpeg(width: int = 108, height: int = 135, colour: str = "#B9472A", kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, kind)
    return out.getvalue()


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


def _files(store: MediaStore) -> list[str]:
    return sorted(path.name for path in store.path(Sha256("0" * 64)).parent.iterdir())


def test_a_picture_is_named_by_its_content_and_read_back(store: MediaStore) -> None:
    content = jpeg()
    media = store.put(content)
    assert media.sha256 == hashlib.sha256(content).hexdigest()
    assert (media.width, media.height, media.byte_count, media.mime) == (108, 135, len(content), "image/jpeg")
    assert store.open(media.sha256) == content
    assert _files(store) == [f"{media.sha256}.jpg"]


def test_a_picture_stored_again_is_left_alone(store: MediaStore) -> None:
    media = store.put(jpeg())
    before = store.path(media.sha256).stat()
    assert store.put(jpeg()) == media
    assert store.path(media.sha256).stat() == before


def test_threads_that_store_one_picture_store_it_once(store: MediaStore) -> None:
    threads = [threading.Thread(target=store.put, args=(jpeg(),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(_files(store)) == 1


def test_a_picture_that_was_changed_is_not_handed_out(store: MediaStore) -> None:
    media = store.put(jpeg())
    store.path(media.sha256).write_bytes(jpeg(colour="#000000"))
    with pytest.raises(MediaDamaged, match="is not what was approved"):
        store.open(media.sha256)


def test_a_damaged_picture_is_mended_by_storing_it_again(store: MediaStore) -> None:
    media = store.put(jpeg())
    store.path(media.sha256).write_bytes(b"")
    store.put(jpeg())
    assert store.open(media.sha256) == jpeg()


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", "", "A" * 64, "0" * 63, f"{'0' * 64}\n"])
def test_a_picture_that_is_not_there_is_said(store: MediaStore, name: str) -> None:
    with pytest.raises(NotFound):
        store.open(Sha256(name))


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
    assert not store.path(Sha256("0" * 64)).parent.exists()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MediaUnwritable, match=r"cannot be written.*disk has room"):
        MediaStore(tmp_path / "file" / "media").put(jpeg())
