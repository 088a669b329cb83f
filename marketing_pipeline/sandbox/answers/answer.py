"""Which agent is asking, and what the sandbox's model answers it."""

import json
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

from PIL import Image
from pydantic import BaseModel

from marketing_pipeline.sandbox.answers.ads import advise
from marketing_pipeline.sandbox.answers.analysis import analyse
from marketing_pipeline.sandbox.answers.brief import compose
from marketing_pipeline.sandbox.answers.copy import write
from marketing_pipeline.sandbox.answers.evaluation import evaluate
from marketing_pipeline.sandbox.answers.judging import judge_one, judge_two
from marketing_pipeline.sandbox.answers.notes import group_notes
from marketing_pipeline.sandbox.answers.plan import plan
from marketing_pipeline.sandbox.answers.prompt import Prompt, Unanswerable

__all__ = ["Agent", "Unanswerable", "agent_of", "answer", "off_the_rules"]


class Agent(StrEnum):
    """The agents of the product, by what they answer."""

    PLAN = "plan"
    COPY = "copy"
    BRIEF = "brief"
    EVALUATION = "evaluation"
    ANALYSIS = "analysis"
    ADS = "ads"
    NOTES = "notes"
    VERDICT = "verdict"
    PREFERENCE = "preference"
    ORCHESTRATOR = "orchestrator"
    """Known by the tools that it may use; it answers in plain words."""


_MARKS: dict[Agent, frozenset[str]] = {
    Agent.PLAN: frozenset({"theme", "posts"}),
    Agent.COPY: frozenset({"variations", "chosen"}),
    Agent.BRIEF: frozenset({"template", "headline"}),
    Agent.EVALUATION: frozenset({"verdicts"}),
    Agent.ANALYSIS: frozenset({"summary", "notes"}),
    Agent.ADS: frozenset({"account_summary", "choices"}),
    Agent.NOTES: frozenset({"groups"}),
    Agent.VERDICT: frozenset({"reason", "verdict"}),
    Agent.PREFERENCE: frozenset({"reason", "better"}),
}


def agent_of(schema: dict[str, Any] | None) -> Agent | None:
    """The agent whose answer a schema describes; None for any other schema."""
    fields = set((schema or {}).get("properties", {}))
    return next((agent for agent, marks in _MARKS.items() if marks <= fields), None)


def answer(agent: Agent, texts: Sequence[str], images: Sequence[Image.Image], seed: int) -> str:
    """The agent's answer as JSON. Depends on nothing but its arguments. Raises Unanswerable."""
    prompt = Prompt(texts)
    writers: dict[Agent, Callable[[], BaseModel]] = {
        Agent.PLAN: lambda: plan(prompt, seed),
        Agent.COPY: lambda: write(prompt, seed),
        Agent.BRIEF: lambda: compose(prompt, seed),
        Agent.EVALUATION: lambda: evaluate(prompt, images),
        Agent.ANALYSIS: lambda: analyse(prompt),
        Agent.ADS: lambda: advise(prompt),
        Agent.NOTES: lambda: group_notes(prompt),
        Agent.VERDICT: lambda: judge_one(prompt),
        Agent.PREFERENCE: lambda: judge_two(prompt),
    }
    return writers[agent]().model_dump_json()


def off_the_rules(agent: Agent, given: str) -> str:
    """The same answer with one breach of the brand's rules, the kind that real models are caught at."""
    value = json.loads(given)
    if agent is Agent.PLAN:
        value["posts"][0]["audience"] = "everybody"
    elif agent is Agent.COPY:
        for variation in value["variations"]:
            variation["caption"] += "\n\nOnly £1.23 today at https://bargains.example/now"
    elif agent is Agent.BRIEF:
        value["palette"] = "neon_rainbow"
    elif agent is Agent.EVALUATION:
        value["verdicts"] = value["verdicts"][:1]
    elif agent is Agent.ADS:
        value["choices"] = [*value["choices"], {"candidate": "c-invented", "reason": "Double the budget at once."}]
    elif agent is Agent.NOTES:
        value["groups"] = [{"examples": ["x-invented"], "statement": "Publish at once.", "applies_to": "copy"}]
    elif agent in (Agent.VERDICT, Agent.PREFERENCE):
        value["reason"] = "Yes."
    else:
        value["notes"] = [{**note, "level": "no_such_level"} for note in value["notes"]]
    return json.dumps(value)
