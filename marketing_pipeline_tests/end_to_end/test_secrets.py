"""No credential is written down: not in rows, not in the warehouse, not in Dagster's history, not in a log."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from marketing_pipeline.cli.dagster_home import dagster_instance, run_job
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.post import PostState
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, company, kept_small

AUDIT_KEY = "a-key-for-the-audit-log-that-nobody-may-see-0123"


def test_nothing_in_the_home_and_no_log_holds_a_credential(
    tmp_path: Path,
    brand: Brand,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    folder = tmp_path / "brands"
    shop = kept_small(brand, folder, 1, picture_source="image_service")
    environment = {"MARKETING_AUDIT_KEY": AUDIT_KEY}
    for name, value in {
        **environment,
        "MARKETING_BRANDS": str(folder),
        "MARKETING_HOME": str(tmp_path / "home"),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAGSTER_HOME", "")
    with company(tmp_path, shop, brands=folder, environment=environment) as people:
        settings = people.workplace.settings
        secrets = [
            AUDIT_KEY,
            settings.anthropic_key().get_secret_value(),
            settings.image_key().get_secret_value(),
            settings.instagram_token(shop).get_secret_value(),
        ]
        people.workplace.clock.step_to(brand.planning_moment(FIRST_WEEK))
        with dagster_instance(settings) as instance:
            run_job(instance, "weekly", brand.brand_id, FIRST_WEEK)
            people.approve_what_waits()
            [post] = people.workplace.posts.find(states=[PostState.SCHEDULED])
            people.workplace.clock.step_to(post.scheduled_at)
            # Errors are where a credential slips out: in an address, or echoed by the other side.
            for operation in ("read_quota", "create_container", "publish", "list_media"):
                people.order(name="html", operation=operation, effect=True)
                people.order(name="drop_before", operation=operation)
            for _ in range(8):
                run_job(instance, "run_due_effects")
                people.workplace.clock.sleep(timedelta(minutes=20).total_seconds())
            people.order(name="token_expired", times=3)
            run_job(instance, "collect_metrics", brand.brand_id, FIRST_WEEK)
    said = capfd.readouterr()
    logged = caplog.text + said.out + said.err
    files = [file for file in (tmp_path / "home").rglob("*") if file.is_file() and "sandbox" not in file.parts]
    assert {"control_plane.sqlite", "warehouse.duckdb", "index.db"} <= {file.name for file in files} | {"index.db"}
    for secret in secrets:
        assert secret not in logged
        assert [file for file in files if secret.encode() in file.read_bytes()] == []
