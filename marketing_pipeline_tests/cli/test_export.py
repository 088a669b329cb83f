"""`marketing export`, and what `marketing sql` gives to other programs."""

import csv
import io
import json
from pathlib import Path

import duckdb
import pytest

from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import FIRST, Office


def test_everything_is_written_with_a_manifest(published: Office, run: Run, tmp_path: Path) -> None:
    to = tmp_path / "out" / "figures"
    said = run("export", "--to", str(to))
    assert said.code == 0, said.err
    assert "post_results" in said.out and "view" in said.out
    manifest = json.loads((to / "manifest.json").read_text())
    snapshot = (published.work.home.warehouse / "current.duckdb").resolve()
    assert manifest["snapshot"] == snapshot.name and manifest["format"] == "parquet" and manifest["brands"] == []
    with duckdb.connect(snapshot, read_only=True) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM (SHOW TABLES)").fetchall()}
        for table in manifest["tables"]:
            there = connection.execute(f"SELECT * FROM {table['name']} ORDER BY ALL").fetchall()
            written = connection.execute(f"SELECT * FROM '{to / table['file']}' ORDER BY ALL").fetchall()
            assert (len(written), written) == (table["rows"], there), table
    assert {table["name"] for table in manifest["tables"]} == names
    assert {path.name for path in to.iterdir()} == {*(f"{name}.parquet" for name in names), "manifest.json"}
    assert [path.name for path in to.parent.iterdir()] == ["figures"]


def test_chosen_tables_as_csv(published: Office, run: Run, tmp_path: Path) -> None:
    to = tmp_path / "out"
    said = run("export", "--to", str(to), "--table", "posts", "--table", "post_results", "--format", "csv", "--json")
    assert [(each["name"], each["kind"]) for each in said.json["tables"]] == [
        ("post_results", "table"), ("posts", "table"),
    ]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO((to / "post_results.csv").read_text(encoding="utf-8"))))
    assert [row["post"] for row in rows] == [FIRST]


def test_of_one_brand(published: Office, run: Run, tmp_path: Path) -> None:
    said = run("export", "--to", str(tmp_path / "out"), "--brand", "tea_room", "--json")
    rows = {each["name"]: each["rows"] for each in said.json["tables"]}
    assert said.json["brands"] == ["tea_room"]
    assert rows["posts"] > 0 and rows["home"] == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--table", "nowhere"), "no table or view 'nowhere'"),
        (("--brand", "nobody"), "no brand 'nobody'"),
    ],
)
def test_what_is_not_there_is_named(
    published: Office, run: Run, tmp_path: Path, words: tuple[str, ...], reason: str
) -> None:
    said = run("export", "--to", str(tmp_path / "out"), *words)
    assert said.code == 1 and reason in said.err
    assert not (tmp_path / "out").exists()


def test_an_earlier_export_gives_way_only_when_told(published: Office, run: Run, tmp_path: Path) -> None:
    to = tmp_path / "out"
    to.mkdir()
    assert run("export", "--to", str(to), "--table", "posts").code == 0
    said = run("export", "--to", str(to), "--table", "plans")
    assert said.code == 1 and "say --replace" in said.err
    assert run("export", "--to", str(to), "--table", "plans", "--replace").code == 0
    assert sorted(path.name for path in to.iterdir()) == ["manifest.json", "plans.parquet"]


@pytest.mark.parametrize("replace", [(), ("--replace",)], ids=["", "--replace"])
@pytest.mark.parametrize("manifest", [None, "{}", "[]", '{"tables": []}'])
def test_what_is_no_export_is_never_removed(
    published: Office, run: Run, tmp_path: Path, replace: tuple[str, ...], manifest: str | None
) -> None:
    to = tmp_path / "out"
    to.mkdir()
    (to / "letter.txt").write_text("mine")
    if manifest is not None:
        (to / "manifest.json").write_text(manifest)
    said = run("export", "--to", str(to), *replace)
    assert said.code == 1 and "no part of an export" in said.err
    assert (to / "letter.txt").read_text() == "mine"


@pytest.mark.parametrize("replace", [(), ("--replace",)], ids=["", "--replace"])
def test_a_file_in_the_way_is_refused(published: Office, run: Run, tmp_path: Path, replace: tuple[str, ...]) -> None:
    (tmp_path / "out").write_text("mine")
    said = run("export", "--to", str(tmp_path / "out"), *replace)
    assert said.code == 1 and "no part of an export" in said.err


def test_a_folder_that_cannot_be_made_is_refused(published: Office, run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said = run("export", "--to", str(tmp_path / "file" / "out"))
    assert said.code == 1 and "cannot be written" in said.err and "Traceback" not in said.err


def test_before_the_first_snapshot(office: Office, run: Run, tmp_path: Path) -> None:
    said = run("export", "--to", str(tmp_path / "out"))
    assert said.code == 1 and "no published snapshot" in said.err


def test_sql_as_csv(published: Office, run: Run) -> None:
    said = run("sql", "SELECT id, held_reason, 'a, \"b\"' AS text FROM posts ORDER BY id LIMIT 1", "--csv")
    assert list(csv.reader(io.StringIO(said.out))) == [["id", "held_reason", "text"], [FIRST, "", 'a, "b"']]


def test_sql_as_csv_and_json_at_once_is_wrong_usage(published: Office, run: Run) -> None:
    assert run("sql", "SELECT 1", "--csv", "--json").code == 2


def test_sql_of_one_brand(published: Office, run: Run) -> None:
    query = "SELECT (SELECT count(*) FROM posts) AS posts, (SELECT count(*) FROM home) AS homes"
    [whole] = run("sql", query, "--json").json
    [part] = run("sql", query, "--brand", "tea_room", "--json").json
    assert (whole["posts"], whole["homes"]) == (part["posts"], 1) and part["homes"] == 0
    said = run("sql", query, "--brand", "nobody")
    assert said.code == 1 and "Known brands: tea_room" in said.err
