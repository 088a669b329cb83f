"""One weekly run of 7 posts through Dagster, with providers as slow as real ones, against its critical path.

The critical path is the plan plus the slowest single post, taken from the run's own records: the provider seconds of
each model call and painted picture, one after the other. A run that did one post at a time would take about the sum.
Model 4 s, vision 6 s, picture 12 s. The connections that each service accepted are the sandbox's own count; TLS
contexts are counted as they are made. Run it with `make bench NAME=weekly_run`; the target is a ratio of at most 1.2.
"""

import json
import os
import re
import resource
import shutil
import ssl
import tempfile
import time
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from marketing_pipeline.agents.language_model import AHEAD_OF_TIME
from marketing_pipeline.cli.dagster_home import dagster_instance, run_job
from marketing_pipeline.cli.sandbox_process import sandbox_process
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.week import Week
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.image_jobs import JobState
from marketing_pipeline.store.model_calls import ModelCalls
from marketing_pipeline.store.tables import image_jobs
from marketing_pipeline.workplace import Workplace

BRAND = "upscale_print"
MODEL_S, VISION_S, PICTURE_S = 4.0, 6.0, 12.0


def brand_with_painted_pictures(root: Path) -> Path:
    """A brands folder with the shipped brand, its pictures ordered from the image service."""
    folder = root / "brands" / BRAND
    shutil.copytree(Path("brands") / BRAND, folder)
    file = folder / "brand.yaml"
    text = re.sub(r"(?m)^( +)picture_source:.*\n", "", file.read_text(encoding="utf-8"))
    text = re.sub(r"(?m)^look:\n", "look:\n  picture_source: image_service\n", text)
    text = re.sub(r"model_spend_per_week_usd: .*", "model_spend_per_week_usd: 100", text)
    file.write_text(text, encoding="utf-8")
    return folder.parent


def critical_path(workplace: Workplace, brand: Brand, week: Week) -> tuple[float, float]:
    """Provider seconds of the plan and of the slowest post, and of everything one after the other."""
    posts: dict[str | None, float] = defaultdict(float)
    for call in ModelCalls(workplace.database).of_week(brand.brand_id, week.key):
        if call.agent == AHEAD_OF_TIME:
            continue  # nothing waits for it
        posts[call.subject.post] += VISION_S if call.images else MODEL_S
    with workplace.database.read() as connection:
        for row in connection.execute(image_jobs.select().where(image_jobs.c.state == JobState.DONE)):
            posts[row.post] += PICTURE_S
    total = sum(posts.values())
    return posts.pop(None) + max(posts.values()), total


@contextmanager
def contexts_made() -> Generator[list[int]]:
    """The list's one number is how many TLS contexts this process has made inside."""
    made, new = [0], ssl.SSLContext.__new__

    def counted(cls: type[ssl.SSLContext], *arguments: Any, **named: Any) -> ssl.SSLContext:
        made[0] += 1
        return new(cls, *arguments, **named)

    ssl.SSLContext.__new__ = counted  # pyright: ignore[reportAttributeAccessIssue]
    try:
        yield made
    finally:
        ssl.SSLContext.__new__ = new


def main() -> None:
    """Run the week once and print wall time, critical path, sum and peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        os.environ["MARKETING_BRANDS"] = str(brand_with_painted_pictures(root))
        os.environ["MARKETING_HOME"] = str(root / "home")
        settings = Settings.from_environment()
        options = (
            "--model-seconds",
            str(MODEL_S),
            "--vision-seconds",
            str(VISION_S),
            "--image-seconds",
            str(PICTURE_S),
        )
        with Workplace.open(settings) as workplace, sandbox_process(settings, *options) as sandbox:
            brand = workplace.brand(BRAND)
            week = Week.containing(SystemClock().now(), brand.zone).plus(1)
            with dagster_instance(settings) as instance, contexts_made() as contexts:
                start = time.perf_counter()
                run_job(instance, "weekly", brand.brand_id, week)
                wall = time.perf_counter() - start
            path, total = critical_path(workplace, brand, week)
            accepted = httpx.get(f"{sandbox}/sandbox/connections", trust_env=False).json()["accepted"]
            del accepted["sandbox"]  # the question itself
            posts = len(workplace.posts.find(brand=brand.brand_id, week=week.key))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{posts} posts   wall {wall:.1f} s   critical path {path:.1f} s   one after the other {total:.1f} s")
    print(f"peak memory of the run's process {peak_mb:.0f} MB")
    told = ", ".join(f"{service} {count}" for service, count in accepted.items())
    print(f"connections accepted: {told}   TLS contexts made: {contexts[0]}")
    figures = {
        "ratio": round(wall / path, 3),
        "peak_mb": round(peak_mb),
        **{f"connections_{service}": count for service, count in accepted.items()},
        "tls_contexts": contexts[0],
    }
    print(json.dumps({"benchmark": "weekly_run", "figures": figures}))


if __name__ == "__main__":
    main()
