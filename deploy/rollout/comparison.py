"""Samples compared with a limit, by the binomial distribution, and with each other: shares by Fisher's exact test, latencies by the test
of Mann and Whitney on the buckets of their histograms.
"""

import math
from collections.abc import Sequence


def excess(bad: int, total: int, other_bad: int, other_total: int) -> float:
    """The probability of at least `bad` bad ones of `total`, if both samples had the same share: Fisher's test, one-sided."""
    everything, all_bad = total + other_total, bad + other_bad
    if not all_bad or not total or not other_total:
        return 1.0
    fixed = _choices(everything, total)
    chances = (
        math.exp(_choices(all_bad, count) + _choices(everything - all_bad, total - count) - fixed)
        for count in range(bad, min(all_bad, total) + 1)
        if total - count <= everything - all_bad
    )
    return min(1.0, sum(chances))


def above(bad: int, total: int, limit: float) -> float:
    """The probability of at least `bad` bad ones of `total`, if their share were exactly `limit`; 1 when it is not above it at all."""
    if not total or bad <= total * limit:
        return 1.0
    if limit <= 0:
        return 0.0
    odds = math.log(limit) - math.log1p(-limit) if limit < 1 else 0.0
    chances, fixed = 0.0, total * math.log1p(-limit)
    for count in range(bad, total + 1):
        chance = math.exp(_choices(total, count) + count * odds + fixed)
        chances += chance
        # Above the mean each is smaller than the one before it.
        if chance < chances * 1e-12:
            break
    return min(1.0, chances)


def _choices(total: int, chosen: int) -> float:
    """The logarithm of the binomial coefficient."""
    return math.lgamma(total + 1) - math.lgamma(chosen + 1) - math.lgamma(total - chosen + 1)


def slower(counts: Sequence[float], others: Sequence[float]) -> tuple[float, float]:
    """Whether values counted by bucket, in rising order, are larger than others counted by the same buckets.

    Returns how often a value is larger than one of the others (1/2 when there is no difference; values of one bucket count half), and the
    probability of a difference as large as this without a reason: the test of Mann and Whitney with the correction for ties, one-sided.
    """
    n, m = sum(counts), sum(others)
    if n == 0 or m == 0:
        return 0.5, 1.0
    below, larger = 0.0, 0.0
    for own, other in zip(counts, others, strict=True):
        larger += own * (below + other / 2)
        below += other
    total = n + m
    ties = sum((own + other) ** 3 - (own + other) for own, other in zip(counts, others, strict=True))
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1))) if total > 1 else 0.0
    share = larger / (n * m)
    if variance <= 0:
        return share, 1.0
    z = (larger - n * m / 2) / math.sqrt(variance)
    return share, 0.5 * math.erfc(z / math.sqrt(2))


def quantile(share: float, bounds: Sequence[float], counts: Sequence[float]) -> float:
    """The value below which `share` of the counted ones lie, between the bounds of its bucket; above the last bound it is that."""
    rank, below = share * sum(counts), 0.0
    for number, count in enumerate(counts):
        if count > 0 and below + count >= rank:
            if math.isinf(bounds[number]):
                break
            lower = bounds[number - 1] if number else 0.0
            return lower + (bounds[number] - lower) * (rank - below) / count
        below += count
    return max((bound for bound in bounds if not math.isinf(bound)), default=0.0)
