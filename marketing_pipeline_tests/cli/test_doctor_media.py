"""What `marketing doctor` says of pictures in object storage."""

import pytest

from marketing_pipeline.store.media_bucket import client_of
from marketing_pipeline_tests.cli.command_line import Run, row
from marketing_pipeline_tests.cli.office import Office
from marketing_pipeline_tests.object_storage_server import KEY_ID, SECRET, ObjectStorageServer


@pytest.fixture
def bucket(office: Office, object_storage: ObjectStorageServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty bucket, in which the office keeps its pictures."""
    name = object_storage.new_bucket()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", object_storage.storage.endpoint)
    monkeypatch.setenv("MARKETING_MEDIA_STORE", f"s3://{name}/kept")
    return name


def test_a_picture_is_stored_served_and_taken_out(bucket: str, run: Run, object_storage: ObjectStorageServer) -> None:
    found = row(run("doctor", "--json"), "media storage")
    assert found["ok"] and found["detail"] == f"s3://{bucket}/kept can be written; signed addresses give its pictures"
    assert client_of(object_storage.storage).list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_an_address_that_serves_something_else_is_found(
    bucket: str, run: Run, object_storage: ObjectStorageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKETING_MEDIA_BASE_URL", f"{object_storage.storage.endpoint}/elsewhere")
    found = row(run("doctor", "--json"), "media storage")
    assert not found["ok"] and "answers with status" in found["detail"]
    assert client_of(object_storage.storage).list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_bucket_that_is_not_there_is_named(bucket: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETING_MEDIA_STORE", "s3://no-such-bucket/kept")
    said = run("doctor", "--json")
    assert "There is no bucket no-such-bucket" in row(said, "media storage")["detail"]
    assert SECRET not in said.out and KEY_ID not in said.out


def test_live_mode_gives_instagram_no_local_address(bucket: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETING_INSTAGRAM_MODE", "live")
    said = run("doctor", "--json")
    assert "AWS_ENDPOINT_URL_S3 is local or not https" in row(said, "media storage")["detail"]
    assert "media address" not in {each["name"] for each in said.json["rows"]}
