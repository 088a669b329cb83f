"""Experiments in the browser: what one would need is shown before it is stated; then how far it is, and its answer."""

from datetime import timedelta
from typing import Any

import pytest

from marketing_pipeline.domain.experiment import Experiment, ExperimentState
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.person import Permission, Person, Role
from marketing_pipeline_tests.cli.office import BRAND, Office
from marketing_pipeline_tests.cli.test_experiments import drawn_week, measured, question
from marketing_pipeline_tests.console.browser import Site
from marketing_pipeline_tests.console.program import program

ASKED: dict[str, Any] = {"level": "hook=question", "against": "hook=list", "metric": "likes", "ratio": "2"}
EDITOR = Person(name="ed", role=Role.EDITOR, source="console")


def stated(office: Office) -> Experiment:
    return office.work.experiments.state(EDITOR, question(office, alpha=0.2, hypothesis="<b>they answer</b>"))


def test_without_any_the_page_explains_what_one_is(site: Site) -> None:
    html = site.page("/experiments")
    assert "No experiment is open" in html and "chance decides" in html and "What would it need?" in html


def test_what_it_needs_is_shown_before_it_is_stated(office: Office, site: Site) -> None:
    html = site.page("/experiments", **ASKED)
    layout = office.work.experiments.layout(question(office, metric="likes"))
    assert f"It needs {layout.posts_per_arm} posts of each level, about {layout.weeks} weeks" in html
    assert "assumed until the brand has enough posts" in html and "State it" in html
    assert office.work.experiments.list(EDITOR) == ()
    week = office.work.experiments.next_week(BRAND)
    assert "Does hook question bring more likes than list?" in site.submit(
        "/experiments", brand="tea_room", first_week=week, **ASKED
    )
    [made] = office.work.experiments.list(EDITOR)
    assert (made.posts_per_arm, made.stated_by, made.ratio) == (layout.posts_per_arm, "ann", 2.0)
    html = site.page("/experiments")
    assert f"0 of {made.blocks} pairs measured" in html and f"/experiments/{made.id}" in html
    site.submit("/experiments", status=400, brand="tea_room", first_week=week, **ASKED)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"against": "format=square"}, "two levels of one factor"),
        ({"against": ""}, "two levels of one factor"),
        ({"against": "hook=question"}, "against itself"),
        ({"ratio": "a lot"}, "ratio: "),
        ({"ratio": "1"}, "ratio: "),
        ({"alpha": "0.9"}, "alpha: "),
        ({"metric": "joy"}, "metric: "),
        ({"most_weeks": "2"}, "it may last 2"),
        ({"most_weeks": "-2"}, "most_weeks: "),
        ({"first_week": "soon"}, "names no week"),
        ({"first_week": "2020-01-06"}, "planned or has begun"),
        ({"hypothesis": "x" * 500}, "characters"),
    ],
)
def test_what_cannot_be_run_is_told_and_not_stored(
    office: Office, site: Site, change: dict[str, str], said: str
) -> None:
    week = {"first_week": office.work.experiments.next_week(BRAND)}
    refused = site.submit("/experiments", status=400, brand="tea_room", **{**ASKED, **week, **change})
    assert said in refused and office.work.experiments.list(EDITOR) == ()
    if "first_week" not in change and "hypothesis" not in change:
        query: dict[str, Any] = {**ASKED, **change}
        assert said in site.page("/experiments", **query)


def test_one_is_read_and_stopped(office: Office, site: Site) -> None:
    made = stated(office)
    assert "Its posts are drawn when its first week is planned" in site.page(f"/experiments/{made.id}")
    plan = drawn_week(office, made)
    for post in plan.posts[:3]:
        measured(office, post, likes=9_000 if post.assignment.hook == "question" else 9)
    office.step_to(office.now + timedelta(days=3))
    html = site.page(f"/experiments/{made.id}")
    assert "Not known yet: 900.10 times" in html and "&lt;b&gt;they answer" in html and "<b>they" not in html
    assert f"/posts/{plan.posts[0].id}" in html and "waiting: not published yet" in html
    assert "data-figure" in html and "experiment_results" in html and "portrait" in html
    assert "It is stopped" in site.submit(f"/experiments/{made.id}/stop", note="enough")
    assert "stopped by ann: enough" in site.page("/experiments")
    site.submit(f"/experiments/{made.id}/stop", status=409, note="")
    site.page("/experiments/no-such-one", status=404)
    site.submit("/experiments/no-such-one/stop", status=404, note="")


def test_a_viewer_reads_and_does_nothing(office: Office, site: Site) -> None:
    made = stated(office)
    with site.as_(Role.VIEWER) as viewer:
        html = viewer.page("/experiments", **ASKED)
        assert "State one" not in html and "State it" not in html and made.id in html
        assert "Stop it" not in viewer.page(f"/experiments/{made.id}")
        viewer.submit(f"/experiments/{made.id}/stop", status=403, note="")
        fields = {**ASKED, "level": "format=square", "against": "format=portrait"}
        viewer.submit("/experiments", status=403, brand="tea_room", first_week=made.first_week, **fields)
    with site.as_(Role.EDITOR) as editor:
        assert "Cancel it" in editor.page(f"/experiments/{made.id}")
        editor.submit(f"/experiments/{made.id}/stop", note="")
    [ended] = office.work.experiments.list(EDITOR)
    assert ended.state is ExperimentState.CANCELLED


def test_who_does_not_see_the_brand_sees_nothing_of_it(office: Office, site: Site) -> None:
    made = stated(office)
    folder = office.work.settings.brands
    folder.joinpath("tea_house").mkdir()
    text = folder.joinpath("tea_room", "brand.yaml").read_text().replace("tea_room", "tea_house")
    folder.joinpath("tea_house", "brand.yaml").write_text(text.replace("17841", "17842"))
    others = frozenset({BrandId("tea_house")})
    with site.as_(Role.EDITOR, "stranger", others) as other:
        assert made.id not in other.page("/experiments")
        other.page(f"/experiments/{made.id}", status=403)
    bot = program(site, Permission.READ, brands=others)
    assert bot.get("/experiments") == []
    bot.get("/experiments", 404, brand="tea_room")
    bot.get(f"/experiments/{made.id}", 403)


def test_programs_read_them(office: Office, site: Site) -> None:
    made = stated(office)
    drawn_week(office, made)
    bot = program(site, Permission.READ)
    [listed] = bot.get("/experiments", brand="tea_room", state="running")
    assert listed["id"] == made.id and listed["blocks"] == made.blocks
    shown = bot.get(f"/experiments/{made.id}")
    assert len(shown["posts"]) == 4 and shown["steps"] == []
    bot.get("/experiments/none", 404)
