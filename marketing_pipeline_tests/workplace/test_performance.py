"""What is shown as recent, and what is learnt from."""

from datetime import timedelta
from pathlib import Path

import pytest

from marketing_pipeline.settings import Settings
from marketing_pipeline.store.home import Home
from marketing_pipeline.workplace import Workplace
from marketing_pipeline_tests.cli.office import BRAND, write_brand
from marketing_pipeline_tests.store.warehouse_history import NOW, busy_tea_room


@pytest.mark.parametrize(("days_later", "recent", "learnt"), [(0, 20, 20), (200, 0, 20), (400, 0, 0)])
def test_a_brand_that_posts_seldom_is_learnt_from_for_a_year(
    marketing_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    days_later: int,
    recent: int,
    learnt: int,
) -> None:
    write_brand(tmp_path / "brands")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MARKETING_BRANDS", str(tmp_path / "brands"))
    monkeypatch.setenv("MARKETING_SANDBOX_SEED", "1")
    busy_tea_room(marketing_home).database.close()
    Home(marketing_home).clock().start_stepped(NOW + timedelta(days=days_later))
    with Workplace.open(Settings.from_environment()) as work:
        assert len(work.performance(BRAND)) == recent
        assert len(work.learnt_from(BRAND)) == learnt
