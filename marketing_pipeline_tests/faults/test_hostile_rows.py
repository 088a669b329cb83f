"""The fast share of rows 37 to 39, and the controls: the judges see what they are there to see."""

from pathlib import Path

import pytest

from marketing_pipeline_tests.faults import hostile_rows, leak_rows, obeyed_rows
from marketing_pipeline_tests.faults.agent_desk import CASES
from marketing_pipeline_tests.faults.hostile_text import carries_loot, payloads
from marketing_pipeline_tests.faults.obeying_model import obeyed
from marketing_pipeline_tests.faults.row import FaultRow

ROWS = (*hostile_rows.ROWS, *leak_rows.ROWS, *obeyed_rows.ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_row(row: FaultRow, tmp_path: Path) -> None:
    figure = row.run(row.fast, 1, tmp_path)
    assert figure.tries >= row.fast
    assert figure.holds, figure


def test_there_are_enough_payloads_and_each_carries_what_the_attacker_wants() -> None:
    assert len(set(payloads())) >= 200
    assert all(carries_loot(payload.text) for payload in payloads())


def test_without_the_rules_the_attacker_would_be_published() -> None:
    [case] = [case for case in CASES if case.name == "copywriter"]
    shape = hostile_rows.shape_of(case)
    answers = [shape.model_validate(answer) for answer in obeyed(case.good, payloads()[0])]
    assert any(carries_loot(text) for answer in answers for text in case.texts(answer))
