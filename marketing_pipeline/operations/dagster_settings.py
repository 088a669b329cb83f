"""The settings of the Dagster instance: the shipped ones, and its storage on a server where one is named."""

import os
from importlib.util import find_spec
from pathlib import Path

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.settings import Settings

TEMPLATE = Path(__file__).parents[2] / "dagster.yaml"
ADDRESS = "MARKETING_DAGSTER_DATABASE_URL"
_ON_A_SERVER = f"""
storage:
  postgres:
    postgres_url:
      env: {ADDRESS}
"""


class DagsterStorageMissing(MarketingError):
    """Dagster's storage is on a server that this installation has no driver for."""


def is_on_a_server(settings: Settings) -> bool:
    """Whether Dagster's history is on PostgreSQL rather than in files of the home."""
    return bool(settings.stores.dagster.get_secret_value())


def write_dagster_settings(settings: Settings, name: str = "dagster.yaml", others: str = "") -> Path:
    """Write them to `<home>/dagster/<name>`, with `others` at their end; returns the file.

    The address of the server is a secret, so the file only names the variable, which is set for this process and its
    children. Dagster's storage works with psycopg2 alone, which SQLAlchemy takes from version 2.1 on only by its name.
    Raises DagsterStorageMissing.
    """
    storage = ""
    if is_on_a_server(settings):
        _require_driver()
        address = settings.stores.dagster.get_secret_value()
        os.environ[ADDRESS] = address.replace("postgresql://", "postgresql+psycopg2://", 1)
        storage = _ON_A_SERVER
    file = settings.home / "dagster" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    text = TEMPLATE.read_text(encoding="utf-8") + storage + others
    # Other processes read it at any time, so an unchanged one is left alone.
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")
    return file


def _require_driver() -> None:
    if find_spec("dagster_postgres") is None:
        raise DagsterStorageMissing(
            f"{ADDRESS} is set, and the package dagster-postgres is not installed.",
            "Install the extra: `pip install 'marketing-pipeline[postgres]'`.",
        )
