"""`marketing audit list`, `export` and `verify --file`; and what changed configuration leaves in the log."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from marketing_pipeline.settings import Settings
from marketing_pipeline.store.signature import sign
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import BRAND, EFFECT, FIRST, SECOND, Office, write_brand


def test_what_was_done_is_listed_by_subject_brand_and_action(office: Office, run: Run) -> None:
    office.published()
    run("pause", "--note", "wrong prices")
    of_effect = run("audit", "list", "--subject", EFFECT, "--json").json
    assert {row["subject"] for row in of_effect} == {EFFECT}
    holds = run("audit", "list", "--action", "hold", "--json").json
    assert [(row["action"], row["detail"]["note"]) for row in holds] == [("hold.set", "wrong prices")]
    assert run("audit", "list", "--action", "hold.lifted", "--json").json == []
    posts = run("audit", "list", "--action", "post", "--brand", BRAND, "--json").json
    assert posts and {row["action"].split(".")[0] for row in posts} == {"post"}
    newest = run("audit", "list", "--limit", "2", "--json").json
    assert [row["sequence"] for row in newest] == sorted(row["sequence"] for row in newest)
    assert len(newest) == 2 and newest[-1]["action"] == "hold.set"
    assert "wrong prices" in run("audit", "list").words
    assert "Nothing of that kind" in run("audit", "list", "--subject", "nobody").out


def _exported(run: Run, tmp_path: Path, *options: str) -> Path:
    said = run("audit", "export", *options)
    assert said.code == 0
    file = tmp_path / "audit.jsonl"
    file.write_text(said.out, encoding="utf-8")
    return file


def test_an_export_is_checked_on_another_machine_with_the_key_alone(
    office: Office, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.published()
    whole = _exported(run, tmp_path)
    rows = [json.loads(line) for line in whole.read_text(encoding="utf-8").splitlines()]
    assert [row["sequence"] for row in rows] == list(range(1, len(rows) + 1))
    monkeypatch.setenv("MARKETING_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("MARKETING_AUDIT_KEY", (office.work.home.root / "audit.key").read_text(encoding="utf-8"))
    said = run("audit", "verify", "--file", str(whole))
    assert (said.code, f"{len(rows)} rows, each as it was written" in said.out) == (0, True)
    assert not (tmp_path / "elsewhere" / "control_plane.sqlite").exists()
    monkeypatch.setenv("MARKETING_AUDIT_KEY", "k" * 40)
    said = run("audit", "verify", "--file", str(whole))
    assert (said.code, "Row 1 is not as it was written" in said.err) == (1, True)


def test_parts_of_the_log_are_exported_and_checked(office: Office, run: Run, tmp_path: Path) -> None:
    office.published()
    run("pause")
    run("posts", "cancel", SECOND, "--yes")
    assert "5 rows" in run("audit", "verify", "--file", str(_last(run, tmp_path, 5))).out
    of_brand = _exported(run, tmp_path, "--brand", BRAND)
    assert {json.loads(line)["brand"] for line in of_brand.read_text().splitlines()} == {BRAND}
    assert run("audit", "verify", "--file", str(of_brand)).code == 1
    assert run("audit", "verify", "--file", str(of_brand), "--gaps").code == 0


def _last(run: Run, tmp_path: Path, rows: int) -> Path:
    [newest] = run("audit", "list", "--limit", "1", "--json").json
    return _exported(run, tmp_path, "--from", str(newest["sequence"] - rows + 1))


def _edit(lines: list[str]) -> list[str]:
    row = json.loads(lines[3])
    return [*lines[:3], json.dumps({**row, "actor": "mallory"}), *lines[4:]]


Harm = Callable[[list[str]], list[str]]
HARMS: dict[str, tuple[Harm, str, bool]] = {
    "edited": (_edit, "Row 4 is not as it was written", False),
    "cut out": (lambda lines: [*lines[:3], *lines[4:]], "Row 4 is missing", False),
    "twice": (lambda lines: [*lines[:4], *lines[3:]], "Row 5 is missing", False),
    "swapped": (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], "Row 4 is missing", False),
    "edited, gaps allowed": (_edit, "Row 4 is not as it was written", True),
    "swapped, gaps allowed": (lambda lines: [lines[4], lines[3], *lines[5:]], "is missing", True),
    "no JSON": (lambda lines: [*lines[:3], "{", *lines[4:]], "Line 4 is no row", False),
    "another field": (lambda lines: [lines[0].replace("{", '{"x": 1, ', 1), *lines[1:]], "Line 1 is no row", False),
}


@pytest.mark.parametrize(("harm", "problem", "gaps"), HARMS.values(), ids=HARMS.keys())
def test_an_export_that_was_touched_is_told(
    office: Office, run: Run, tmp_path: Path, harm: Harm, problem: str, gaps: bool
) -> None:
    office.published()
    file = _exported(run, tmp_path)
    file.write_text("\n".join(harm(file.read_text(encoding="utf-8").splitlines())), encoding="utf-8")
    said = run("audit", "verify", "--file", str(file), *(["--gaps"] if gaps else []))
    assert said.code == 1
    assert problem in said.words and "Traceback" not in said.err


def test_a_chain_rewritten_by_who_has_the_key_does_not_fit_the_anchor(office: Office, run: Run, tmp_path: Path) -> None:
    office.published()
    run("pause", "--note", "wrong prices")
    file, key = _exported(run, tmp_path), office.work.settings.audit_key()
    previous, forged = "0" * 64, list[str]()
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        content = {name: row[name] for name in ("sequence", "actor", "action", "subject", "brand", "detail")}
        at = datetime.fromisoformat(row["at"]).isoformat(timespec="microseconds")
        content |= {"actor": "mallory" if row["sequence"] == 4 else row["actor"], "at": at, "previous": previous}
        mac = sign(key, "audit", content)
        forged.append(json.dumps({**row, "actor": content["actor"], "previous_mac": previous, "mac": mac}))
        previous = mac
    file.write_text("\n".join(forged), encoding="utf-8")
    said = run("audit", "verify", "--file", str(file))
    assert said.code == 1 and "the chain was written anew" in said.err
    (office.work.home.audit_anchor).unlink()
    assert run("audit", "verify", "--file", str(file)).code == 0


def test_a_file_that_is_not_there(office: Office, run: Run, tmp_path: Path) -> None:
    said = run("audit", "verify", "--file", str(tmp_path / "nothing"))
    assert said.code == 1 and "audit export" in said.err


def _told(run: Run, subject: str) -> list[dict[str, Any]]:
    return [row["detail"] for row in run("audit", "list", "--subject", subject, "--json").json]


def test_a_brand_that_is_taken_away_is_told_once_and_again_when_it_is_back(
    office: Office, run: Run, brands: Path, tmp_path: Path
) -> None:
    run("doctor")
    (brands / BRAND).rename(tmp_path / "away")
    for _ in range(2):
        run("doctor")
    [first, removed] = _told(run, f"brand:{BRAND}")
    assert (removed["reason"], removed["values"]) == ("removed", {})
    assert removed["changed"]["id"] == [BRAND, None]
    (tmp_path / "away").rename(brands / BRAND)
    run("doctor")
    [*_, back] = _told(run, f"brand:{BRAND}")
    assert back["values"] == first["values"]


def test_a_changed_brand_is_told_once_with_what_changed(office: Office, run: Run, brands: Path) -> None:
    [first] = _told(run, f"brand:{BRAND}")
    assert (first["changed"], first["reason"]) == ({}, "first seen")
    write_brand(brands, policies={"content_approval": "all", "approval_hours": 24}, tagline="Another tagline for tea")
    for _ in range(3):
        run("posts", "list")
    run("status")
    run("status")
    _, changed = _told(run, f"brand:{BRAND}")
    assert changed["changed"]["policies.content_approval"] == ["risky", "all"]
    assert changed["changed"]["policies.approval_hours"] == [168, 24]
    assert changed["texts"] == ["tagline"]
    assert "Another tagline" not in json.dumps(changed)
    listed = run("audit", "list", "--action", "configuration").words
    assert "policies.content_approval: risky → all" in listed


def test_a_brand_that_is_put_back_is_told_again(office: Office, run: Run, brands: Path) -> None:
    before = (brands / BRAND / "brand.yaml").read_text(encoding="utf-8")
    write_brand(brands, policies={"approval_hours": 24})
    run("status")
    (brands / BRAND / "brand.yaml").write_text(before, encoding="utf-8")
    run("status")
    assert [row["changed"].get("policies.approval_hours") for row in _told(run, f"brand:{BRAND}")] == [
        None,
        [168, 24],
        [24, 168],
    ]


def test_changed_settings_are_told_without_secrets_and_without_a_flood(
    office: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [row["reason"] for row in _told(run, "settings")] == ["first seen"]
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://ann:hunter2@gateway.example/v1?key=hunter2")
    monkeypatch.setenv("MARKETING_NOTIFY_URLS", "slack://T1JJ3T3L2SECRETABCD/SECRETPART0123456789/x")
    run("status")
    *_, changed = _told(run, "settings")
    assert changed["changed"]["endpoint.model"] == ["https://api.anthropic.com", "https://gateway.example/v1"]
    assert changed["changed"]["notify"] == [[], ["slack"]]
    assert not any(secret in json.dumps(changed) for secret in ("hunter2", "SECRET"))
    # Two processes that disagree: each is told once an hour, not at each start.
    for url in ("https://a.example", "https://b.example") * 4:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
        run("status")
    assert len(_told(run, "settings")) == 4
    office.work.clock.sleep(3601)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://a.example")
    run("status")
    assert len(_told(run, "settings")) == 5


def test_the_program_is_told(office: Office, run: Run) -> None:
    [row] = _told(run, "program")
    assert set(row["values"]) == {"version", "schema"}


def test_of_many_who_open_at_once_one_tells(office: Office, run: Run, brands: Path) -> None:
    write_brand(brands, policies={"approval_hours": 24})
    at_once = threading.Barrier(8)

    def opened(_: int) -> None:
        at_once.wait()
        with Workplace.open(Settings.from_environment()) as workplace:
            assert workplace.brands

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(opened, range(8)))
    assert len(_told(run, f"brand:{BRAND}")) == 2


def test_a_change_seen_in_the_middle_of_a_decision_is_told_by_the_next_who_looks(
    office: Office, run: Run, brands: Path
) -> None:
    write_brand(brands, policies={"approval_hours": 24})
    with office.work.database.write() as connection:
        office.work.brand(BRAND)
        office.work.holds.pause(connection, brand=None, channel=None, actor="sam", note="stop")
    assert len(_told(run, f"brand:{BRAND}")) == 1
    office.work.brand(BRAND)
    assert len(_told(run, f"brand:{BRAND}")) == 2


def test_a_trace_of_a_post_does_not_hold_configuration(office: Office, run: Run) -> None:
    office.published()
    rows = run("posts", "show", FIRST, "--trace", "--json").json
    assert "configuration" not in {row["facts"].get("actor") for row in rows if row["kind"] == "audit"}
