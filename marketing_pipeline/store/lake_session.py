"""A DuckDB of this process with the lake attached: its extensions, its credentials, and what may be wrong."""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.settings.object_storage import ObjectStorage
from marketing_pipeline.settings.redaction import redacted
from marketing_pipeline.store.lake_errors import LakeConflict, LakeUnreachable, missing, unreachable
from marketing_pipeline.store.lake_turn import hold_turn
from marketing_pipeline.store.warehouse import WarehouseUnreadable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LAKE = "lake"
"""Its name in every session."""
_THREADS = 2
INLINED_ROWS = 1000
"""Up to so many rows of one statement go to the catalog, not to a file of their own; upkeep gathers them into files."""
_IN_SECRET = ("host", "port", "dbname", "user", "password")
_CONFLICTS = (
    "conflict",
    "could not serialize access",
    "duplicate key value",
    "deadlock detected",
    "maximum retry count",
)
_UNREACHABLE = (
    "Unable to connect to Postgres",
    "connection to server",
    "no connection to the server",
    "server closed the connection",
    "terminating connection",
    "could not receive data",
    "SSL SYSCALL",
    "the database system is",
    'Failed to execute query "ROLLBACK"',
)


@dataclass(frozen=True)
class LakePlace:
    """Where a lake is: the PostgreSQL URL of its catalog, and its data at `s3://...` or in a folder."""

    catalog: SecretStr
    data: str
    storage: ObjectStorage = field(default_factory=ObjectStorage)

    def parts(self) -> Mapping[str, str]:
        """The catalog's address by libpq's names. Raises LakeExtraMissing, or LakeUnreachable for one that is none."""
        try:
            from psycopg import ProgrammingError
            from psycopg.conninfo import conninfo_to_dict
        except ImportError as error:
            raise missing("psycopg", "postgres") from error
        try:
            return {name: str(value) for name, value in conninfo_to_dict(self.catalog.get_secret_value()).items()}
        except ProgrammingError:
            # The error itself would show the address, and the password in it.
            raise LakeUnreachable(
                "MARKETING_WAREHOUSE_CATALOG is no address of a PostgreSQL database.",
                "Write one such as postgresql://marketing:password@db.example/warehouse.",
            ) from None

    @property
    def shown(self) -> str:
        """The catalog's address without credentials."""
        parts = self.parts()
        return f"{parts.get('host', 'localhost')}/{parts.get('dbname', '')}"


def open_session(place: LakePlace, spill: Path, patience_s: float) -> "DuckDBPyConnection":
    """A DuckDB in memory with the lake attached as `lake`, made where there is none; beyond its memory it uses `spill`.

    About 0.4 s, most of it for loading extensions; they are signed, and nothing is downloaded. Credentials are secrets
    of this session alone. Raises LakeExtraMissing, LakeUnreachable or WarehouseBusy.
    """
    import duckdb

    connection = duckdb.connect(
        config={
            "threads": _THREADS,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    try:
        remote = place.data.startswith("s3://")
        for name in ("ducklake", "postgres_scanner", *(["httpfs"] if remote else [])):
            connection.execute(f"LOAD {_text(str(extension(name)))}")
        if remote:
            connection.execute(_storage_secret(place))
            # It has read them from the environment as well, and would show them among its settings.
            for setting in ("s3_access_key_id", "s3_secret_access_key", "s3_session_token"):
                connection.execute(f"SET GLOBAL {setting} = ''")
        connection.execute(f"SET ducklake_default_data_inlining_row_limit = {INLINED_ROWS}")
        parts = place.parts()
        connection.execute(_catalog_secret(parts))
        connection.execute(_lake_secret(place, parts))
        # Two that make the same lake at once would both begin with its first table.
        with hold_turn(place.catalog, "making", patience_s):
            connection.execute(f"ATTACH 'ducklake:place' AS {LAKE}")
    except duckdb.Error as error:
        connection.close()
        raise explained(error, place) or _unusable(error, place) from None
    except BaseException:
        connection.close()
        raise
    return connection


def explained(error: Exception, place: LakePlace) -> MarketingError | None:
    """The plain error for what is wrong with the lake; None for what is wrong with the caller's SQL."""
    import duckdb

    words = _words(error)
    if isinstance(error, duckdb.TransactionException | duckdb.IOException) and any(
        each in words for each in _CONFLICTS
    ):
        return LakeConflict(f"Another writer changed the warehouse at the same time: {words}.", "Try again.")
    if any(each in words for each in _UNREACHABLE):
        return unreachable(place.shown, words)
    if isinstance(error, duckdb.HTTPException) or "HTTP" in words:
        return LakeUnreachable(
            f"The warehouse's data at {place.data} cannot be read or written: {words}.",
            "Check MARKETING_WAREHOUSE_DATA, the bucket, its rights, and the AWS_* variables.",
        )
    if isinstance(error, duckdb.FatalException | duckdb.InternalException):
        return WarehouseUnreadable(f"The warehouse at {place.shown} cannot be read: {words}.", "See the server's log.")
    if isinstance(error, duckdb.IOException):
        return _unusable(error, place)
    return None


def _unusable(error: Exception, place: LakePlace) -> LakeUnreachable:
    return LakeUnreachable(
        f"The warehouse at {place.shown} with its data at {place.data} cannot be used: {_words(error)}.",
        "Check MARKETING_WAREHOUSE_CATALOG, MARKETING_WAREHOUSE_DATA and the AWS_* variables.",
    )


def _words(error: Exception) -> str:
    return redacted(" ".join(str(error).split()))[:500].rstrip(".")


def extension(name: str) -> Path:
    """The file of a DuckDB extension that is installed as a package. Raises LakeExtraMissing."""
    import duckdb

    package = f"duckdb_extension_{name}"
    found = importlib.util.find_spec(package)
    if found is not None and found.origin is not None:
        path = Path(found.origin).with_name("extensions") / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        if path.exists():
            return path
    raise missing(f"{package.replace('_', '-')} {duckdb.__version__}", "ducklake")


def _catalog_secret(parts: Mapping[str, str]) -> str:
    names = {"dbname": "DATABASE"}
    given = {names.get(name, name.upper()): parts[name] for name in _IN_SECRET if name in parts}
    return _secret("catalog", "postgres", given)


def _lake_secret(place: LakePlace, parts: Mapping[str, str]) -> str:
    from psycopg.conninfo import make_conninfo

    # Whatever else the address asks for, such as sslmode.
    rest = make_conninfo("", **{name: value for name, value in parts.items() if name not in _IN_SECRET})
    how = "METADATA_PARAMETERS MAP {'TYPE': 'postgres', 'SECRET': 'catalog'}"
    data = place.data if place.data.endswith("/") else f"{place.data}/"
    return f"CREATE SECRET place (TYPE ducklake, METADATA_PATH {_text(rest)}, DATA_PATH {_text(data)}, {how})"


def _storage_secret(place: LakePlace) -> str:
    storage = place.storage
    if not (storage.key_id.get_secret_value() and storage.secret.get_secret_value()):
        raise LakeUnreachable(
            f"The warehouse's data is at {place.data}, and no credentials for it are given.",
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        )
    given = {"KEY_ID": storage.key_id.get_secret_value(), "SECRET": storage.secret.get_secret_value()}
    given |= {"REGION": storage.region, "SCOPE": place.data}
    if storage.session_token.get_secret_value():
        given["SESSION_TOKEN"] = storage.session_token.get_secret_value()
    if storage.endpoint:
        url = urlsplit(storage.endpoint)
        # Buckets of other storage seldom have host names of their own.
        given |= {"ENDPOINT": url.netloc, "URL_STYLE": "path", "USE_SSL": str(url.scheme != "http").lower()}
    return _secret("storage", "s3", given)


def _secret(name: str, kind: str, given: Mapping[str, str]) -> str:
    options = ", ".join([f"TYPE {kind}", *(f"{option} {_text(value)}" for option, value in given.items())])
    return f"CREATE SECRET {name} ({options})"


def _text(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"
