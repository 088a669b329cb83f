"""Who may call: tokens, the account's state, the login customer, and how many operations are left today.

The checks and their codes are documented. Assumed: operations are counted by UTC day, dry runs count, refused calls do
not.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.sandbox.google_ads.account_plan import AdsAccount
from marketing_pipeline.sandbox.google_ads.faults import daily_quota_spent
from marketing_pipeline.sandbox.google_ads.refusal import Refusal
from marketing_pipeline.sandbox.google_ads.world import AdsWorld
from marketing_pipeline.sandbox.state_file import from_stamp, stamp

ACCESS_TOKEN = "sandbox-google-ads"
_ADMITTED = "admitted"
_CUSTOMER = re.compile(r"\d{10}")


class AdsCall(BaseModel):
    """A call that arrived. `outcome` is `admitted`, the name of a fault, or the code it was turned away with."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    request_id: str
    customer: str
    method: str
    operations: int
    validate_only: bool
    outcome: str


@dataclass(frozen=True)
class Caller:
    """One call at the gate."""

    request_id: str
    method: str
    customer: str
    operations: int
    validate_only: bool
    metadata: Mapping[str, Any]


class Gate:
    """Lets calls in, or turns them away, and counts them."""

    def __init__(
        self,
        world: AdsWorld,
        accounts: Mapping[str, AdsAccount],
        developer_token: str,
        manager_id: str,
        daily_operations: int,
    ) -> None:
        self._world = world
        self._accounts = accounts
        self._developer_token = developer_token
        self._manager_id = manager_id
        self._daily_operations = daily_operations

    def admit(self, caller: Caller) -> None:
        """Raises Refusal, having written the call down, for a caller that may not come in."""
        try:
            self._check_tokens(caller.metadata)
            if caller.method != "ListAccessibleCustomers":
                self._check_customer(caller)
            self._check_quota(caller.operations)
        except Refusal as refusal:
            self.note(caller, refusal.errors[0].code)
            raise

    def note(self, caller: Caller, outcome: str = _ADMITTED) -> None:
        """Write a call down."""
        with self._world.transaction() as connection:
            connection.execute(
                "INSERT INTO calls (at, request_id, customer, method, operations, validate_only, outcome)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    stamp(self._world.now()),
                    caller.request_id,
                    caller.customer,
                    caller.method,
                    caller.operations,
                    caller.validate_only,
                    outcome,
                ),
            )

    def calls(self) -> list[AdsCall]:
        """Every call that arrived, in order."""
        with self._world.transaction() as connection:
            rows = connection.execute("SELECT * FROM calls ORDER BY sequence").fetchall()
        return [
            AdsCall(
                at=from_stamp(row["at"]),
                request_id=row["request_id"],
                customer=row["customer"],
                method=row["method"],
                operations=row["operations"],
                validate_only=bool(row["validate_only"]),
                outcome=row["outcome"],
            )
            for row in rows
        ]

    def _check_tokens(self, metadata: Mapping[str, Any]) -> None:
        token, access = metadata.get("developer-token"), metadata.get("authorization", "")
        if not token:
            raise Refusal("request_error.DEVELOPER_TOKEN_PARAMETER_MISSING", "The developer token is missing.")
        if token != self._developer_token:
            raise Refusal("authentication_error.DEVELOPER_TOKEN_INVALID", "The developer token is not valid.")
        if not access.startswith("Bearer "):
            raise Refusal("authentication_error.OAUTH_TOKEN_HEADER_INVALID", "The access token is missing.")
        if access != f"Bearer {ACCESS_TOKEN}":
            raise Refusal("authentication_error.OAUTH_TOKEN_INVALID", "The access token is not valid.")

    def _check_customer(self, caller: Caller) -> None:
        if not _CUSTOMER.fullmatch(caller.customer):
            raise Refusal(
                "request_error.INVALID_CUSTOMER_ID",
                f"'{caller.customer}' is no customer id: ten digits.",
                "customer_id",
            )
        account = self._accounts.get(caller.customer)
        login = caller.metadata.get("login-customer-id")
        if account is None or login not in (None, self._manager_id, caller.customer):
            raise Refusal(
                "authorization_error.USER_PERMISSION_DENIED",
                "User doesn't have permission to access customer. Check the login-customer-id.",
            )
        if not account.enabled:
            raise Refusal("authorization_error.CUSTOMER_NOT_ENABLED", "The customer account is not enabled.")

    def _check_quota(self, operations: int) -> None:
        now = self._world.now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        with self._world.transaction() as connection:
            [used] = connection.execute(
                "SELECT coalesce(sum(operations), 0) FROM calls WHERE at >= ? AND outcome = ?",
                (stamp(midnight), _ADMITTED),
            ).fetchone()
        if used + operations > self._daily_operations:
            raise daily_quota_spent((midnight + timedelta(days=1) - now).total_seconds())
