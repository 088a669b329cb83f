"""How patient the executor is: every figure of the safe publish algorithm, in one place."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_SECONDS_TO_POLL = (0.0, 5.0, 15.0, 30.0, 60.0, 60.0, 60.0, 60.0, 60.0)
_READ_DELAYS = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=5))


class ExecutionRules(BaseModel):
    """Bounds and pauses. Meta advises one look a minute for five minutes; practice looks faster at first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lease: Annotated[timedelta, Field(description="How long a claim holds without progress")] = timedelta(minutes=15)
    call_seconds: Annotated[float, Field(gt=0, description="A lease that ends sooner than this sends nothing")] = 60
    polls: Annotated[tuple[float, ...], Field(min_length=1, description="Seconds before each look at a container")] = (
        _SECONDS_TO_POLL
    )
    tries: Annotated[int, Field(ge=1, description="Tries of a repeatable call within one claim")] = 3
    first_pause: Annotated[float, Field(gt=0, description="Seconds before the second try, doubled each time")] = 5
    waits: Annotated[int, Field(ge=0, description="Claims that may end in a wait before the effect fails")] = 6
    first_wait: timedelta = timedelta(minutes=1)
    longest_wait: timedelta = timedelta(minutes=30)
    deferral: Annotated[timedelta, Field(description="Wait for a limit's window of unknown length")] = timedelta(
        minutes=30
    )
    containers: Annotated[int, Field(ge=1, description="Containers made for one effect at most")] = 3
    sends_per_container: Annotated[int, Field(ge=1, description="Publish calls for one container at most")] = 3
    settle_window: Annotated[timedelta, Field(description="How long to read back before believing 'not done'")] = (
        timedelta(minutes=15)
    )
    read_delays: Annotated[tuple[timedelta, ...], Field(description="Pauses between read-backs; the last repeats")] = (
        _READ_DELAYS
    )
    least_reads: Annotated[int, Field(ge=1, description="Read-backs that must agree on 'not done'")] = 2
    clock_skew: Annotated[timedelta, Field(description="How far the channel's clock may be off")] = timedelta(
        minutes=10
    )
    change_history: Annotated[timedelta, Field(description="How far back the ad account's change history is read")] = (
        timedelta(days=29)
    )
    ad_sends: Annotated[int, Field(ge=1, description="Calls for one ad change at most")] = 3
    rest: Annotated[timedelta, Field(description="Wait of an ad change that may pass later")] = timedelta(hours=3)
