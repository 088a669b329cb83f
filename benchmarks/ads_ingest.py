"""500,000 keyword-days through the genuine client's channel into DuckDB, by three routes side by side in one run.

- ours: raw pages -> Arrow -> the staging file -> one INSERT (what the collection of ad facts does);
- proto-plus: a loop over the client's rows, a pandas frame, one INSERT;
- gaarf: the package google-ads-api-report-fetcher, its report as a pandas frame, one INSERT.

Each route runs in a process of its own against one TLS server with pages prepared in advance; imports are not
counted. The two slow routes run on a smaller slice, and rows a second are compared. The targets
are at least 20 times each of them, and memory that does not grow with the rows: ours runs once on twice as many.
Without the extra `bench`, gaarf is installed into an environment that is thrown away afterwards.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

ROWS, SLICE, GAARF_SLICE = 500_000, 20_000, 10_000
PAGE = 10_000
RUNS = 3
VERSION, CUSTOMER, FIRST = "v26", "1234567890", date(2026, 1, 1)
SERVICE = f"google.ads.googleads.{VERSION}.services.GoogleAdsService"
GAARF = "google-ads-api-report-fetcher==1.18.3"
FIELDS = (
    "campaign.id",
    "campaign.name",
    "ad_group.id",
    "ad_group.name",
    "ad_group_criterion.criterion_id",
    "ad_group_criterion.keyword.text",
    "ad_group_criterion.keyword.match_type",
    "segments.date",
    "metrics.impressions",
    "metrics.clicks",
    "metrics.cost_micros",
    "metrics.conversions",
    "metrics.conversions_value",
)


def pages(rows: int) -> list[bytes]:
    """Serialised pages of so many keyword-days."""
    from google.ads.googleads.v26.services.types.google_ads_service import SearchGoogleAdsStreamResponse

    kind: Any = cast(Any, SearchGoogleAdsStreamResponse).pb()
    made: list[bytes] = []
    for start in range(0, rows, PAGE):
        page = kind()
        page.field_mask.paths.extend(FIELDS)
        for at in range(start, min(start + PAGE, rows)):
            _fill(page.results.add(), at)
        made.append(page.SerializeToString())
    return made


def _fill(row: Any, at: int) -> None:
    keyword, day = divmod(at, 100)
    group, campaign = keyword // 20, keyword // 100
    row.campaign.resource_name = f"customers/{CUSTOMER}/campaigns/{campaign}"
    row.campaign.id, row.campaign.name = campaign, f"Search | campaign {campaign}"
    row.ad_group.resource_name = f"customers/{CUSTOMER}/adGroups/{group}"
    row.ad_group.id, row.ad_group.name = group, f"Ad group about subject {group}"
    criterion = row.ad_group_criterion
    criterion.resource_name = f"customers/{CUSTOMER}/adGroupCriteria/{group}~{keyword}"
    criterion.criterion_id, criterion.keyword.text = keyword, f"keyword number {keyword}"
    criterion.keyword.match_type = 2 + keyword % 3
    row.keyword_view.resource_name = f"customers/{CUSTOMER}/keywordViews/{group}~{keyword}"
    row.segments.date = str(FIRST + timedelta(days=day))
    metrics = row.metrics
    metrics.impressions, metrics.clicks, metrics.cost_micros = at % 997, at % 31, (at % 997) * 10_000
    metrics.conversions, metrics.conversions_value = at % 7 / 2, at % 7 * 24.5


@contextmanager
def served(folder: Path) -> Generator[Path]:
    """A TLS server of prepared pages; the query's LIMIT says how many rows. Gives its connection file."""
    import grpc

    from marketing_pipeline.sandbox.google_ads.certificates import Authority
    from marketing_pipeline.sandbox.google_ads.side_door import SideDoor, write_service_account

    whole = pages(ROWS)
    prepared = {rows: (2 * whole)[: rows // PAGE] for rows in (GAARF_SLICE, SLICE, ROWS, 2 * ROWS)}

    def stream(request: bytes, context: Any) -> Iterator[bytes]:
        [rows] = re.findall(rb"LIMIT (\d+)", request)
        yield from prepared[int(rows)]

    handler: Any = cast(Any, grpc).unary_stream_rpc_method_handler(stream)
    authority, door = Authority(folder), SideDoor({})
    server = grpc.server(ThreadPoolExecutor(2), options=[("grpc.max_send_message_length", -1)])
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {"SearchStream": handler}),))
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([authority.server_certificate()]))
    server.start()
    key, connection = folder / "service_account.json", folder / "connection.json"
    write_service_account(key, authority.service_account_key(), f"{door.url}/token")
    reached = {
        "developer_token": "benchmark",
        "login_customer_id": CUSTOMER,
        "json_key_file_path": str(key),
        "endpoint": f"localhost:{port}",
        "root_certificate": str(authority.root),
    }
    connection.write_text(json.dumps(reached), encoding="utf-8")
    try:
        yield connection
    finally:
        server.stop(grace=None).wait()
        door.close()


def query(rows: int) -> str:
    """The keyword query; the server reads the number of rows from its LIMIT."""
    return f"SELECT {', '.join(FIELDS)} FROM keyword_view LIMIT {rows}"


def genuine_client(connection: Path) -> Any:
    """The genuine client, without anything of ours."""
    from google.ads.googleads.client import GoogleAdsClient

    reached = json.loads(connection.read_text(encoding="utf-8"))
    os.environ["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = reached.pop("root_certificate")
    return GoogleAdsClient.load_from_dict({**reached, "use_proto_plus": True}, version=VERSION)


def ours(connection: Path, rows: int, folder: Path) -> float:
    """Seconds of the product's own route."""
    from marketing_pipeline.channels.google_ads.client import AdsClient
    from marketing_pipeline.channels.google_ads.connection import AdsConnection
    from marketing_pipeline.channels.google_ads.fact_queries import METRICS, FactQuery
    from marketing_pipeline.domain.clock import SystemClock
    from marketing_pipeline.domain.identifiers import BrandId
    from marketing_pipeline.settings import GoogleAdsAccess
    from marketing_pipeline.store.ad_facts import AdCollection, AdFacts, CollectionOutcome
    from marketing_pipeline.store.ad_staging import ad_staging
    from marketing_pipeline.store.warehouse import Warehouse

    access = GoogleAdsAccess.model_validate_json(connection.read_text(encoding="utf-8"))
    client = AdsClient(AdsConnection(access, SystemClock()))
    assert client.connection.service
    warehouse = Warehouse(folder)
    asked = FactQuery("keyword_view", METRICS["keyword"].columns, f" LIMIT {rows}")
    start = time.perf_counter()
    with ad_staging(folder) as staging:
        found = staging.keep("ad_metrics", {"level": "keyword"}, client.tables(CUSTOMER, asked))
        collection = AdCollection(
            brand=BrandId("bench"),
            customer_id=CUSTOMER,
            read_at=datetime(2026, 11, 16, tzinfo=UTC),
            outcome=CollectionOutcome.COLLECTED,
            operations=1,
            currency="GBP",
            first_day=FIRST,
            last_day=FIRST + timedelta(days=99),
        )
        AdFacts(warehouse).replace(collection, staging)
    taken = time.perf_counter() - start
    assert found == rows == AdFacts(warehouse).rows("SELECT count(*) AS n FROM ad_metrics", {})[0]["n"]
    client.close()
    return taken


def proto_plus(connection: Path, rows: int, folder: Path) -> float:
    """Seconds of the loop that everybody writes first."""
    import duckdb
    import pandas as pd

    service = genuine_client(connection).get_service("GoogleAdsService")
    start = time.perf_counter()
    found: list[dict[str, Any]] = []
    for page in service.search_stream(customer_id=CUSTOMER, query=query(rows), timeout=600):
        for row in page.results:
            found.append(
                {
                    "campaign_id": row.campaign.id,
                    "campaign": row.campaign.name,
                    "ad_group_id": row.ad_group.id,
                    "ad_group": row.ad_group.name,
                    "criterion_id": row.ad_group_criterion.criterion_id,
                    "keyword": row.ad_group_criterion.keyword.text,
                    "match_type": row.ad_group_criterion.keyword.match_type.name,
                    "day": row.segments.date,
                    "impressions": row.metrics.impressions,
                    "clicks": row.metrics.clicks,
                    "cost_micros": row.metrics.cost_micros,
                    "conversions": row.metrics.conversions,
                    "conversions_value": row.metrics.conversions_value,
                }
            )
    return _stored(pd.DataFrame(found), rows, folder, duckdb, start)


def gaarf(connection: Path, rows: int, folder: Path) -> float:
    """Seconds of gaarf's own fetcher."""
    import duckdb

    clients, fetchers = (import_module(f"gaarf.{name}") for name in ("api_clients", "report_fetcher"))
    reached = json.loads(connection.read_text(encoding="utf-8"))
    os.environ["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = reached.pop("root_certificate")
    client = clients.GoogleAdsApiClient(config_dict={**reached, "use_proto_plus": True}, version=VERSION)
    fetcher = fetchers.AdsReportFetcher(client)
    start = time.perf_counter()
    report = fetcher.fetch(query(rows), [CUSTOMER])
    return _stored(report.to_pandas(), rows, folder, duckdb, start)


def _stored(frame: Any, rows: int, folder: Path, duckdb: Any, start: float) -> float:
    with duckdb.connect(folder / "warehouse.duckdb") as database:
        database.register("frame", frame)
        database.execute("CREATE TABLE keyword_days AS SELECT * FROM frame")
        [stored] = database.execute("SELECT count(*) FROM keyword_days").fetchone()
    taken = time.perf_counter() - start
    assert stored == rows
    return taken


ROUTES = {"ours": ours, "proto_plus": proto_plus, "gaarf": gaarf}


def measured(python: str, route: str, connection: Path, rows: int) -> tuple[float, float]:
    """Rows a second and peak megabytes of one route in a process of its own."""
    command = [python, __file__, "--route", route, "--connection", str(connection), "--rows", str(rows)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    taken, peak = json.loads(done.stdout.splitlines()[-1])
    print(f"{route:12}{rows:>9,} rows {taken:8.2f} s {rows / taken:>12,.0f} rows/s {peak:>7.0f} MB", flush=True)
    return rows / taken, peak


@contextmanager
def python_with_gaarf() -> Generator[str]:
    """An interpreter that has gaarf: this one, or one made for the occasion."""
    if find_spec("gaarf"):
        yield sys.executable
        return
    with tempfile.TemporaryDirectory() as folder:
        python = str(Path(folder) / "bin" / "python")
        print(f"installing {GAARF} for the comparison ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        wanted = [GAARF, "google-ads>=34,<35", "pandas", "duckdb>=1.5.5,<1.6"]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
        yield python


def main() -> None:
    """Measure the routes in turn, the fast one several times, and print a table and the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--route", choices=ROUTES)
    parser.add_argument("--connection", type=Path)
    parser.add_argument("--rows", type=int, default=ROWS)
    given = parser.parse_args()
    if given.route:
        with tempfile.TemporaryDirectory() as folder:
            taken = ROUTES[given.route](given.connection, given.rows, Path(folder))
        print(json.dumps([taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
        return
    with python_with_gaarf() as other, tempfile.TemporaryDirectory() as folder, served(Path(folder)) as connection:
        rates: dict[str, list[float]] = {route: [] for route in ROUTES}
        peaks: list[float] = []
        _, double_peak = measured(sys.executable, "ours", connection, 2 * ROWS)
        for _ in range(RUNS):
            rate, peak = measured(sys.executable, "ours", connection, ROWS)
            rates["ours"].append(rate)
            peaks.append(peak)
            rates["proto_plus"].append(measured(sys.executable, "proto_plus", connection, SLICE)[0])
            rates["gaarf"].append(measured(other, "gaarf", connection, GAARF_SLICE)[0])
    best = {route: max(found) for route, found in rates.items()}
    print(f"the slow routes ran on {SLICE:,} and {GAARF_SLICE:,} rows; the best of {RUNS} runs of each counts")
    figures = {
        "rows_per_s": round(best["ours"]),
        "ratio_proto_plus": round(best["ours"] / best["proto_plus"], 1),
        "ratio_gaarf": round(best["ours"] / best["gaarf"], 1),
        "peak_mb": round(max(peaks)),
        "peak_mb_of_twice_the_rows": round(double_peak),
    }
    print(json.dumps({"benchmark": "ads_ingest", "figures": figures}))


if __name__ == "__main__":
    main()
