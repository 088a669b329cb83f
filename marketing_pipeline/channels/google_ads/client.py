"""One brand's access to its ad account: reading one value, changing one value, and who else changed something."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marketing_pipeline.channels.google_ads.change_event import all_events, edit_of, event_of, events_query
from marketing_pipeline.channels.google_ads.connection import AdsConnection
from marketing_pipeline.channels.google_ads.fact_queries import FactQuery
from marketing_pipeline.channels.google_ads.failure import AdsFailure
from marketing_pipeline.channels.google_ads.looking import negative_keywords_query
from marketing_pipeline.channels.google_ads.pages import fact_tables
from marketing_pipeline.channels.google_ads.targets import (
    UnsupportedChange,
    campaigns_concerned,
    keyword_of,
    require_own_target,
    set_field,
    target_of,
    text_of,
)
from marketing_pipeline.domain.ad_change import AdChangeKind, ApplyAdChange, CustomerId
from marketing_pipeline.domain.ad_platform import AdAccountFacts, AdChangeEvent, AdFailureClass

if TYPE_CHECKING:
    import pyarrow as pa

_REMOVED = "REMOVED"


class AdsClient:
    """A domain `AdPlatform`. Every call has a time limit and is sent once: nothing is repeated here.

    All of them raise AdsFailure, and AdsNotInstalled without the extra `ads`.
    """

    def __init__(self, connection: AdsConnection) -> None:
        self.connection = connection
        self._zones: dict[str, ZoneInfo] = {}

    def account(self, customer: CustomerId) -> AdAccountFacts:
        """Currency, time zone, and the daily budgets of running campaigns together, a shared one counted once."""
        row = self._one(customer, "SELECT customer.currency_code, customer.time_zone FROM customer", customer)
        running = self.rows(
            customer,
            "SELECT campaign.campaign_budget, campaign_budget.amount_micros FROM campaign"
            " WHERE campaign.status = 'ENABLED'",
        )
        budgets = {found.campaign.campaign_budget: found.campaign_budget.amount_micros for found in running}
        return AdAccountFacts(
            customer_id=customer,
            currency=row.customer.currency_code,
            time_zone=zone_of(row.customer.time_zone).key,
            daily_budget_micros=sum(budgets.values()),
        )

    def read_value(self, change: ApplyAdChange) -> str | None:
        """What stands in the changed field now, written as `before` and `after` are; None for a resource that is gone.

        Micros in digits and a return as a decimal ("0" for a bid or target that is not set), a status by its name, a
        negative keyword as "EXACT:the words" or the empty text. Raises UnsupportedChange.
        """
        if change.change_kind is AdChangeKind.ADD_NEGATIVE_KEYWORD:
            wanted = change.after or change.before
            return wanted if self._negative_keyword(change, wanted) else ""
        target = target_of(change)
        row = next(self.rows(change.customer_id, target.query(change.resource)), None)
        if row is None or getattr(row, target.resource).status.name == _REMOVED:
            return None
        value = getattr(row, target.resource)
        require_own_target(change.change_kind, value, change.resource)
        for part in target.path.split("."):
            value = getattr(value, part)
        return value.name if target.path == "status" else text_of(value)

    def validate(self, change: ApplyAdChange) -> None:
        """Have Google check the change without making it. Raises UnsupportedChange."""
        self._mutate(change, validate_only=True)

    def apply(self, change: ApplyAdChange) -> str:
        """Set the absolute value `after`, in one call that is sent once; returns the request's id.

        With the failure UNKNOWN_OUTCOME the change may have been made. Raises UnsupportedChange.
        """
        self._mutate(change, validate_only=False)
        return str(self.connection.request_ids.newest)

    def recent_change_events(self, change: ApplyAdChange, since: datetime) -> tuple[AdChangeEvent, ...]:
        """Edits of the changed field from `since` on (at most 30 days ago), oldest first, by whomever.

        They show up to three minutes late: an absent one proves nothing. A negative keyword has none: it is added and
        removed, and reading it tells all.
        """
        if change.change_kind is AdChangeKind.ADD_NEGATIVE_KEYWORD:
            return ()
        path, zone = target_of(change).path, self.time_zone(change.customer_id)
        until = self.connection.clock.now() + timedelta(minutes=1)
        rows = self.rows(change.customer_id, events_query(change.resource, since, until, zone))
        events = (event_of(row, path, zone) for row in rows)
        return tuple(event for event in events if event is not None)

    def edits(
        self, customer: CustomerId, changes: Sequence[ApplyAdChange], since: datetime
    ) -> tuple[tuple[AdChangeEvent, ...], ...]:
        """Of each change the edits of its field from `since` on (at most 30 days ago), oldest first, by whomever.

        The whole account's history is read, in one operation for up to 10,000 edits. Of a negative keyword there are
        none: see `recent_change_events`.
        """
        zone = self.time_zone(customer)
        until = self.connection.clock.now() + timedelta(minutes=1)
        told = {
            number: target_of(change).path
            for number, change in enumerate(changes)
            if change.change_kind is not AdChangeKind.ADD_NEGATIVE_KEYWORD
        }
        found: list[list[AdChangeEvent]] = [[] for _ in changes]
        for row in all_events(lambda query: self.rows(customer, query), since, until, zone) if told else ():
            for number, path in told.items():
                same = changes[number].resource == row.change_event.change_resource_name
                edit = edit_of(row, path, zone) if same else None
                if edit is not None:
                    found[number].append(edit)
        return tuple(tuple(edits) for edits in found)

    def budget_reference_count(self, change: ApplyAdChange) -> int:
        """How many campaigns spend from the changed budget: above 1 it is shared. 1 for what is no budget."""
        if change.change_kind is not AdChangeKind.SET_BUDGET:
            return 1
        query = (
            "SELECT campaign_budget.reference_count FROM campaign_budget"
            f" WHERE campaign_budget.resource_name = '{change.resource}'"
        )
        return int(self._one(change.customer_id, query, change.resource).campaign_budget.reference_count)

    def bidding_status(self, change: ApplyAdChange) -> str:
        """campaign.bidding_strategy_system_status of the campaign concerned; of several, the first that is learning.

        ENABLED for a budget that no running campaign spends from.
        """
        query = (
            f"SELECT campaign.bidding_strategy_system_status FROM {campaigns_concerned(change)}"
            " AND campaign.status != 'REMOVED'"
        )
        found = [row.campaign.bidding_strategy_system_status.name for row in self.rows(change.customer_id, query)]
        learning = [status for status in found if status.startswith("LEARNING")]
        return next(iter([*learning, *found]), "ENABLED")

    def time_zone(self, customer: CustomerId) -> ZoneInfo:
        """The zone in which the account's days begin; asked for once."""
        if customer not in self._zones:
            row = self._one(customer, "SELECT customer.time_zone FROM customer", customer)
            self._zones[customer] = zone_of(row.customer.time_zone)
        return self._zones[customer]

    def ad_labels(self, customer: CustomerId) -> dict[int, str]:
        """What people see of each ad, by its id: its first two headlines. One operation."""
        field = "ad_group_ad.ad.responsive_search_ad.headlines"
        rows = self.rows(customer, f"SELECT ad_group_ad.ad.id, {field} FROM ad_group_ad")
        ads = (row.ad_group_ad.ad for row in rows)
        return {ad.id: " | ".join(line.text for line in ad.responsive_search_ad.headlines[:2]) for ad in ads}

    def rows(self, customer: str, query: str) -> Iterator[Any]:
        """Rows of a small query, as proto-plus messages. For many rows use `tables`. Raises AdsFailure."""
        with self.connection.failures():
            service, seconds = self.connection.service, self.connection.seconds
            yield from service.search(customer_id=customer, query=query, timeout=seconds)

    def tables(self, customer: str, query: FactQuery) -> Iterator["pa.Table"]:
        """Many rows as Arrow tables, one a page. Raises AdsFailure, also in the middle. Each call is one operation."""
        return fact_tables(self.connection, customer, query)

    def close(self) -> None:
        """Let go of the channel."""
        self.connection.close()

    @property
    def _types(self) -> Any:
        return self.connection.client

    def _one(self, customer: str, query: str, name: str) -> Any:
        found = next(self.rows(customer, query), None)
        if found is None:
            raise _gone(name)
        return found

    def _mutate(self, change: ApplyAdChange, *, validate_only: bool) -> None:
        request = self._types.get_type("MutateGoogleAdsRequest")
        request.customer_id = change.customer_id
        request.validate_only = validate_only
        request.mutate_operations.append(self._operation(change))
        with self.connection.failures():
            self.connection.service.mutate(request=request, timeout=self.connection.seconds)

    def _operation(self, change: ApplyAdChange) -> Any:
        operation = self._types.get_type("MutateOperation")
        if change.change_kind is AdChangeKind.ADD_NEGATIVE_KEYWORD:
            self._fill_negative(operation.campaign_criterion_operation, change)
        else:
            target = target_of(change)
            set_field(getattr(operation, f"{target.resource}_operation"), self._types.enums, change, target)
        return operation

    def _fill_negative(self, operation: Any, change: ApplyAdChange) -> None:
        """Add it, or, where the change goes back to nothing, remove the one that stands there."""
        if not change.after:
            criterion = self._negative_keyword(change, change.before)
            if criterion is None:
                raise _gone(change.resource)
            operation.remove = criterion
            return
        match_type, words = keyword_of(change.after)
        created = operation.create
        created.campaign = change.resource
        created.negative = True
        created.keyword.text = words
        created.keyword.match_type = getattr(self._types.enums.KeywordMatchTypeEnum, match_type)

    def _negative_keyword(self, change: ApplyAdChange, keyword: str) -> str | None:
        """The resource name of a campaign's negative keyword, which letters of another size do not make another."""
        if change.resource.split("/")[2] != "campaigns":
            raise UnsupportedChange("A negative keyword belongs to a campaign.", "Name the campaign as the resource.")
        match_type, words = keyword_of(keyword)
        query = negative_keywords_query(change.resource, match_type)
        found = (row.campaign_criterion for row in self.rows(change.customer_id, query))
        return next((item.resource_name for item in found if item.keyword.text.casefold() == words.casefold()), None)


def _gone(name: str) -> AdsFailure:
    """The failure of a resource that is not there, or no longer."""
    return AdsFailure(
        AdFailureClass.REFUSED,
        f"{name} does not exist, or was removed.",
        "Read the account again.",
        codes=("resource.GONE",),
    )


def zone_of(name: str) -> ZoneInfo:
    """An account's time zone. Raises AdsFailure for one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise AdsFailure(
            AdFailureClass.HUMAN, f"The account's time zone {name!r} is not known here.", "Upgrade the package tzdata."
        ) from error
