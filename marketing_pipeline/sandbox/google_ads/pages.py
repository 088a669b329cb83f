"""Rows in pages, as a search gives them. Documented: 10,000 rows a page, and the size cannot be chosen."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from google.protobuf.field_mask_pb2 import FieldMask

from marketing_pipeline.sandbox.google_ads.account import LiveAccount
from marketing_pipeline.sandbox.google_ads.api import Proto, message_type
from marketing_pipeline.sandbox.google_ads.refusal import Refusal
from marketing_pipeline.sandbox.google_ads.rpcs import Rpc
from marketing_pipeline.sandbox.google_ads.search import Search
from marketing_pipeline.sandbox.google_ads.world import AdsWorld

PAGE_ROWS = 10_000
_KEPT = 4
_Key = tuple[str, str, int, datetime]


@dataclass(frozen=True)
class Found:
    """All rows of a query, as serialised messages that hold nothing but `results`, and the fields selected."""

    pages: tuple[bytes, ...]
    total: int
    fields: FieldMask


class Pages:
    """Answers searches, and remembers the last ones for as long as neither time nor the account moves."""

    def __init__(self, world: AdsWorld, change_event_lag: timedelta) -> None:
        self._world = world
        self._lag = change_event_lag
        self._kept: OrderedDict[_Key, Found] = OrderedDict()

    def one(self, rpc: Rpc, account: LiveAccount, request: Proto) -> Proto:
        """One page of a Search. Raises Refusal."""
        if request.page_size:
            raise Refusal("request_error.PAGE_SIZE_NOT_SUPPORTED", "The page size cannot be set.", "page_size")
        if request.search_settings.return_summary_row or request.search_settings.omit_results:
            raise Refusal("request_error.UNKNOWN", "This sandbox makes no summary rows.", "search_settings")
        if request.validate_only:
            Search(self._world, account, self._lag).look_up(request.query)
            return rpc.response()
        found = self._found(account, request.query)
        number = _page_number(request.page_token, len(found.pages))
        response = rpc.response.FromString(found.pages[number])
        response.field_mask.CopyFrom(found.fields)
        if number + 1 < len(found.pages):
            response.next_page_token = f"sandbox-{number + 1}"
        if request.search_settings.return_total_results_count:
            response.total_results_count = found.total
        return response

    def stream(self, rpc: Rpc, account: LiveAccount, request: Proto, request_id: str) -> Iterator[bytes]:
        """All pages of a SearchStream, serialised; an empty one for no rows. Raises Refusal before the first."""
        found = self._found(account, request.query)
        tail = rpc.response(field_mask=found.fields, request_id=request_id).SerializeToString()
        # Messages that are written one after another are read as one.
        return (page + tail for page in found.pages)

    def _found(self, account: LiveAccount, query: str) -> Found:
        key = (account.plan.customer_id, query, account.version, self._world.now())
        if key in self._kept:
            return self._kept[key]
        search = Search(self._world, account, self._lag)
        plan = search.look_up(query)
        found = _paged(search.rows(plan), FieldMask(paths=[field.name for field in plan.select]))
        if plan.measured:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found


def half_of(page: bytes) -> bytes:
    """A page that was cut in the middle: the first half of its rows."""
    message = message_type("services.types.google_ads_service", "SearchGoogleAdsStreamResponse").FromString(page)
    del message.results[len(message.results) // 2 :]
    return message.SerializeToString()


def _paged(rows: Iterator[Proto], fields: FieldMask) -> Found:
    kind = message_type("services.types.google_ads_service", "SearchGoogleAdsStreamResponse")
    pages: list[bytes] = []
    page, total = kind(), 0
    for row in rows:
        if len(page.results) == PAGE_ROWS:
            pages.append(page.SerializeToString())
            page = kind()
        page.results.append(row)
        total += 1
    return Found((*pages, page.SerializeToString()), total, fields)


def _page_number(token: str, pages: int) -> int:
    if not token:
        return 0
    number = token.removeprefix("sandbox-")
    if number == token or not number.isdigit() or int(number) >= pages:
        raise Refusal("request_error.INVALID_PAGE_TOKEN", f"'{token}' is no page of this search.", "page_token")
    return int(number)
