"""Experiments as people state them, look at them and end them at the command line."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketing_pipeline.domain.errors import NotFound, RefusedTransition
from marketing_pipeline.domain.experiment import (
    Experiment,
    ExperimentInvalid,
    ExperimentState,
    Metric,
    Question,
    Verdict,
)
from marketing_pipeline.domain.experiment_arm import Arm, TrialArm
from marketing_pipeline.domain.experiment_post import Standing
from marketing_pipeline.domain.identifiers import BrandId, PostId
from marketing_pipeline.domain.learning import Factor
from marketing_pipeline.domain.metrics import InsightSnapshot, SnapshotAge
from marketing_pipeline.domain.person import NotAllowed, Person, Role
from marketing_pipeline.domain.plan import Hook, PlannedPost, WeeklyPlan
from marketing_pipeline.domain.week import Week
from marketing_pipeline.store.experiment_readings import trials_for
from marketing_pipeline.store.insights import record_snapshot
from marketing_pipeline.store.plans import record_plan
from marketing_pipeline.store.tables import audit_log
from marketing_pipeline_tests.cli.command_line import Run
from marketing_pipeline_tests.cli.office import BRAND, Office
from marketing_pipeline_tests.store.planned_week import publish, weekly_plan

EDITOR = Person(name="ed", role=Role.EDITOR, source="console")
VIEWER = Person(name="vi", role=Role.VIEWER, source="console")
STATED = ("experiments", "state", "hook", "question", "list", "--brand", "tea_room")


def question(office: Office, **changes: object) -> Question:
    usual = Question(
        brand=BRAND,
        factor=Factor.HOOK,
        level="question",
        against="list",
        ratio=2.0,
        first_week=office.work.experiments.next_week(BRAND),
    )
    return usual.model_copy(update=changes)


def drawn_week(office: Office, experiment: Experiment, pairs: int = 2, number: int = 0) -> WeeklyPlan:
    """A week of the experiment, planned by hand: odd places for the level, even ones for the other."""
    week = Week.parse(experiment.first_week).plus(number)
    plan = weekly_plan(office.brand, week, posts=2 * pairs)
    posts = tuple(_in_arm(post, experiment, number * pairs) for post in plan.posts)
    return record_plan(office.work.database, plan.model_copy(update={"posts": posts}), {}, office.work.audit)


def _in_arm(post: PlannedPost, experiment: Experiment, before: int) -> PlannedPost:
    place = post.assignment.position
    arm = Arm.LEVEL if place % 2 else Arm.AGAINST
    level = experiment.level_of(arm)
    part = TrialArm(experiment=experiment.id, block=before + (place + 1) // 2, arm=arm, level=level, expected=0.0)
    return post.model_copy(
        update={"assignment": post.assignment.model_copy(update={"hook": Hook(level), "arms": (part,)})}
    )


def measured(office: Office, post: PlannedPost, likes: int) -> None:
    """Publish a post at its time and read its figures of 7 days."""
    office.step_to(max(office.now, post.assignment.scheduled_at))
    publish(office.work.database, post.id, media_id=f"17{post.assignment.position}")
    values: dict[str, int | None] = {"likes": likes, "comments": 0, "saved": 0, "shares": 0, "reach": likes}
    record_snapshot(
        office.work.database,
        InsightSnapshot(
            post=post.id,
            brand=BRAND,
            media_id="17",
            age=SnapshotAge.WEEK,
            taken_at=office.now + timedelta(days=7),
            age_hours=168,
            values=values,
            missing={},
        ),
    )


def actions(office: Office) -> list[str]:
    with office.work.database.read() as connection:
        found = connection.execute(audit_log.select().order_by(audit_log.c.sequence)).mappings()
        return [row["action"] for row in found if row["action"].startswith("experiment.")]


def test_what_it_needs_is_told_before_it_is_stored(run: Run, office: Office) -> None:
    told = run(*STATED, "--dry-run", "--ratio", "2")
    assert told.code == 0 and "posts of each arm, about" in told.words and "Nothing was stored." in told.words
    assert "assumed, until the brand has history" in told.words
    assert "No experiment yet" in run("experiments", "list").words
    needs = run(*STATED, "--dry-run", "--ratio", "2", "--json").json
    assert needs["experiment"] is None and needs["needs"]["posts_per_arm"] > 5 and needs["needs"]["noise_posts"] == 0


def test_one_is_stated_listed_shown_and_cancelled(run: Run, office: Office) -> None:
    made = run(*STATED, "--ratio", "2", "--metric", "likes", "--why", "People answer.", "--json").json["experiment"]
    assert made["state"] == "planned" and made["first_week"] == office.work.experiments.next_week(BRAND)
    [listed] = run("experiments", "list", "--brand", "tea_room", "--json").json
    assert listed["id"] == made["id"] and listed["most_weeks"] > 2
    shown = run("experiments", "show", made["id"])
    assert "Does hook question bring more likes than list?" in shown.words and "Not known yet" in shown.words
    assert run("experiments", "list").words.count("planned") == 1
    stopped = run("experiments", "stop", made["id"], "--note", "a whim")
    assert "is cancelled" in stopped.words
    again = run("experiments", "stop", made["id"])
    assert again.code == 1 and "cancelled and cannot become" in again.words
    assert actions(office) == ["experiment.planned", "experiment.cancelled"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("hook", "riddle", "list"), "no hook 'riddle'"),
        (("hook", "list", "list"), "against itself"),
        (("hook", "question", "list", "--weeks", "2"), "it may last 2"),
        (("hook", "question", "list", "--ratio", "2", "--first-week", "2020-01-06"), "is planned or has begun"),
        (("hook", "question", "list", "--ratio", "2", "--first-week", "soon"), "names no week"),
        (("hook", "question", "list", "--ratio", "2", "--why", "x" * 500), "characters"),
    ],
)
def test_what_cannot_be_run_is_refused_with_the_way_out(
    run: Run, office: Office, words: tuple[str, ...], said: str
) -> None:
    refused = run("experiments", "state", *words, "--brand", "tea_room")
    assert refused.code == 1 and said in refused.words
    assert office.work.experiments.list(EDITOR) == ()
    assert run("experiments", "show", "experiment-none").code == 1


def test_of_one_factor_one_is_open_at_a_time(office: Office) -> None:
    desk = office.work.experiments
    first = desk.state(EDITOR, question(office))
    with pytest.raises(ExperimentInvalid, match="one at a time"):
        desk.state(EDITOR, question(office, against="story"))
    desk.state(EDITOR, question(office, factor=Factor.FORMAT, level="square", against="portrait"))
    with pytest.raises(IntegrityError), office.work.database.write() as connection:
        connection.execute(text("UPDATE experiments SET factor = 'hook' WHERE id <> :first"), {"first": first.id})
    desk.stop(EDITOR, first.id)
    desk.state(EDITOR, question(office, against="story"))


def test_a_viewer_and_who_does_not_see_the_brand_do_nothing(office: Office) -> None:
    desk = office.work.experiments
    with pytest.raises(NotAllowed):
        desk.state(VIEWER, question(office))
    made = desk.state(EDITOR, question(office))
    with pytest.raises(NotAllowed):
        desk.stop(VIEWER, made.id)
    stranger = Person(name="st", role=Role.ADMIN, source="console", brands=frozenset({BrandId("bakery")}))
    assert desk.list(stranger) == ()
    with pytest.raises(NotAllowed):
        desk.readout(stranger, made.id)
    with pytest.raises(NotFound):
        desk.readout(EDITOR, "experiment-none")
    assert desk.readout(VIEWER, made.id).experiment == made


def test_its_posts_are_drawn_once_and_read_until_its_rule_fires(office: Office) -> None:
    desk = office.work.experiments
    made = desk.state(EDITOR, question(office, alpha=0.2))
    plan = drawn_week(office, made, pairs=2)
    running = desk.readout(EDITOR, made.id)
    assert running.experiment.state is ExperimentState.RUNNING and running.counts(Standing.WAITING) == 4
    with office.work.database.read() as connection:
        [trial] = trials_for(connection, BRAND, made.first_week, office.now)
    assert (trial.drawn, trial.left) == ({1, 2}, made.blocks - 2)
    for post in plan.posts:
        measured(office, post, likes=9_000 if post.assignment.hook == "question" else 9)
    office.step_to(office.now + timedelta(days=8))
    [looked] = desk.look(BRAND)
    assert looked.experiment.measured_blocks == 2 and looked.experiment.times == pytest.approx(900.1)
    assert looked.experiment.state is ExperimentState.RUNNING
    assert actions(office) == ["experiment.planned", "experiment.running", "experiment.drawn"]
    with pytest.raises(IntegrityError, match="append-only"), office.work.database.write() as connection:
        connection.execute(text("UPDATE experiment_posts SET arm = 'level'"))
    with pytest.raises(IntegrityError, match="not drawn"), office.work.database.write() as connection:
        connection.execute(text("UPDATE experiments SET state = 'planned'"))
    stopped = desk.stop(EDITOR, made.id, "enough")
    assert stopped.state is ExperimentState.STOPPED and stopped.verdict is Verdict.OPEN
    with pytest.raises(RefusedTransition):
        desk.stop(EDITOR, made.id)
    assert desk.look(BRAND) == ()


def test_the_weekly_look_decides_and_tells_the_verdict(office: Office, run: Run) -> None:
    desk = office.work.experiments
    made = desk.state(EDITOR, question(office, alpha=0.2, metric=Metric.LIKES))
    for number in range(2):
        for post in drawn_week(office, made, number=number).posts:
            measured(office, post, likes=9_000 if post.assignment.hook == "question" else 9)
    office.step_to(office.now + timedelta(days=8))
    [looked] = desk.look(BRAND)
    assert (looked.experiment.state, looked.experiment.verdict) == (ExperimentState.DECIDED, Verdict.LEVEL_BETTER)
    assert actions(office)[-1] == "experiment.decided"
    assert "question brings more likes than list" in looked.experiment.state_reason
    shown = run("experiments", "show", made.id)
    assert (
        "question brings more likes than list: 900.10 times" in shown.words and "4 question and 4 list" in shown.words
    )
    as_json = run("experiments", "show", made.id, "--json").json
    assert as_json["verdict"] == "level_better" and len(as_json["steps"]) == 4
    [listed] = run("experiments", "list", "--state", "decided", "--json").json
    assert listed["times"] == pytest.approx(900.1) and listed["evidence"] >= 5
    later = office.now + timedelta(days=100)
    office.step_to(later)
    assert desk.readout(EDITOR, made.id).steps == looked.steps


def test_an_experiment_that_ended_meanwhile_gets_no_posts(office: Office) -> None:
    desk = office.work.experiments
    made = desk.state(EDITOR, question(office))
    desk.stop(EDITOR, made.id)
    drawn_week(office, made)
    assert desk.readout(EDITOR, made.id).posts == ()
    assert PostId(f"{BRAND}-{made.first_week}-01") in {post.id for post in office.work.posts.find()}


def test_one_of_which_no_week_was_planned_is_cancelled(office: Office) -> None:
    made = office.work.experiments.state(EDITOR, question(office))
    office.step_to(office.now + timedelta(weeks=made.most_weeks + 4))
    [looked] = office.work.experiments.look(BRAND)
    assert looked.experiment.state is ExperimentState.CANCELLED and "no week" in looked.experiment.state_reason
