"""The note reader's groups: known notes of three posts, rules and no acts, and the grouping that people would make."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from marketing_pipeline.agents import note_reader
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.brand_rule import AppliesTo
from marketing_pipeline.domain.heard_note import HeardNote, NoteGroups
from marketing_pipeline.evals.score import Budget, Json, Score, Suite, by_criterion, found, measured, parsed

LEAST_AGREEMENT = 0.8
"""Of the pairs that either side puts together, the share (F1) in which both do."""
_RULES = {
    "known_examples": frozenset({"known_example", "one_group"}),
    "repeated": frozenset({"repeated"}),
    "no_act": frozenset({"no_act", "link", "mention"}),
    "brand_rules": frozenset({"hidden_character", "look_alike"}),
}
Pair = frozenset[str]


def score(brand: Brand, context: Json, answer: Json) -> Sequence[Score]:
    """Every criterion of one answer. The situation's `alike` are the groups that its author makes of the notes."""
    given, shape = parsed(NoteGroups, answer)
    if given is None:
        return (shape,)
    notes = [HeardNote.model_validate({"kind": "rejection", "field": "post", **row}) for row in context["notes"]]
    broken = by_criterion(note_reader.rules(brand, notes)(given), _RULES)
    wanted: list[Json] = context["alike"]
    return (
        shape,
        *(found(criterion, broken[criterion]) for criterion in _RULES),
        _grouping([group.examples for group in given.groups], [group["examples"] for group in wanted]),
        found("applies_to", _wrongly_applied(given, wanted)),
    )


def _grouping(made: Sequence[Sequence[str]], wanted: Sequence[Sequence[str]]) -> Score:
    ours, theirs = _pairs(made), _pairs(wanted)
    both = len(ours & theirs)
    share = 1.0 if not ours and not theirs else 2 * both / (len(ours) + len(theirs))
    told = f"{both} of {len(theirs)} pairs that belong together are found, {len(ours) - both} others are made"
    return measured("grouping", share, LEAST_AGREEMENT, told)


def _pairs(groups: Sequence[Sequence[str]]) -> set[Pair]:
    return {frozenset(pair) for group in groups for pair in combinations(sorted(set(group)), 2)}


def _wrongly_applied(given: NoteGroups, wanted: Sequence[Json]) -> Iterator[str]:
    for group in given.groups:
        for meant in wanted:
            if len(set(group.examples) & set(meant["examples"])) > len(group.examples) / 2:
                about = AppliesTo(meant["applies_to"])
                if group.applies_to is not about:
                    yield f"{group.statement!r} is about {about}, not {group.applies_to}"


SUITE = Suite(
    "note_reader",
    ("shape", *_RULES, "grouping", "applies_to"),
    score,
    critical=frozenset({"known_examples", "repeated", "no_act"}),
    budget=Budget(usd_per_case=0.08, p95_seconds=60),
)
