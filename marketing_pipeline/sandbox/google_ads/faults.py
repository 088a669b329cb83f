"""Faults that a test may order: each strikes a stated number of calls, then is gone.

`BELIEF` says of each whether Google documents it, public reports have seen it, or we only assume it. None is verified
on a live account.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.sandbox.google_ads.refusal import Refusal, policy_finding
from marketing_pipeline.sandbox.google_ads.world import AdsWorld

FAULT_HEADER = "x-sandbox-fault"
"""Metadata of a call that orders a fault for that very call: its name, or a Fault as JSON."""


class AdsFaultName(StrEnum):
    """What goes wrong."""

    DAILY_QUOTA = "daily_quota"
    """Refused: the developer token has no operations left today."""
    SHORT_TERM_QUOTA = "short_term_quota"
    """Refused: too many calls at once; may pass `seconds` later."""
    DEVELOPER_TOKEN_INVALID = "developer_token_invalid"
    """Refused: the developer token was revoked."""
    DEVELOPER_TOKEN_NOT_APPROVED = "developer_token_not_approved"
    """Refused: the developer token may reach test accounts only."""
    OAUTH_TOKEN_REVOKED = "oauth_token_revoked"
    """Refused: the person took the access away."""
    USER_PERMISSION_DENIED = "user_permission_denied"
    """Refused: the user may not reach this account."""
    CONCURRENT_MODIFICATION = "concurrent_modification"
    """Refused: somebody else changes the same things right now."""
    INTERNAL_BEFORE = "internal_before"
    """INTERNAL with a detail; nothing was changed."""
    INTERNAL_AFTER = "internal_after"
    """INTERNAL with a detail, although the change was made."""
    TRANSIENT = "transient"
    """UNAVAILABLE with a detail; nothing was changed."""
    POLICY_VIOLATION = "policy_violation"
    """Refused: an advertising policy is broken."""
    NOT_FOUND = "not_found"
    """Refused: the resource does not exist."""
    EXHAUSTED_WITHOUT_DETAIL = "exhausted_without_detail"
    """RESOURCE_EXHAUSTED as gRPC itself says it of an answer that is too large; the change was made."""
    LOST_BEFORE = "lost_before"
    """The connection breaks before anything is changed."""
    LOST_AFTER = "lost_after"
    """The change is made, the connection breaks before the answer."""
    HANG_BEFORE = "hang_before"
    """No answer until the client gives up; nothing is changed."""
    HANG_AFTER = "hang_after"
    """The change is made, no answer until the client gives up."""
    LATE_COMMIT = "late_commit"
    """The connection breaks, and the change is made `seconds` of clock time later."""
    CUT_STREAM = "cut_stream"
    """A streamed search gives the first half of its rows, then the connection breaks."""
    COMPETING_WRITE = "competing_write"
    """Just before the change, somebody else sets the amount of the budget `resource` to `amount_micros`."""


Belief = Literal["documented", "public reports", "assumed"]
_N = AdsFaultName
BELIEF: dict[AdsFaultName, Belief] = {
    _N.DAILY_QUOTA: "documented",
    _N.SHORT_TERM_QUOTA: "documented",
    _N.DEVELOPER_TOKEN_INVALID: "documented",
    _N.DEVELOPER_TOKEN_NOT_APPROVED: "documented",
    _N.OAUTH_TOKEN_REVOKED: "documented",
    _N.USER_PERMISSION_DENIED: "documented",
    _N.CONCURRENT_MODIFICATION: "public reports",
    _N.INTERNAL_BEFORE: "documented",
    _N.INTERNAL_AFTER: "assumed",
    _N.TRANSIENT: "documented",
    _N.POLICY_VIOLATION: "documented",
    _N.NOT_FOUND: "documented",
    _N.EXHAUSTED_WITHOUT_DETAIL: "assumed",
    _N.LOST_BEFORE: "assumed",
    _N.LOST_AFTER: "assumed",
    _N.HANG_BEFORE: "assumed",
    _N.HANG_AFTER: "assumed",
    _N.LATE_COMMIT: "assumed",
    _N.CUT_STREAM: "assumed",
    _N.COMPETING_WRITE: "documented",
}
_CODES = {
    _N.DEVELOPER_TOKEN_INVALID: "authentication_error.DEVELOPER_TOKEN_INVALID",
    _N.DEVELOPER_TOKEN_NOT_APPROVED: "authorization_error.DEVELOPER_TOKEN_NOT_APPROVED",
    _N.OAUTH_TOKEN_REVOKED: "authentication_error.OAUTH_TOKEN_REVOKED",
    _N.USER_PERMISSION_DENIED: "authorization_error.USER_PERMISSION_DENIED",
    _N.CONCURRENT_MODIFICATION: "database_error.CONCURRENT_MODIFICATION",
    _N.INTERNAL_BEFORE: "internal_error.INTERNAL_ERROR",
    _N.INTERNAL_AFTER: "internal_error.INTERNAL_ERROR",
    _N.TRANSIENT: "internal_error.TRANSIENT_ERROR",
    _N.NOT_FOUND: "mutate_error.RESOURCE_NOT_FOUND",
}
AFTER = frozenset({_N.INTERNAL_AFTER, _N.EXHAUSTED_WITHOUT_DETAIL, _N.LOST_AFTER, _N.HANG_AFTER})
_WRITES_ONLY = frozenset({_N.LATE_COMMIT, _N.COMPETING_WRITE})
_FIELDS = {
    _N.SHORT_TERM_QUOTA: {"seconds"},
    _N.LATE_COMMIT: {"seconds"},
    _N.COMPETING_WRITE: {"resource", "amount_micros"},
}
_COMMON = {"name", "method", "customer", "validate_only", "times"}
_READS = frozenset({"Search", "SearchStream", "ListAccessibleCustomers"})
METHODS = _READS | frozenset(
    {
        "Mutate",
        "MutateCampaigns",
        "MutateCampaignBudgets",
        "MutateAdGroups",
        "MutateAdGroupAds",
        "MutateAdGroupCriteria",
        "MutateCampaignCriteria",
        "ApplyRecommendation",
        "DismissRecommendation",
    }
)


class UnknownFault(MarketingError):
    """A fault was ordered that the sandbox does not have."""


class AdsFault(BaseModel):
    """One ordered fault. A field that its name does not use is refused: no test shall believe in a fault it has not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: AdsFaultName
    method: Annotated[str | None, Field(description="RPC struck, such as MutateCampaignBudgets; None: any")] = None
    customer: Annotated[str | None, Field(description="Only calls for this account; None: for any")] = None
    validate_only: Annotated[bool | None, Field(description="Only dry runs, or only real calls; None: both")] = None
    times: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    seconds: Annotated[float, Field(ge=0)] = 30.0
    resource: str = ""
    amount_micros: int = 0

    @model_validator(mode="after")
    def _fields_belong(self) -> Self:
        foreign = self.model_fields_set - _COMMON - _FIELDS.get(self.name, set())
        if foreign:
            raise ValueError(f"{self.name} does not use {', '.join(sorted(foreign))}")
        if self.method is not None and self.method not in self.possible:
            raise ValueError(f"{self.name} strikes one of {', '.join(sorted(self.possible))}")
        if self.name is AdsFaultName.COMPETING_WRITE and not (self.resource and self.amount_micros > 0):
            raise ValueError("competing_write needs resource and amount_micros")
        return self

    @property
    def possible(self) -> frozenset[str]:
        """The methods that a fault of this name can strike."""
        if self.name is AdsFaultName.CUT_STREAM:
            return frozenset({"SearchStream"})
        return METHODS - _READS if self.name in _WRITES_ONLY else METHODS

    def strikes(self, method: str, customer: str, validate_only: bool) -> bool:
        """Whether a call is one that the fault is meant for."""
        return (
            method in self.possible
            and self.method in (None, method)
            and self.customer in (None, customer)
            and self.validate_only in (None, validate_only)
        )

    @property
    def refusal(self) -> Refusal | None:
        """The error that the call gets; None where the connection is what fails."""
        if self.name is AdsFaultName.DAILY_QUOTA:
            return daily_quota_spent(86_400)
        if self.name is AdsFaultName.SHORT_TERM_QUOTA:
            details = {"quota": {"rate_name": "Requests per minute", "retry_seconds": self.seconds}}
            return Refusal("quota_error.RESOURCE_TEMPORARILY_EXHAUSTED", "Too many requests. Retry.", details=details)
        if self.name is AdsFaultName.POLICY_VIOLATION:
            return policy_finding("The request breaks an advertising policy.", "SANDBOX_POLICY")
        code = _CODES.get(self.name)
        return Refusal(code, f"Ordered from the sandbox: {self.name}.") if code else None


def daily_quota_spent(seconds: float) -> Refusal:
    """The refusal of a developer token without operations left. Documented; the wording is assumed."""
    details = {"quota": {"rate_name": "Number of operations for basic access", "retry_seconds": seconds}}
    return Refusal(
        "quota_error.RESOURCE_EXHAUSTED", f"Too many requests. Retry in {seconds:.0f} seconds.", details=details
    )


def fault_of(text: str) -> AdsFault:
    """The fault that a header or an order names, as a bare name or as JSON. Raises UnknownFault."""
    try:
        if text.lstrip().startswith("{"):
            return AdsFault.model_validate_json(text)
        return AdsFault(name=AdsFaultName(text.strip()))
    except ValueError as error:
        raise UnknownFault(
            f"The sandbox has no such fault: {text.strip()!r} ({error}).",
            f"Order one of {', '.join(AdsFaultName)}.",
        ) from error


class AdsFaultDesk:
    """Takes orders for faults and hands each out as often as ordered, across restarts."""

    def __init__(self, world: AdsWorld) -> None:
        self._world = world

    def order(self, fault: AdsFault) -> None:
        """Store an order."""
        with self._world.transaction() as connection:
            connection.execute(
                "INSERT INTO faults (remaining, fault) VALUES (?, ?)",
                (fault.times, fault.model_dump_json(exclude_unset=True)),
            )

    def clear(self) -> None:
        """Forget every order."""
        with self._world.transaction() as connection:
            connection.execute("DELETE FROM faults")

    def pending(self) -> list[tuple[AdsFault, int]]:
        """Orders not yet used up, each with the times that remain."""
        with self._world.transaction() as connection:
            rows = connection.execute("SELECT * FROM faults WHERE remaining > 0 ORDER BY number").fetchall()
        return [(AdsFault.model_validate_json(row["fault"]), row["remaining"]) for row in rows]

    def take(self, method: str, customer: str, validate_only: bool) -> AdsFault | None:
        """The oldest order that strikes this call, used once."""
        with self._world.transaction() as connection:
            rows = connection.execute("SELECT * FROM faults WHERE remaining > 0 ORDER BY number").fetchall()
            for row in rows:
                fault = AdsFault.model_validate_json(row["fault"])
                if fault.strikes(method, customer, validate_only):
                    connection.execute("UPDATE faults SET remaining = remaining - 1 WHERE number = ?", (row["number"],))
                    return fault
        return None
