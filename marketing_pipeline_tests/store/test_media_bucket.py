"""What object storage may do to pictures: fail, give other bytes, have no more room for requests."""

import hashlib
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from marketing_pipeline.channels.media_host import MediaFailure, MediaHost, MediaProblem
from marketing_pipeline.domain.identifiers import Sha256
from marketing_pipeline.settings.object_storage import ObjectStorage
from marketing_pipeline.store.bucket_failure import BucketFailed
from marketing_pipeline.store.kept_pictures import KeptPictures
from marketing_pipeline.store.media import MediaDamaged
from marketing_pipeline.store.media_bucket import BucketUnusable, MediaBucket, client_of
from marketing_pipeline_tests.object_storage_server import (
    KEY_ID,
    SECRET,
    Answers,
    ObjectStorageServer,
    failing_storage,
    storage_at,
)
from marketing_pipeline_tests.store.test_media import jpeg

NAME = Sha256(hashlib.sha256(jpeg()).hexdigest())
DAY = timedelta(days=1)


def bucket(storage: ObjectStorage, tmp_path: Path, url: str = "s3://pictures/kept") -> MediaBucket:
    return MediaBucket(url, storage, tmp_path / "cache")


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (404, "NoSuchBucket", "There is no bucket pictures"),
        (403, "AccessDenied", r"refuses access \(AccessDenied\).*credentials"),
        (403, "SignatureDoesNotMatch", "refuses access"),
        (400, "BadDigest", "other bytes than those sent"),
        (400, "SomethingNew", "refused: SomethingNew"),
    ],
)
def test_a_refusal_is_told_in_plain_words_without_a_credential(
    tmp_path: Path, status: int, code: str, words: str
) -> None:
    with failing_storage(Answers(status, code)) as storage:
        with pytest.raises(BucketFailed, match=words) as put:
            bucket(storage, tmp_path).put(jpeg())
        with pytest.raises(BucketFailed, match=words):
            bucket(storage, tmp_path).open(NAME)
    assert KEY_ID not in repr(put.value) + str(put.value) and SECRET not in str(put.value)
    assert put.value.__cause__ is None


def test_too_many_requests_are_waited_out(tmp_path: Path) -> None:
    answers = Answers(503, "SlowDown", times=1, content=jpeg())
    with failing_storage(answers) as storage:
        assert bucket(storage, tmp_path).open(NAME) == jpeg()
    assert len(answers.asked) == 2


def test_a_picture_that_is_sent_again_is_whole(tmp_path: Path) -> None:
    answers = Answers(500, "InternalError", times=1)
    with failing_storage(answers) as storage:
        assert bucket(storage, tmp_path).put(jpeg()).sha256 == NAME
    assert answers.asked == [f"PUT /pictures/kept/{NAME}.jpg"] * 2


def test_other_bytes_are_noticed_and_never_kept(tmp_path: Path) -> None:
    with failing_storage(Answers(content=b"other bytes")) as storage:
        pictures = bucket(storage, tmp_path)
        for ask in (pictures.open, pictures.path):
            with pytest.raises(MediaDamaged, match="not what was approved"):
                ask(NAME)
    assert not (tmp_path / "cache").exists()


def test_storage_that_is_not_there_is_said(tmp_path: Path) -> None:
    with failing_storage(Answers()) as gone:
        pass
    with pytest.raises(BucketFailed, match="gives no answer"):
        bucket(gone, tmp_path).put(jpeg())


@pytest.mark.parametrize("url", ["s3://", "https://pictures/x", "s3://key:secret@pictures", "s3://pictures?x=1"])
def test_an_address_that_names_no_bucket_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(BucketUnusable, match="names no bucket"):
        bucket(storage_at("http://127.0.0.1:9"), tmp_path, url)


def test_threads_and_stores_of_a_process_share_one_client() -> None:
    assert client_of(storage_at("http://127.0.0.1:9")) is client_of(storage_at("http://127.0.0.1:9"))


def test_a_file_is_fetched_once_and_mended_where_it_is_damaged(
    tmp_path: Path, object_storage: ObjectStorageServer
) -> None:
    name = object_storage.new_bucket()
    pictures = bucket(object_storage.storage, tmp_path, f"s3://{name}")
    pictures.put(jpeg())
    file = pictures.path(NAME)
    client_of(object_storage.storage).delete_object(Bucket=name, Key=f"{NAME}.jpg")
    assert pictures.path(NAME) == file and file.read_bytes() == jpeg()
    pictures.put(jpeg())
    file.write_bytes(b"damaged")
    assert pictures.path(NAME).read_bytes() == jpeg()


def test_of_copies_the_longest_unused_go(tmp_path: Path) -> None:
    contents = [number.to_bytes(1) * 100 for number in range(4)]
    names = [Sha256(hashlib.sha256(content).hexdigest()) for content in contents]
    kept = KeptPictures(tmp_path, most_bytes=300)
    for name, content in zip(names[:3], contents[:3], strict=True):
        kept.keep(name, content)
    assert kept.path(names[0])
    kept.keep(names[3], contents[3])
    assert [kept.path(name) is not None for name in names] == [True, False, True, True]


def test_a_signed_address_gives_the_picture_to_anybody_and_no_other(
    tmp_path: Path, object_storage: ObjectStorageServer
) -> None:
    pictures = bucket(object_storage.storage, tmp_path, f"s3://{object_storage.new_bucket()}/kept")
    pictures.put(jpeg())
    address = pictures.signed_url(NAME, DAY)
    assert "X-Amz-Expires=86400" in address and SECRET not in address
    assert httpx.get(address.partition("?")[0]).status_code == 403
    host = MediaHost(lambda name: pictures.signed_url(name, DAY))
    host.check(NAME)
    with pytest.raises(MediaFailure) as refused:
        host.check(Sha256("0" * 64))
    host.close()
    assert refused.value.problem is MediaProblem.NOT_SERVED and "?" not in refused.value.message


def test_more_pictures_than_a_page_holds_are_listed_and_taken_out(
    tmp_path: Path, object_storage: ObjectStorageServer
) -> None:
    name = object_storage.new_bucket()
    client = client_of(object_storage.storage)
    for number in range(3):
        client.put_object(Bucket=name, Key=f"{number:064x}.jpg", Body=b"x")
    client.put_object(Bucket=name, Key="below/another.jpg", Body=b"x")
    client.put_object(Bucket=name, Key="notes.txt", Body=b"x")
    pictures = bucket(object_storage.storage, tmp_path, f"s3://{name}")
    found = [each.sha256 for each in pictures.stored()]
    assert len(found) == 3
    later = max(each.stored_at for each in pictures.stored()) + DAY
    assert set(pictures.remove([*found, Sha256("f" * 64)], later)) == set(found)
    assert client.list_objects_v2(Bucket=name)["KeyCount"] == 2
