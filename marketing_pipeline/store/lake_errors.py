"""What may go wrong with a lake."""

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.store.warehouse import WarehouseBusy, WarehouseUnwritable


class LakeExtraMissing(MarketingError):
    """What the lake needs is not installed, or was made for another DuckDB."""


class LakeUnreachable(WarehouseUnwritable):
    """The catalog or the object storage does not answer, or refuses these credentials."""


class LakeConflict(WarehouseBusy):
    """Another writer came before: the transaction was undone and may be tried again."""


def missing(what: str, extra: str) -> LakeExtraMissing:
    """The error of something that is not installed."""
    return LakeExtraMissing(
        f"The warehouse is on DuckLake (MARKETING_WAREHOUSE_CATALOG), which needs {what}.",
        f"Install the extra: .venv/bin/pip install -e '.[{extra}]'.",
    )


def unreachable(where: str, words: str) -> LakeUnreachable:
    """The error of a catalog that does not answer; `words` are the server's or the driver's."""
    return LakeUnreachable(
        f"The warehouse's catalog at {where} cannot be reached: {words}.",
        "Check MARKETING_WAREHOUSE_CATALOG, and that the server is up and lets this user in.",
    )
