"""Row 42: canary secrets searched for in everything that a week of work with errors leaves behind or says."""

import base64
import io
import logging
import os
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import duckdb

from marketing_pipeline.channels.notifications import Notifier
from marketing_pipeline.cli.dagster_home import RunFailed, dagster_instance, run_job
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.health import Area, Health, bad
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.operations.alerts import watch
from marketing_pipeline.store.brand_folder import load_brand
from marketing_pipeline_tests.end_to_end.company import FIRST_WEEK, Company, company, kept_small
from marketing_pipeline_tests.faults.listening_proxy import listening_proxy
from marketing_pipeline_tests.faults.row import FaultRow, Figure
from marketing_pipeline_tests.fixtures import SHIPPED_BRANDS
from marketing_pipeline_tests.operations.listener import CANARY, Listener

CONTROL = "teal-control-word-5507"
"""No secret: a word of the brand that must be found wherever a secret would be."""
_SECRETS = {
    "MARKETING_AUDIT_KEY": "canary-audit-key-that-nobody-may-see-0123456789",
    "ANTHROPIC_API_KEY": "sk-ant-canary-model-9f31c7",
    "IMAGE_API_KEY": "sk-canary-image-1b77e2",
    "INSTAGRAM_TOKEN_UPSCALE_PRINT": "IGAAcanaryToken5512",
    "GOOGLE_ADS_DEVELOPER_TOKEN": "canary-developer-token-7d",
    "GOOGLE_ADS_CLIENT_SECRET": "GOCSPX-canary-client-secret",
    "GOOGLE_ADS_REFRESH_TOKEN": "1//canary-refresh-token",
}
_CALLS_THAT_FAIL = ("read_quota", "create_container", "publish", "list_media")


@contextmanager
def _said() -> Generator[io.StringIO]:
    """Everything that is logged, at the finest level, and printed."""
    heard = io.StringIO()
    handler, root = logging.StreamHandler(heard), logging.getLogger()
    level, disabled = root.level, logging.root.manager.disable
    logging.disable(logging.NOTSET)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(heard), redirect_stderr(heard):
            yield heard
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        logging.disable(disabled)


@contextmanager
def _environment(names: Mapping[str, str]) -> Generator[None]:
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def searched(tries: int, seed: int, folder: Path) -> Figure:
    """Row 42. A week with every kind of error; each secret in each form is searched for everywhere."""
    brands, home = folder / "brands", folder / "home"
    model = load_brand(SHIPPED_BRANDS / "upscale_print").model_copy(update={"tagline": f"Prints, {CONTROL}"})
    shop = kept_small(model, brands, 1, picture_source="image_service")
    names = {**_SECRETS, "MARKETING_BRANDS": str(brands), "MARKETING_HOME": str(home), "DAGSTER_HOME": ""}
    with (
        _environment(names),
        _said() as heard,
        Listener() as service,
        company(folder, shop, brands=brands, environment=_SECRETS) as people,
        listening_proxy(people.world.url) as proxy,
        _environment({"MARKETING_SANDBOX_URL": proxy.url, "MARKETING_NOTIFY_URLS": service.url.get_secret_value()}),
    ):
        settings = people.workplace.settings
        secrets = {
            *_SECRETS.values(),
            CANARY,
            settings.anthropic_key().get_secret_value(),
            settings.image_key().get_secret_value(),
            settings.instagram_token(shop).get_secret_value(),
        }
        raised = _a_week_with_errors(people)
        _tell(people, service)
        people.workplace.refresh_warehouse()
        people.workplace.upkeep.back_up(folder / "backups", keep=None, with_key=False)
        places = {
            "logs and output": heard.getvalue(),
            "requests and prompts": "\n".join(proxy.said),
            "exceptions": "\n".join(raised),
            "notifications": str(service.heard),
        }
    hits, controls = _search(places, home, folder / "backups", secrets)
    broken = Counter(hits) + Counter({f"the control is not found in {place}": 1 for place in _NEEDED - controls})
    note = "; ".join(what for what, _ in broken.most_common(4)) or f"0 hits; the control is in {len(controls)} places"
    return Figure(tries=len(secrets) * len(_forms("x")), broken=broken.total(), note=note)


_NEEDED = {"requests and prompts", "control_plane.sqlite", "the warehouse", "backups: control_plane.sqlite"}


def _a_week_with_errors(people: Company) -> list[str]:
    """Errors are where a credential slips out: in an address, or echoed by the other side. What was raised."""
    raised: list[str] = []
    brand, clock = people.brand, people.workplace.clock

    def run(instance: object, job: str, **of: object) -> None:
        try:
            run_job(instance, job, **of)  # pyright: ignore[reportArgumentType]
        except (RunFailed, MarketingError) as error:
            raised.append(f"{error!r} {error}")

    clock.step_to(brand.planning_moment(FIRST_WEEK))
    with dagster_instance(people.workplace.settings) as instance:
        run(instance, "weekly", brand=brand.brand_id, week=FIRST_WEEK)
        people.approve_what_waits()
        [post] = people.workplace.posts.find(states=[PostState.SCHEDULED])
        clock.step_to(post.scheduled_at)
        for operation in _CALLS_THAT_FAIL:
            people.order(name="html", operation=operation, effect=True)
            people.order(name="drop_before", operation=operation)
        for _ in range(8):
            run(instance, "run_due_effects")
            clock.sleep(timedelta(minutes=20).total_seconds())
        people.order(name="token_expired", times=3)
        run(instance, "collect_metrics", brand=brand.brand_id, week=FIRST_WEEK)
        people.order_from_model(name="429", times=9)
        clock.step_to(brand.planning_moment(FIRST_WEEK.plus(1)))
        run(instance, "weekly", brand=brand.brand_id, week=FIRST_WEEK.plus(1))
    return raised


def _tell(people: Company, service: Listener) -> None:
    """One alert to a service that takes it, and one to a service that is not there."""
    ill = Health(at=datetime(2026, 11, 16, tzinfo=UTC), findings=(bad(Area.DISK, f"Full: {CONTROL}.", "Make room."),))
    place = people.workplace.health.installation()
    watch(place, ill, Notifier((service.url,)))
    service.status = 500
    people.workplace.clock.sleep(timedelta(hours=2).total_seconds())
    watch(place, ill, Notifier((service.url,)))


def _forms(secret: str) -> tuple[str, ...]:
    """A secret as it is, quoted for an address, in base64 and in hexadecimal digits."""
    return secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode().rstrip("="), secret.encode().hex()


def _search(texts: Mapping[str, str], home: Path, backups: Path, secrets: set[str]) -> tuple[dict[str, int], set[str]]:
    """Hits by place, and the places in which the control word was found."""
    places = {name: text.encode() for name, text in texts.items()}
    for prefix, root in (("", home), ("backups: ", backups)):
        for file in (path for path in root.rglob("*") if path.is_file() and "sandbox" not in path.parts):
            places[f"{prefix}{file.name}"] = places.get(f"{prefix}{file.name}", b"") + file.read_bytes()
    hits = Counter(
        f"a secret is in {place}"
        for place, content in places.items()
        if any(form.encode() in content for secret in secrets for form in _forms(secret))
    )
    controls = {place for place, content in places.items() if CONTROL.encode() in content}
    # Columns of the warehouse are compressed: it is asked, not read.
    for table, rows in _warehouse(home):
        hits[f"a secret is in the table {table}"] += any(secret in rows for secret in secrets)
        controls |= {"the warehouse"} if CONTROL in rows else set()
    return dict(+hits), controls


def _warehouse(home: Path) -> Iterator[tuple[str, str]]:
    """Each table of the warehouse as text."""
    [file] = home.rglob("warehouse.duckdb")
    with duckdb.connect(str(file), read_only=True) as connection:
        names = connection.execute("SELECT table_schema, table_name FROM information_schema.tables").fetchall()
        for schema, name in names:
            yield name, str(connection.execute(f'SELECT * FROM "{schema}"."{name}"').fetchall())


ROWS = (FaultRow("42", "Secret leaks into records, logs, prompts or backups", "secret", 1, 1, searched),)
