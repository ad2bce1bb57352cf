"""The judge of both rollouts: figures of a candidate and of what it is compared with, to one of four verdicts.

It knows no cluster and no Prometheus: `Source` answers queries, and what was measured comes back in the findings, so that a verdict can be
followed up from the record alone. A measurement that fails is not a bad release, and no traffic is not a good one: both have verdicts of
their own.
"""

import dataclasses
import enum
import math
from collections.abc import Sequence
from typing import Any, Protocol

from . import comparison


class Verdict(enum.StrEnum):
    """What the figures say. The order is that of their weight: one failed measure makes a failure of everything."""

    FAILED = "failed"
    ERROR = "error"
    INSUFFICIENT = "insufficient data"
    SUCCESS = "success"


class Unmeasured(Exception):
    """The source cannot be asked, or its answer makes no sense."""


class Source(Protocol):
    """Answers an instant query: the value of each series by the label `le`, or by the empty text when there is none."""

    def ask(self, query: str) -> dict[str, float]: ...


class Kind(enum.StrEnum):
    """How a measure is made: bad ones of all, the latency of a histogram, or events of which nobody may have any."""

    SHARE = "share"
    LATENCY = "latency"
    EVENTS = "events"


@dataclasses.dataclass(frozen=True)
class Measure:
    """One thing that is measured of the candidate, in `total` and `bad` as selectors of counters with `TRACK` in them."""

    name: str
    kind: Kind
    total: str
    bad: str = ""
    limit: float = 0.0
    minimum: int = 1
    # Whether a verdict needs it: searches may be rare where requests are many.
    required: bool = True
    # How much worse than the other one is still as good: points of share, or parts of latency.
    tolerance: float = 0.0


@dataclasses.dataclass(frozen=True)
class Finding:
    """What was asked, what came back, and what follows."""

    measure: str
    verdict: Verdict
    reason: str
    queries: tuple[str, ...]
    threshold: float
    value: float | None = None
    samples: int | None = None
    compared: float | None = None
    compared_samples: int | None = None

    def record(self) -> dict[str, Any]:
        """The finding as fields of a line, figures rounded to what can be read."""
        fields = dataclasses.asdict(self)
        for key, value in fields.items():
            if isinstance(value, float):
                fields[key] = float(f"{value:.6g}")
        return fields | {"verdict": self.verdict.value}


# The share of a bucket's values that must be larger than the other's before a slower candidate is a worse one: 1/2 is none.
LARGER = 0.6
# Seconds by which a median may grow whatever its share: two processes of one release differ by milliseconds.
NOTICEABLE = 0.025
# Seconds that are quick for the slowest hundredth. A moment in which a machine is busy slows many requests together, which no test of
# chance knows; below this it is not worth a rollback.
QUICK = 0.25
# Said of a figure above its limit that may be there by chance.
UNSURE = "above the limit, which may be chance with so few samples"
TRACK = "TRACK"
WINDOW = "WINDOW"


def grown(selector: str) -> str:
    """A query for the growth of a counter over the window, between the samples that there are. A series that is new counts whole, because
    it was zero before it was there, and so does one that began anew.

    Not `increase`, which makes more of a window than was scraped of it: with two scrapes in a window it doubles the counts, and a test of
    chance that believes in twice as many samples is wrong dozens of times as often as it says.
    """
    last = f"last_over_time({selector}[{WINDOW}])"
    return f"({last} - {selector} offset {WINDOW} >= 0) or {last}"


@dataclasses.dataclass(frozen=True)
class Judge:
    """Judges `candidate` beside `other`, two values of the label `label`; without `other` by the limits alone."""

    source: Source
    measures: Sequence[Measure]
    label: str
    candidate: str
    other: str | None

    def judge(self, window: float, confidence: float, at_end: bool = True) -> tuple[Verdict, list[Finding]]:
        """The verdict over the last `window` seconds. `confidence` is how sure a comparison must be to fail the candidate, such as 0.98.

        At the end of a step a figure above its limit fails it. On the way there the limit must be surely exceeded, too: a look has few
        samples, there are dozens of looks, and with a hundred requests two failed ones are above one percent.
        """
        findings = [self.examine(measure, window, confidence, at_end) for measure in self.measures]
        verdicts = [finding.verdict for finding in findings]
        return next((verdict for verdict in Verdict if verdict in verdicts), Verdict.INSUFFICIENT), findings

    def examine(self, measure: Measure, window: float, confidence: float, at_end: bool = True) -> Finding:
        """One measure."""
        inquiry = _Inquiry(self, window)
        try:
            if measure.kind == Kind.SHARE:
                return self._share(measure, inquiry, confidence, at_end)
            if measure.kind == Kind.LATENCY:
                return self._latency(measure, inquiry, confidence, at_end)
            return self._events(measure, inquiry)
        except Unmeasured as error:
            return Finding(measure.name, Verdict.ERROR, str(error), tuple(inquiry.asked), measure.limit)

    def _share(self, measure: Measure, inquiry: "_Inquiry", confidence: float, at_end: bool) -> Finding:
        total = inquiry.count(measure.total, self.candidate)
        if total < measure.minimum:
            return self._few(measure, inquiry, total)
        bad = min(inquiry.count(measure.bad, self.candidate), total)
        value = bad / total
        other_total = other_bad = 0
        if self.other:
            other_total = inquiry.count(measure.total, self.other)
            other_bad = min(inquiry.count(measure.bad, self.other), other_total)
        verdict, reason = Verdict.SUCCESS, "within the limit"
        comparable = other_total >= measure.minimum
        exceeded = value > measure.limit
        if exceeded and (at_end or comparison.above(bad, total, measure.limit) < 1 - confidence):
            verdict, reason = Verdict.FAILED, "above the limit"
        elif comparable:
            surely = comparison.excess(bad, total, other_bad, other_total) < 1 - confidence
            if surely and value > other_bad / other_total + measure.tolerance:
                verdict, reason = Verdict.FAILED, f"worse than {self.other}"
            else:
                reason = f"within the limit and no worse than {self.other}"
        if exceeded and verdict == Verdict.SUCCESS:
            reason = UNSURE
        return Finding(
            measure.name,
            verdict,
            reason,
            tuple(inquiry.asked),
            measure.limit,
            value,
            total,
            other_bad / other_total if comparable else None,
            other_total if self.other else None,
        )

    def _latency(self, measure: Measure, inquiry: "_Inquiry", confidence: float, at_end: bool) -> Finding:
        bounds, counts = inquiry.buckets(measure.total, self.candidate)
        total = round(sum(counts))
        if total < measure.minimum:
            return self._few(measure, inquiry, total)
        value = comparison.quantile(0.99, bounds, counts)
        verdict, reason, other_total, other_value = Verdict.SUCCESS, "within the limit", None, None
        if self.other:
            other_bounds, others = inquiry.buckets(measure.total, self.other)
            other_total = round(sum(others))
            if other_total >= measure.minimum:
                if other_bounds != bounds:
                    raise Unmeasured(f"{self.other} has other buckets than {self.candidate}")
                other_value = comparison.quantile(0.99, bounds, others)
                reason = f"within the limit and no slower than {self.other}"
                if problem := slowness(bounds, counts, others, measure.tolerance, confidence):
                    verdict, reason = Verdict.FAILED, f"{problem} than {self.other}"
        # A quantile in the open bucket is reported as the last bound, which may be the limit itself.
        slow = round(sum(counts[_bucket(bounds, measure.limit) + 1 :]))
        if value > measure.limit or slow > 0.01 * sum(counts) and value >= measure.limit:
            if at_end or comparison.above(slow, total, 0.01) < 1 - confidence:
                verdict, reason = Verdict.FAILED, "above the limit"
            elif verdict == Verdict.SUCCESS:
                reason = UNSURE
        return Finding(measure.name, verdict, reason, tuple(inquiry.asked), measure.limit, value, total, other_value, other_total)

    def _events(self, measure: Measure, inquiry: "_Inquiry") -> Finding:
        own = inquiry.count(measure.total, self.candidate)
        others = inquiry.count(measure.total, self.candidate, others=True)
        verdict, reason = Verdict.SUCCESS, "within the limit"
        if own + others > measure.limit:
            # Whose they are tells which of two versions does not understand the other.
            verdict, reason = Verdict.FAILED, f"above the limit, {own} of {self.candidate} and {others} of others"
        return Finding(measure.name, verdict, reason, tuple(inquiry.asked), measure.limit, own, compared=others)

    def _few(self, measure: Measure, inquiry: "_Inquiry", total: int) -> Finding:
        asked = tuple(inquiry.asked)
        if measure.required:
            reason = f"{total} samples, fewer than {measure.minimum}"
            return Finding(measure.name, Verdict.INSUFFICIENT, reason, asked, measure.limit, samples=total)
        reason = f"not needed: {total} samples, fewer than {measure.minimum}"
        return Finding(measure.name, Verdict.SUCCESS, reason, asked, measure.limit, samples=total)


def slowness(bounds: Sequence[float], counts: Sequence[float], others: Sequence[float], tolerance: float, confidence: float) -> str | None:
    """In which way values are surely larger than others, by more than `tolerance`: in all, or in the slowest hundredth."""
    larger, chance = comparison.slower(counts, others)
    middle, other_middle = (comparison.quantile(0.5, bounds, values) for values in (counts, others))
    much = middle > max(other_middle * (1 + tolerance), other_middle + NOTICEABLE)
    if chance < 1 - confidence and larger >= LARGER and much:
        return "slower"
    # The tail is small: a test of all values does not see it.
    place = _bucket(bounds, max(QUICK, comparison.quantile(0.99, bounds, others)))
    above, other_above = (round(sum(values[place + 1 :])) for values in (counts, others))
    total, other_total = round(sum(counts)), round(sum(others))
    much = above / total > 2 * other_above / other_total + 0.01
    if much and comparison.excess(above, total, other_above, other_total) < 1 - confidence:
        return "slower in the slowest hundredth"
    return None


def _bucket(bounds: Sequence[float], value: float) -> int:
    """The number of the bucket that holds `value`."""
    return next((number for number, bound in enumerate(bounds) if bound >= value), len(bounds) - 1)


class _Inquiry:
    """The queries of one measure, kept for its finding."""

    def __init__(self, judge: Judge, window: float) -> None:
        self.judge, self.window, self.asked = judge, f"{max(1, math.ceil(window))}s", list[str]()

    def _ask(self, query: str) -> dict[str, float]:
        query = query.replace(WINDOW, self.window)
        self.asked.append(query)
        answer = self.judge.source.ask(query)
        if any(math.isnan(value) or math.isinf(value) for value in answer.values()):
            raise Unmeasured(f"the answer is not a number: {query}")
        return answer

    def _selector(self, selector: str, track: str, others: bool = False) -> str:
        return selector.replace(TRACK, f'{self.judge.label}{"!=" if others else "="}"{track}"')

    def count(self, selector: str, track: str, others: bool = False) -> int:
        """How far a counter of a track, or of all `others`, has grown."""
        return round(self._ask(f"sum({grown(self._selector(selector, track, others))})").get("", 0.0))

    def buckets(self, selector: str, track: str) -> tuple[list[float], list[float]]:
        """The upper bounds of a histogram's buckets, and how many values lie in each."""
        answer = self._ask(f"sum by (le) ({grown(self._selector(selector, track))})")
        try:
            cumulative = sorted((float(bound), value) for bound, value in answer.items())
        except ValueError:
            raise Unmeasured(f"a bucket without a bound: {sorted(answer)}") from None
        counts, below = [], 0.0
        for _, value in cumulative:
            # A scrape that comes in between may find a bucket smaller than the one below it by a hair.
            counts.append(max(0.0, value - below))
            below = max(below, value)
        return [bound for bound, _ in cumulative], counts
