"""The limits of the checks are frozen: docs/creatives.md reports figures for exactly these."""

from pathlib import Path

import pytest

from marketing_pipeline.studio import thresholds

REPORT = Path(__file__).parents[2] / "docs" / "creatives.md"
FROZEN = "07dfa95ff395e262"


def test_the_limits_are_those_that_were_measured() -> None:
    assert thresholds.fingerprint() == FROZEN, "measure again on new held-out seeds and report it in docs/creatives.md"
    assert FROZEN in REPORT.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in vars(thresholds) if name.isupper()])
def test_every_limit_counts(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thresholds, name, getattr(thresholds, name) + 1)
    assert thresholds.fingerprint() != FROZEN
