"""Experiments: what is asked, what it would need, how far each is, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.console.experiment_figures import balance_rows, interval_figure, post_rows
from marketing_pipeline.console.forms import form_of
from marketing_pipeline.console.page import back, page
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.experiment import LONGEST_HYPOTHESIS, ExperimentInvalid, Metric, Question
from marketing_pipeline.domain.experiment_arm import Arm
from marketing_pipeline.domain.experiment_design import Layout
from marketing_pipeline.domain.experiment_post import Standing
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.learning import Factor, levels_of
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.domain.written import is_an_id, note_of

MOST_ENDED = 50
_ASKED = ("level", "against", "metric", "ratio", "alpha", "power", "most_weeks", "first_week", "hypothesis")


@dataclass(frozen=True)
class Answer:
    """What a question would need, or why it cannot be asked so."""

    question: Question | None = None
    layout: Layout | None = None
    refusal: MarketingError | None = None


def experiments(request: Request) -> Response:
    """The experiments of the brand, or of all; with a question in the address, what it would need."""
    desk = desk_of(request)
    found = desk.place.experiments.list(desk.person, desk.brand.brand_id if desk.brand else None)
    open_ones = [desk.place.experiments.readout(desk.person, each.id) for each in found if each.is_open]
    may_state = desk.brand is not None and desk.person.may(Permission.EDIT, desk.brand.brand_id)
    asked = {name: request.query_params[name] for name in _ASKED if name in request.query_params}
    return page(
        request,
        "experiments.html",
        title="Experiments",
        open=open_ones,
        ended=[each for each in found if not each.is_open][:MOST_ENDED],
        levels=levels_of(desk.brand) if may_state and desk.brand else {},
        metrics=tuple(Metric),
        asked=asked,
        answer=_answer(desk, asked) if may_state and asked else Answer(),
        first_week=desk.place.experiments.next_week(desk.brand.brand_id) if may_state and desk.brand else "",
        longest=LONGEST_HYPOTHESIS,
    )


def state(request: Request) -> Response:
    """Store the experiment whose needs were just shown."""
    desk, form = desk_of(request), form_of(request)
    question = question_of(form, BrandId(form.get("brand", "")))
    experiment = desk.place.experiments.state(desk.person, question)
    said = f"Planned: {experiment.question()} It begins with the week of {experiment.first_week}."
    return back(request, experiment_url(experiment.id), said=said)


def experiment(request: Request) -> Response:
    """One experiment: its verdict, its interval, its posts."""
    desk, name = desk_of(request), request.path_params["id"]
    readout = desk.place.experiments.readout(desk.person, name if is_an_id(name) else "")
    return page(
        request,
        "experiment.html",
        title="Experiment",
        readout=readout,
        experiment=readout.experiment,
        figure=interval_figure(readout),
        balance=balance_rows(readout),
        posts=post_rows(readout),
        counted={arm: readout.counts(Standing.COUNTED, arm) for arm in Arm},
        left_out=readout.counts(Standing.LEFT_OUT),
        waiting=readout.counts(Standing.WAITING),
    )


def stop(request: Request) -> Response:
    """End an experiment before its rule does."""
    desk, name = desk_of(request), request.path_params["id"]
    note = note_of(form_of(request).get("note", ""))
    ended = desk.place.experiments.stop(desk.person, name if is_an_id(name) else "", note)
    return back(request, experiment_url(ended.id), said=f"It is {ended.state}: the next weeks are the learner's again.")


def question_of(given: Mapping[str, str], brand: BrandId) -> Question:
    """The question in a form. A level is written `factor=level`. Raises ExperimentInvalid."""
    (factor, _, level), (other, _, against) = (given.get(name, "").partition("=") for name in ("level", "against"))
    if factor not in tuple(Factor) or factor != other:
        raise ExperimentInvalid("An experiment compares two levels of one factor.", "Choose both from the same group.")
    try:
        return Question.model_validate(
            {
                "brand": brand,
                "factor": factor,
                "level": level,
                "against": against,
                **{name: given[name].strip() for name in _ASKED[2:] if given.get(name, "").strip()},
            }
        )
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise ExperimentInvalid(
            f"{'.'.join(map(str, first['loc'])) or 'The form'}: {first['msg']}.", "Change that field and ask again."
        ) from wrong


def experiment_url(name: str) -> str:
    """An experiment's page."""
    return f"/experiments/{name}"


def _answer(desk: Desk, asked: Mapping[str, str]) -> Answer:
    brand = desk.brand
    if brand is None:
        return Answer()
    try:
        usual = {"first_week": desk.place.experiments.next_week(brand.brand_id)}
        question = question_of({**usual, **{name: text for name, text in asked.items() if text}}, brand.brand_id)
        return Answer(question, desk.place.experiments.layout(question))
    except ExperimentInvalid as refusal:
        return Answer(refusal=refusal)


ROUTES = (
    Route("/experiments", experiments),
    Route("/experiments", state, methods=["POST"]),
    Route("/experiments/{id}", experiment),
    Route("/experiments/{id}/stop", stop, methods=["POST"]),
)
