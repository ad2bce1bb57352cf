"""The search for the highest rate, on servers that are no more than a rule."""

import asyncio
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "benchmark"))

import capacity  # noqa: E402


class Server:
    """Breaks above a rate; each measurement takes ten seconds of its clock."""

    def __init__(self, limit, seconds=10.0):
        self.limit, self.seconds, self.now, self.asked = limit, seconds, 0.0, []

    async def __call__(self, rate):
        self.now += self.seconds
        self.asked.append(rate)
        broken = ["p95"] if rate > self.limit else []
        return capacity.Probe(rate, int(rate * 10), 0, 10, 900 if broken else 20, 30, broken)

    def found(self, start=50.0, **more):
        return asyncio.run(capacity.search(self, start, clock=lambda: self.now, **more))


@pytest.mark.parametrize("limit", [3.0, 26.0, 50.0, 51.0, 73.4, 99.0, 100.0, 640.0, 5000.0])
def test_the_limit_is_found_to_a_twentieth_within_five_minutes(limit):
    server = Server(limit)
    found = server.found()
    assert limit / capacity.RESOLUTION - 0.1 <= found.per_second <= limit
    assert found.broken_at > limit and found.limited_by == ["p95"]
    assert found.seconds <= 280 and len(found.probes) == len(server.asked)


def test_one_bad_measurement_is_no_limit():
    server = Server(80.0)

    async def disturbed(rate):
        probe = await server(rate)
        if len(server.asked) == 1:
            probe.broken = ["p50"]
        return probe

    found = asyncio.run(capacity.search(disturbed, 50.0, clock=lambda: server.now))
    assert 80.0 / capacity.RESOLUTION - 0.1 <= found.per_second <= 80.0 and found.limited_by == ["p95"]


def test_a_server_that_never_breaks_is_asked_no_more_than_ten_thousand_times_a_second():
    found = Server(1e9).found()
    assert found.broken_at is None and found.limited_by == [] and 5000 < found.per_second <= capacity.CEILING


def test_a_server_that_holds_nothing_has_no_capacity():
    server = Server(0.0)
    found = server.found()
    assert found.per_second == 0 and found.broken_at <= 1.0 and len(server.asked) < 20


def test_the_search_ends_in_time_with_what_it_knows():
    server = Server(70.0, seconds=100.0)
    found = server.found(patience=270)
    assert len(server.asked) == 3 and found.per_second <= 70 and found.seconds == 300


def test_what_does_not_hold_for_longer_is_given_up_for_the_next_lower_rate():
    server, longer = Server(100.0), Server(90.0)
    found = asyncio.run(capacity.search(server, 50.0, longer, clock=lambda: server.now + longer.now))
    assert 90.0 / capacity.RESOLUTION - 0.1 <= found.per_second <= 90.0
    assert len(longer.asked) >= 2 and longer.asked == sorted(longer.asked, reverse=True)
