"""Token files: whole or not there, and never told of in words."""

import itertools
import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from pydantic import SecretStr

from marketing_pipeline.domain.channel_token import sha256_of
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.token_files import KeptToken, TokenFiles, TokenFileUnusable
from marketing_pipeline_tests.fixtures import NOW

BRAND, CHANNEL = BrandId("tea_room"), "instagram"


@pytest.mark.parametrize("content", ["", "sandbox-canary", '{"token": "canary"}', "[]"])
def test_a_damaged_file_is_refused_and_its_content_not_told(tmp_path: Path, content: str) -> None:
    files = TokenFiles(tmp_path)
    files.path(CHANNEL, BRAND).write_text(content, encoding="utf-8")
    with pytest.raises(TokenFileUnusable, match=r"is not what was written") as refused:
        files.read(CHANNEL, BRAND)
    assert "canary" not in str(refused.value) and str(files.path(CHANNEL, BRAND)) in str(refused.value)


def _write_for_ever(folder: Path, ready: Connection) -> None:
    files = TokenFiles(folder)
    for number in itertools.count():
        token = SecretStr(str(number % 10) * 500_000)
        kept = KeptToken(token=token, seed_sha256=sha256_of(token), issued_at=NOW)
        files.write(CHANNEL, BRAND, kept)
        if number == 0:
            ready.send(True)


@pytest.mark.parametrize("after", [0.0, 0.003, 0.011, 0.02, 0.041])
def test_a_writer_that_is_killed_leaves_a_whole_file(tmp_path: Path, after: float) -> None:
    heard, told = multiprocessing.Pipe(duplex=False)
    writer = multiprocessing.get_context("forkserver").Process(target=_write_for_ever, args=(tmp_path, told))
    writer.start()
    assert heard.poll(30) and heard.recv()
    SystemClock().sleep(after)
    writer.kill()
    writer.join()
    kept = TokenFiles(tmp_path).read(CHANNEL, BRAND)
    assert kept is not None and kept.sha256 == kept.seed_sha256
