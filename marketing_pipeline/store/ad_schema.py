"""The warehouse tables of ad facts. They are not projections: a rebuild of those leaves these as they are."""

from functools import cache
from importlib.resources import files

AD_TABLES = ("ad_metrics", "search_terms", "ad_resources", "ad_collections")


@cache
def ad_schema() -> str:
    """SQL that makes those that are missing, with a comment on each table and column."""
    folder = files("marketing_pipeline.store").joinpath("sql")
    return "\n".join(folder.joinpath(f"{name}.sql").read_text(encoding="utf-8") for name in AD_TABLES)
