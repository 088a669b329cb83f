"""Whether time passes as it should: two readings of three clocks, held against each other."""

from pydantic import AwareDatetime, BaseModel, ConfigDict

TOLERANCE_SECONDS = 5.0
"""Time services correct a clock by less than this at once; more is a clock that somebody set, or that stands."""


class ClockReading(BaseModel):
    """Three clocks at one moment.

    `monotonic` counts seconds since this machine started (`boot` tells one start from the next); `wall` is the
    machine's time; `home` is that of the installation, which stands still where `simulated`.
    """

    model_config = ConfigDict(frozen=True)

    boot: str
    monotonic: float
    wall: AwareDatetime
    home: AwareDatetime
    simulated: bool

    def problem_since(self, before: "ClockReading") -> str:
        """What is wrong with the clocks between an earlier reading and this one; empty where nothing is."""
        if self.home < before.home:
            return f"the time of this home went back from {before.home:%Y-%m-%d %H:%M:%S} UTC to {self.home:%H:%M:%S}"
        if self.boot != before.boot:
            return ""
        passed = self.monotonic - before.monotonic
        for name, shown in (
            ("the machine's clock", (self.wall - before.wall).total_seconds()),
            ("the time of this home", None if self._simulates(before) else (self.home - before.home).total_seconds()),
        ):
            if shown is not None and abs(shown - passed) > TOLERANCE_SECONDS:
                return f"in {passed:.0f} s {name} {_moved(shown)}"
        return ""

    def _simulates(self, before: "ClockReading") -> bool:
        return self.simulated or before.simulated


def _moved(seconds: float) -> str:
    if abs(seconds) < 1:
        return "stood still"
    return f"went {'back' if seconds < 0 else 'on'} by {abs(seconds):.0f} s"
