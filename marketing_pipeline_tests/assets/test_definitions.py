"""The code location: it loads with an empty environment, holds exactly what it should, and stays light."""

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg

from marketing_pipeline.definitions import defs
from marketing_pipeline.domain.health import Area

ROOT = Path(__file__).parents[2]
ASSETS = {
    "strategy",
    "performance_metrics",
    "learnings",
    "weekly_plans",
    "post_variations",
    "creatives",
    "evaluation_scores",
    "published_posts",
    "ad_performance",
    "ad_outcomes",
    "ad_changes_proposed",
    "ad_changes_compared",
    "ad_changes_applied",
    "agent_quality",
    "health",
}
CHECKS = {
    ("strategy", "goals_are_still_ahead"),
    ("performance_metrics", "every_published_post_is_measured"),
    ("learnings", "learnings_carry_their_evidence"),
    ("weekly_plans", "weekly_plan_covers_every_slot"),
    ("post_variations", "captions_obey_brand_rules"),
    ("post_variations", "every_post_has_a_choice"),
    ("creatives", "kept_creatives_are_stored"),
    ("creatives", "every_written_post_is_designed"),
    ("evaluation_scores", "creatives_meet_the_bar"),
    ("published_posts", "no_post_is_lost"),
    ("published_posts", "nobody_is_waited_for"),
    ("ad_changes_compared", "manual_approval"),
    ("ad_performance", "ad_facts_are_fresh"),
    ("ad_performance", "ad_costs_add_up"),
    ("ad_outcomes", "applied_changes_are_judged"),
    ("ad_changes_proposed", "proposals_stay_within_policy"),
    ("agent_quality", "no_suite_is_below_its_baseline"),
    ("agent_quality", "prompts_were_evaluated"),
    *(("health", area) for area in Area),
}
HEAVY = {
    *("PIL", "alembic", "anthropic", "apprise", "cv2", "duckdb", "fontTools", "google.ads", "grpc", "httpx", "numpy"),
    *("pandas", "prometheus_client", "psutil", "pyarrow", "rich", "sqlalchemy", "starlette", "tenacity", "uvicorn"),
    "yaml",
}
LARGE_MODELS = {f"marketing_pipeline.domain.{noun}" for noun in ("ad_change", "approval", "brand", "learning", "plan")}
"""Pydantic builds them for a tenth of a second and more; which brands there are, their folders say."""


def test_nothing_is_dropped_in_silence() -> None:
    graph = defs.resolve_asset_graph()
    assert {key.to_user_string() for key in graph.get_all_asset_keys()} == ASSETS
    assert {(key.asset_key.to_user_string(), key.name) for key in graph.asset_check_keys} == CHECKS


def test_every_asset_tells_a_marketer_what_it_is() -> None:
    for spec in defs.resolve_all_asset_specs():
        assert spec.description and len(spec.description) > 40, spec.key
        assert spec.group_name != "default" and spec.kinds, spec.key
        if spec.group_name != "operations":  # what concerns the installation belongs to no brand and no week
            partitions = dg.MultiPartitionsDefinition | dg.DynamicPartitionsDefinition
            assert isinstance(spec.partitions_def, partitions), spec.key


def test_jobs_schedules_and_sensors_run_by_themselves() -> None:
    repository = defs.get_repository_def()
    assert {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")} == {
        "weekly",
        "plan_week",
        "collect_metrics",
        "run_due_effects",
        "refresh_tokens",
        "apply_ad_change",
        "daily_ads",
        "maintenance",
        "daily_backup",
        "publish_snapshot",
    }
    schedules = {item.name: item.default_status for item in repository.schedule_defs}
    assert schedules == dict.fromkeys(
        ("weekly_planning", "metrics_collection", "ads_review", "maintenance_daily", "backup_daily"),
        dg.DefaultScheduleStatus.RUNNING,
    )
    sensors = {item.name: item.default_status for item in repository.sensor_defs}
    assert sensors == dict.fromkeys(
        (
            "due_effects",
            "token_refresh",
            "approved_ad_changes",
            "open_ad_changes",
            "orphaned_runs",
            "signs_of_life",
            "alerts_watch",
            "snapshot_due",
        ),
        dg.DefaultSensorStatus.RUNNING,
    )


def in_fresh_process(code: str, tmp_path: Path) -> str:
    """What a fresh interpreter with an empty environment prints."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_loads_with_an_empty_environment_and_nothing_heavy(tmp_path: Path) -> None:
    before = "import sys, dagster; known = set(sys.modules); import marketing_pipeline.definitions as d; d.defs"
    loaded = in_fresh_process(f"{before}; print(*sorted(set(sys.modules) - known))", tmp_path).split()
    assert set(loaded) & (HEAVY | LARGE_MODELS) == set(), "they are imported inside the functions that use them"
    assert not list(tmp_path.iterdir()), "loading writes nothing"


def test_definitions_validate(tmp_path: Path) -> None:
    dagster = Path(sys.executable).parent / "dagster"
    command = [str(dagster), "definitions", "validate", "-w", str(ROOT / "workspace.yaml")]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DAGSTER_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
