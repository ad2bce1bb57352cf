"""Finds the highest rate of requests at which objectives hold: doubled until they do not, then by bisection, then confirmed."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field

# Rates closer to each other than this are the same: two runs at one rate differ by more.
RESOLUTION = 1.05
# No server is asked more often.
CEILING = 10_000.0


@dataclass
class Probe:
    """What one rate was like, in milliseconds."""

    rate: float
    requests: int
    failed: int
    p50: float
    p95: float
    p99: float
    # What was not as it should be; empty where the objectives hold.
    broken: list[str] = field(default_factory=list)


@dataclass
class Capacity:
    """The highest rate at which every objective held, and the lowest above it at which one did not."""

    per_second: float
    # None where the search ended before anything broke.
    broken_at: float | None
    limited_by: list[str]
    seconds: float
    probes: list[Probe]

    def report(self) -> dict:
        """For JSON."""
        return asdict(self)


Measure = Callable[[float], Awaitable[Probe]]


async def search(
    measure: Measure, start: float, confirm: Measure | None = None, patience: float = 270, clock: Callable[[], float] = time.monotonic
) -> Capacity:
    """Searches from `start` requests a second, for at most `patience` seconds and the measurement that runs then.

    `confirm` measures longer: what bisection found must hold there, too, or the next lower rate is tried.
    """
    began = clock()
    probes: list[Probe] = []
    good, bad = 0.0, None
    limits: list[str] = []

    async def holds(rate: float, by: Measure) -> bool:
        nonlocal good, bad, limits
        probe = await by(rate)
        probes.append(probe)
        if probe.broken:
            # A burst of a neighbor on the machine is no limit of the server: what breaks has to break twice.
            probe = await by(rate)
            probes.append(probe)
        if probe.broken:
            if bad is None or rate <= bad:
                bad, limits = rate, probe.broken
            good = min(good, rate / RESOLUTION) if good >= rate else good
            return False
        good = max(good, rate)
        return True

    def goes_on() -> bool:
        return clock() - began < patience

    rate = start
    while goes_on() and bad is None and rate <= CEILING and await holds(rate, measure):
        rate *= 2
    # Where even the first rate was too much, a good one lies below it.
    while goes_on() and bad is not None and good == 0 and bad > 1:
        await holds(bad / 2, measure)
    while goes_on() and bad is not None and good > 0 and bad / good > RESOLUTION:
        await holds((good * bad) ** 0.5, measure)
    while confirm is not None and goes_on() and good > 1 and not await holds(good, confirm):
        pass
    return Capacity(round(good, 1), None if bad is None else round(bad, 1), limits, round(clock() - began, 1), probes)
