"""Pictures with planted defects: what was done can be seen, and the studio's checks say what the corpus says."""

import io

import pytest
from PIL import Image, ImageChops

from marketing_pipeline.domain.agent_evaluation import Split, split_of
from marketing_pipeline.evals.corpus import load_corpus
from marketing_pipeline.evals.planted import DEFECTS, shown
from marketing_pipeline.evals.suites.evaluator import NOT_GOOD

CORPUS = load_corpus("evaluator")
SITUATIONS = [name for name in CORPUS.contexts if split_of(name) is Split.HELD_OUT]
RYE = CORPUS.contexts["held/rye_clean"]


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_studio_measures_what_the_corpus_says(situation: str) -> None:
    creative = shown(CORPUS.brands[situation], CORPUS.contexts[situation])
    failed = [check.name for check in creative.checks if not check.passed and check.name in NOT_GOOD]
    assert failed == CORPUS.contexts[situation]["failed_checks"]


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_changes_the_picture(defect: str) -> None:
    brand = CORPUS.brands["held/rye_clean"]
    [before] = shown(brand, RYE).pictures
    [after] = shown(brand, {**RYE, "planted": [defect]}).pictures
    with Image.open(io.BytesIO(before)) as one, Image.open(io.BytesIO(after)) as other:
        assert one.size == other.size
        changed = ImageChops.difference(one.convert("L"), other.convert("L")).histogram()
    assert sum(changed[24:]) > 2000


def test_a_defect_that_nobody_knows_is_refused() -> None:
    with pytest.raises(KeyError, match="smudge"):
        shown(CORPUS.brands["held/rye_clean"], {**RYE, "planted": ["smudge"]})
