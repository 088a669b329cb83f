"""`marketing posts list` and `show`: what a person and a program are told of posts."""

from pathlib import Path

import pytest

from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import BRAND, EFFECT, FIRST, REQUEST, SECOND, Office

LISTED = {"id", "brand", "week", "state", "scheduled_at", "published_at", "media_id", "permalink"}
ALSO = {"topic", "state_reason", "held"}


def test_the_list_has_exactly_the_promised_keys(office: Office, run: Run) -> None:
    office.published()
    said = run("posts", "list", "--json")
    assert (said.code, said.err) == (0, "")
    assert [post["id"] for post in said.json] == [FIRST, SECOND]
    assert all(set(post) == LISTED | ALSO for post in said.json)
    promised = {
        "id": FIRST,
        "brand": "tea_room",
        "week": "2026-11-16",
        "state": "published",
        "scheduled_at": "2026-11-17T18:30:00Z",
        "published_at": "2026-11-17T18:30:00Z",
        "media_id": "1790001",
        "permalink": "https://instagram.example/p/1",
    }
    assert {name: said.json[0][name] for name in LISTED} == promised
    assert [said.json[1][name] for name in ("published_at", "media_id", "permalink")] == [None, None, None]


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        ((), [FIRST, SECOND]),
        (("--brand", BRAND), [FIRST, SECOND]),
        (("--week", "2026-11-16"), [FIRST, SECOND]),
        (("--week", "2026-11-23"), []),
        (("--state", "published"), [FIRST]),
        (("--state", "planned"), [SECOND]),
        (("--state", "planned", "--state", "published"), [FIRST, SECOND]),
    ],
)
def test_the_list_is_narrowed(office: Office, run: Run, words: tuple[str, ...], listed: list[str]) -> None:
    office.published()
    assert [post["id"] for post in run("posts", "list", "--json", *words).json] == listed


def test_a_person_sees_times_of_the_brand_and_what_is_held(office: Office, run: Run) -> None:
    office.queued()
    office.work.posts.hold(FIRST, actor="ana", reason="wait")
    said = run("posts", "list")
    assert "Tue 17 Nov 2026 18:30 GMT" in said.out
    assert "held" in next(line for line in said.out.splitlines() if FIRST in line)


def test_a_broken_brand_file_hides_no_post(office: Office, brands: Path, run: Run) -> None:
    office.planned()
    (brands / BRAND / "brand.yaml").write_text("name: [", encoding="utf-8")
    said = run("posts", "list")
    assert said.code == 0
    assert "Tue 17 Nov 2026 18:30 UTC" in said.out


@pytest.mark.parametrize(
    ("words", "next_step"),
    [((), "marketing run week"), (("--state", "failed"), "Leave out an option")],
)
def test_an_empty_list_says_what_to_do(office: Office, run: Run, words: tuple[str, ...], next_step: str) -> None:
    said = run("posts", "list", *words)
    assert (said.code, said.err) == (0, "")
    assert next_step in said.out


@pytest.mark.parametrize(
    ("words", "code", "reason", "mend"),
    [
        (("list", "--brand", "nobody"), 1, "There is no brand 'nobody'", "Known brands: tea_room."),
        (("list", "--week", "2026-11-17"), 2, "2026-11-17 is not a Monday", "2026-11-16"),
        (("list", "--week", "soon"), 2, "'soon' is no date", "YYYY-MM-DD"),
        (("list", "--state", "fine"), 2, "'fine' is not one of", "needs_human"),
        (("show", "nothing"), 1, "There is no post nothing", "marketing posts list"),
        (("show",), 2, "Missing argument", "ID"),
    ],
)
def test_what_names_nothing_is_refused(
    office: Office, run: Run, words: tuple[str, ...], code: int, reason: str, mend: str
) -> None:
    said = run("posts", *words)
    assert said.code == code
    assert reason in said.words and mend in said.words
    assert "Traceback" not in said.err


def test_show_has_everything_of_a_published_post(office: Office, run: Run) -> None:
    office.published()
    told = run("posts", "show", FIRST, "--json").json
    assert told["chosen_variation"] == f"{FIRST}-r1-v1"
    assert [part["id"] for part in told["variations"]] == [f"{FIRST}-r1-v{number}" for number in (1, 2, 3)]
    [creative] = told["creatives"]
    assert creative["id"] == told["chosen_creative"]
    assert [Path(picture).is_file() for picture in creative["pictures"]] == [True]
    assert creative["judgement"]["meets_bar"] is True
    [effect] = told["effects"]
    assert (effect["id"], effect["state"], effect["attempts"]) == (EFFECT, "succeeded", 1)
    assert [(call["number"], call["outcome"], call["detail"]) for call in effect["calls"]] == [
        (1, "succeeded", "1790001")
    ]
    assert [(asked["id"], asked["state"]) for asked in told["approvals"]] == [(REQUEST, "used")]
    [insight] = told["insights"]
    assert (insight["age"], insight["values"]["reach"], insight["values"]["shares"]) == ("1h", 321, None)


def test_show_tells_a_person_the_same(office: Office, run: Run) -> None:
    office.published()
    said = run("posts", "show", FIRST)
    for words in (
        "Topic 1 of the week",
        "Exploring: nothing certain",
        f"Words {FIRST}-r1-v1 (question)  <- goes out",
        f"Words {FIRST}-r1-v3 (question)\n",
        "It is the shortest of the three",
        ".jpg",
        "legibility was weighed",
        "1 of 1 passed",
        "succeeded",
        "https://instagram.example/p/1",
        "321",
        "it is final",
    ):
        assert words in said.out


@pytest.mark.parametrize(
    ("way", "next_step"),
    [
        ("planned", "marketing run week --brand tea_room --week 2026-11-16"),
        ("queued", "it goes out by itself"),
        ("awaiting", f"marketing approvals show {REQUEST}"),
        ("failed", f"marketing posts retry {FIRST}"),
        ("missed", f"marketing posts retry {FIRST}"),
        ("sending", "its outcome is being found out"),
        ("parked", f"marketing effects resolve {EFFECT}"),
    ],
)
def test_show_says_what_can_be_done_next(office: Office, run: Run, way: str, next_step: str) -> None:
    getattr(office, way)()
    assert next_step in run("posts", "show", FIRST).words


def test_show_says_why_a_picture_is_below_the_bar(office: Office, run: Run) -> None:
    office.awaiting()
    said = run("posts", "show", FIRST)
    assert "below the bar" in said.out
    assert "poor: legibility was weighed" in said.words


def test_words_of_a_post_are_never_markup_and_cannot_steer_the_terminal(office: Office, run: Run) -> None:
    office.designed()
    post = office.post()
    note = "[bold]loud[/bold] \x1b[2Jgone"
    office.work.posts.change(post.id, revision=post.revision, actor="test", reason="x", note=note)
    said = run("posts", "show", FIRST)
    assert "[bold]loud[/bold] [U+001B][2Jgone" in said.out
    assert "\x1b" not in said.out
