"""Faults that a test may order from the sandbox: each is applied a stated number of times, then gone.

Every one copies something that a real service does, or that we fear it does; `BELIEF` says which:
`documented` by the vendor, seen in `public reports`, or `assumed`. None is verified on a live account.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from marketing_pipeline.sandbox.journal import Journal, Kind
from marketing_pipeline.sandbox.world import World


class Operation(StrEnum):
    """The calls that a fault may strike."""

    IDENTITY = "identity"
    READ_QUOTA = "read_quota"
    CREATE_CONTAINER = "create_container"
    READ_CONTAINER = "read_container"
    PUBLISH = "publish"
    READ_MEDIA = "read_media"
    LIST_MEDIA = "list_media"
    MEDIA_INSIGHTS = "media_insights"
    ACCOUNT_INSIGHTS = "account_insights"
    REFRESH_TOKEN = "refresh_token"
    GENERATE_IMAGE = "generate_image"
    SERVE_MEDIA = "serve_media"


class FaultName(StrEnum):
    """What goes wrong."""

    ERROR = "error"
    """The call is refused with the given numbers, before any effect."""
    ERROR_AFTER = "error_after"
    """The effect happens, the answer is an error: 4/2207051 by default."""
    DROP_BEFORE = "drop_before"
    """The socket closes before any effect."""
    DROP_AFTER = "drop_after"
    """The effect happens, the socket closes without an answer."""
    LATE_COMMIT = "late_commit"
    """A publish call gets no answer and takes effect `seconds` of clock time later."""
    SLOW = "slow"
    """The effect happens, the answer arrives byte by byte over `seconds` of real time."""
    HTML = "html"
    """A gateway's HTML page instead of JSON; `effect` says whether the call got through."""
    HALF_JSON = "half_json"
    """The effect happens, the answer stops in the middle."""
    TOKEN_EXPIRED = "token_expired"
    """Any call is refused with 190/463 and HTTP 401."""
    CONTAINER_UNREADABLE = "container_unreadable"
    """Reading a container fails with 100/33 although it is fine."""
    CONTAINER_STUCK = "container_stuck"
    """The next container keeps the given `status` until it is forgotten."""
    LATE_PUBLISHED = "late_published"
    """The container says FINISHED for `seconds` of clock time after it was published."""
    PUBLISHES_TWICE = "publishes_twice"
    """Publishing a container that is published already posts it again instead of being refused."""
    QUOTA_TOTAL = "quota_total"
    """The daily post quota is `total`, for so many reads and publish calls."""
    MEDIA_LIST_LAG = "media_list_lag"
    """A new post appears in the account's media list `seconds` of clock time late."""
    IMAGE_RATE_LIMITED = "image_rate_limited"
    """The image service answers 429 with Retry-After `seconds`."""
    IMAGE_MODERATED = "image_moderated"
    """The image service refuses a harmless prompt."""


Belief = Literal["documented", "public reports", "assumed"]
_N = FaultName
BELIEF: dict[FaultName, Belief] = {
    _N.ERROR: "documented",
    _N.ERROR_AFTER: "public reports",
    _N.DROP_BEFORE: "public reports",
    _N.DROP_AFTER: "public reports",
    _N.LATE_COMMIT: "assumed",
    _N.SLOW: "assumed",
    _N.HTML: "public reports",
    _N.HALF_JSON: "assumed",
    _N.TOKEN_EXPIRED: "documented",
    _N.CONTAINER_UNREADABLE: "public reports",
    _N.CONTAINER_STUCK: "documented",
    _N.LATE_PUBLISHED: "assumed",
    _N.PUBLISHES_TWICE: "assumed",
    _N.QUOTA_TOTAL: "documented",
    _N.MEDIA_LIST_LAG: "assumed",
    _N.IMAGE_RATE_LIMITED: "documented",
    _N.IMAGE_MODERATED: "public reports",
}

CALL_FAULTS = frozenset(
    {
        _N.ERROR,
        _N.ERROR_AFTER,
        _N.DROP_BEFORE,
        _N.DROP_AFTER,
        _N.LATE_COMMIT,
        _N.SLOW,
        _N.HTML,
        _N.HALF_JSON,
        _N.TOKEN_EXPIRED,
        _N.CONTAINER_UNREADABLE,
        _N.IMAGE_RATE_LIMITED,
        _N.IMAGE_MODERATED,
    }
)
_FIXED_OPERATION = {
    _N.LATE_COMMIT: Operation.PUBLISH,
    _N.CONTAINER_UNREADABLE: Operation.READ_CONTAINER,
    _N.IMAGE_RATE_LIMITED: Operation.GENERATE_IMAGE,
    _N.IMAGE_MODERATED: Operation.GENERATE_IMAGE,
}
_NEEDS_OPERATION = frozenset({_N.ERROR, _N.ERROR_AFTER, _N.DROP_BEFORE, _N.DROP_AFTER, _N.SLOW, _N.HTML, _N.HALF_JSON})
_ERROR_FIELDS = frozenset({"code", "subcode", "http_status", "regain_minutes"})
_FIELDS: dict[FaultName, frozenset[str]] = {
    _N.ERROR: _ERROR_FIELDS,
    _N.ERROR_AFTER: _ERROR_FIELDS,
    _N.LATE_COMMIT: frozenset({"seconds"}),
    _N.SLOW: frozenset({"seconds"}),
    _N.HTML: frozenset({"effect", "http_status"}),
    _N.CONTAINER_STUCK: frozenset({"status", "container"}),
    _N.LATE_PUBLISHED: frozenset({"seconds"}),
    _N.QUOTA_TOTAL: frozenset({"total"}),
    _N.MEDIA_LIST_LAG: frozenset({"seconds"}),
    _N.IMAGE_RATE_LIMITED: frozenset({"seconds"}),
}
_COMMON = frozenset({"name", "operation", "account", "times"})


class Fault(BaseModel):
    """One ordered fault. A field that its name does not use is refused: no test shall believe in a fault it has not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: FaultName
    operation: Operation | None = None
    account: Annotated[str | None, Field(description="Only calls of this account; None: of any")] = None
    times: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    code: int = 4
    subcode: int | None = 2207051
    http_status: Annotated[int | None, Field(ge=200, le=599, description="None: 400, and 502 for HTML")] = None
    regain_minutes: Annotated[int, Field(ge=0, description="As in the usage header of a rate limit")] = 0
    seconds: Annotated[float, Field(ge=0)] = 30.0
    effect: Annotated[bool, Field(description="Whether the call behind an HTML page took effect")] = True
    status: Literal["IN_PROGRESS", "ERROR", "EXPIRED"] = "ERROR"
    container: Annotated[Literal["image", "child", "carousel"] | None, Field(description="Which kind is struck")] = None
    total: Annotated[int, Field(ge=0)] = 50

    @model_validator(mode="after")
    def _fields_belong(self) -> Self:
        foreign = self.model_fields_set - _COMMON - _FIELDS.get(self.name, frozenset())
        if foreign:
            raise ValueError(f"{self.name} does not use {', '.join(sorted(foreign))}")
        if self.name in _NEEDS_OPERATION and self.operation is None:
            raise ValueError(f"{self.name} needs the operation that it strikes")
        if self.name is FaultName.ERROR and not {"code", "subcode"} <= self.model_fields_set:
            raise ValueError("error needs code and subcode (null for none)")
        if self.name not in CALL_FAULTS and self.operation is not None:
            raise ValueError(f"{self.name} strikes a state, not a call: leave operation out")
        fixed = _FIXED_OPERATION.get(self.name)
        if fixed and self.operation not in (None, fixed):
            raise ValueError(f"{self.name} strikes {fixed} only")
        return self

    @property
    def strikes(self) -> Operation | None:
        """The operation struck; None for any."""
        return _FIXED_OPERATION.get(self.name, self.operation)


class FaultDesk:
    """Takes orders for faults and hands each out as often as ordered, across restarts."""

    def __init__(self, world: World, journal: Journal) -> None:
        self._world = world
        self._journal = journal

    def order(self, fault: Fault) -> None:
        """Store an order."""
        with self._world.transaction() as connection:
            connection.execute(
                "INSERT INTO faults (name, operation, account, remaining, fault) VALUES (?, ?, ?, ?, ?)",
                (fault.name, fault.strikes, fault.account, fault.times, fault.model_dump_json(exclude_unset=True)),
            )

    def clear(self) -> None:
        """Forget every order."""
        with self._world.transaction() as connection:
            connection.execute("DELETE FROM faults")

    def pending(self) -> list[tuple[Fault, int]]:
        """Orders not yet used up, each with the times that remain."""
        with self._world.transaction() as connection:
            rows = connection.execute("SELECT * FROM faults WHERE remaining > 0 ORDER BY number").fetchall()
        return [(Fault.model_validate_json(row["fault"]), row["remaining"]) for row in rows]

    def take_for_call(self, operation: Operation, account: str) -> Fault | None:
        """The oldest order that strikes this call, used once; without an account it must name the operation."""
        with self._world.transaction() as connection:
            rows = connection.execute(
                "SELECT * FROM faults WHERE remaining > 0 AND (operation = ? OR (operation IS NULL AND ? <> ''))"
                " AND (account IS NULL OR account = ?) ORDER BY number",
                (operation, account, account),
            ).fetchall()
            for row in rows:
                if row["name"] in CALL_FAULTS:
                    return self._use(row["number"], row["fault"], operation, account)
        return None

    def take(self, name: FaultName, account: str, container: str | None = None) -> Fault | None:
        """The oldest order of that name for the account (and kind of container), used once."""
        with self._world.transaction() as connection:
            rows = connection.execute(
                "SELECT * FROM faults WHERE remaining > 0 AND name = ? AND (account IS NULL OR account = ?)"
                " ORDER BY number",
                (name, account),
            ).fetchall()
            for row in rows:
                wanted = Fault.model_validate_json(row["fault"]).container
                if wanted in (None, container):
                    return self._use(row["number"], row["fault"], name, account)
        return None

    def _use(self, number: int, text: str, subject: str, account: str) -> Fault:
        fault = Fault.model_validate_json(text)
        with self._world.transaction() as connection:
            connection.execute("UPDATE faults SET remaining = remaining - 1 WHERE number = ?", (number,))
            self._journal.write(
                Kind.FAULT_APPLIED, account, subject, "", fault.model_dump(mode="json", exclude_unset=True)
            )
        return fault
