"""The judge alone: figures in, verdicts out."""

import random
import subprocess

import live_stack
import pytest
import yaml
from rolling import Figures

from rollout import comparison, judge, measures
from rollout.judge import Judge, Kind, Measure, Unmeasured, Verdict

MEASURES = measures.web(100, 0.01, 2.0, 0.05)


def verdict(window=60.0, confidence=0.98, other="baseline", chosen=MEASURES, **tracks):
    """The verdict, and the findings by measure."""
    found, findings = Judge(Figures(**tracks), chosen, "track", "canary", other).judge(window, confidence)
    return found, {finding.measure: finding for finding in findings}


SLOW = [0, 0, 0, 0.1, 0.2, 0.3, 0.4, 0, 0]
SLOWER = [0.05, 0.25, 0.5, 0.2, 0, 0, 0, 0, 0]
TAIL = [0.5, 0.38, 0.04, 0.02, 0.06, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("tracks", "expected", "measure", "reason"),
    [
        ({}, Verdict.SUCCESS, "errors", "within the limit and no worse than baseline"),
        ({"canary": {"errors": 0.02}}, Verdict.FAILED, "errors", "above the limit"),
        ({"canary": {"errors": 0.02}, "baseline": {"errors": 0.02}}, Verdict.FAILED, "errors", "above the limit"),
        ({"canary": {"errors": 0.0095}}, Verdict.FAILED, "errors", "worse than baseline"),
        ({"canary": {"errors": 0.0095}, "baseline": {"errors": 0.009}}, Verdict.SUCCESS, "errors", "no worse than baseline"),
        ({"canary": {"latency": SLOW}}, Verdict.FAILED, "p99", "above the limit"),
        ({"canary": {"latency": SLOWER}}, Verdict.FAILED, "p99", "slower than baseline"),
        ({"canary": {"latency": TAIL}}, Verdict.FAILED, "p99", "slower in the slowest hundredth than baseline"),
        ({"canary": {"latency": SLOWER}, "baseline": {"latency": SLOWER}}, Verdict.SUCCESS, "p99", "no slower than baseline"),
        ({"canary": {"searches": 5, "fallbacks": 0.2}}, Verdict.FAILED, "degraded", "above the limit"),
        ({"canary": {"searches": 0.1, "fallbacks": 1}}, Verdict.SUCCESS, "degraded", "not needed"),
        ({"canary": {"rate": 1}}, Verdict.INSUFFICIENT, "errors", "60 samples, fewer than 100"),
        ({"canary": {"rate": 0}}, Verdict.INSUFFICIENT, "p99", "0 samples, fewer than 100"),
        # A baseline without requests leaves the limits alone.
        ({"baseline": {"rate": 0}}, Verdict.SUCCESS, "errors", "within the limit"),
        ({"canary": {"rate": 1, "errors": 1}}, Verdict.INSUFFICIENT, "errors", "fewer than 100"),
    ],
)
def test_verdicts(tracks, expected, measure, reason):
    found, findings = verdict(**tracks)
    assert found == expected
    assert reason in findings[measure].reason


def test_every_finding_tells_query_value_threshold_and_samples():
    _, findings = verdict(canary={"errors": 0.02})
    record = findings["errors"].record()
    assert (record["value"], record["threshold"], record["samples"], record["verdict"]) == (0.02, 0.01, 1200, "failed")
    assert len(record["queries"]) == 4 and all("[60s]" in query for query in record["queries"])
    assert any('track="canary"' in query and 'status="5xx"' in query for query in record["queries"])


def test_growth_is_what_was_counted_and_nothing_more(tmp_path):
    """By a Prometheus: six series that grow, stand still, are new, begin anew, go away, and are not scraped at the end of the window."""
    series = {
        "grows": "0+3x20",
        "stands": "7x20",
        "new": "_x19 5 9",
        "anew": "100+10x18 2 4",
        "goes": "0+3x19 stale",
        "late": "0+3x19",
    }
    query = f"sum by (pod) ({judge.grown('x_total')})".replace(judge.WINDOW, "20s")
    wanted = {"grows": 6, "stands": 0, "new": 9, "anew": 4, "goes": 3, "late": 3}
    test = {
        "evaluation_interval": "10s",
        "tests": [
            {
                "interval": "10s",
                "input_series": [{"series": f'x_total{{pod="{pod}"}}', "values": values} for pod, values in series.items()],
                "promql_expr_test": [
                    {
                        "expr": query,
                        "eval_time": "200s",
                        "exp_samples": [{"labels": f'{{pod="{pod}"}}', "value": value} for pod, value in wanted.items()],
                    }
                ],
            }
        ],
    }
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump(test), encoding="utf-8")
    result = subprocess.run([live_stack.exported_tools() / "prometheus/promtool", "test", "rules", file], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_measurement_that_fails_is_no_bad_release():
    figures = Figures(canary={"errors": 1.0})
    figures.away = True
    found, [finding, *_] = Judge(figures, MEASURES, "track", "canary", None).judge(60, 0.98)
    assert (found, finding.verdict) == (Verdict.ERROR, Verdict.ERROR)
    assert "connection refused" in finding.reason


def test_a_failure_weighs_more_than_missing_data_and_errors():
    few = Measure("few", Kind.SHARE, 'x{TRACK,status="ok"}', 'x{TRACK,status="failed"}', 0.5, minimum=10**9)
    found, _ = verdict(chosen=[few, *MEASURES], canary={"errors": 0.5})
    assert found == Verdict.FAILED
    found, _ = verdict(chosen=[few, *MEASURES])
    assert found == Verdict.INSUFFICIENT


def test_values_that_are_no_numbers_are_errors():
    class Broken:
        def ask(self, query):
            return {"": float("nan")}

    found, findings = Judge(Broken(), MEASURES, "track", "canary", None).judge(60, 0.98)
    assert found == Verdict.ERROR and "not a number" in findings[0].reason


def test_buckets_that_differ_are_not_compared():
    class Other(Figures):
        def ask(self, query):
            answer = super().ask(query)
            return {bound: value for bound, value in answer.items() if bound != "0.1"} if "baseline" in query else answer

    found, findings = Judge(Other(), MEASURES[1:2], "track", "canary", "baseline").judge(60, 0.98)
    assert found == Verdict.ERROR and "other buckets" in findings[0].reason


def test_messages_that_one_version_cannot_read_fail_it():
    figures = Figures()
    chosen = measures.worker(5, 0.05)
    assert Judge(figures, chosen, "track", "canary", "baseline").judge(60, 0.98)[0] == Verdict.SUCCESS
    figures.unread["others"] = 1.0
    found, findings = Judge(figures, chosen, "track", "canary", "baseline").judge(60, 0.98)
    assert found == Verdict.FAILED and findings[1].reason == "above the limit, 0 of canary and 1 of others"


def test_the_same_release_is_not_failed_by_chance():
    """A thousand looks at two samples of one distribution: as sure as each of the looks of an hour is, none may fail it."""
    chance, failures = random.Random(7), 0
    bounds = Figures.BOUNDS
    for _ in range(1000):
        samples = [[0.0] * len(bounds), [0.0] * len(bounds)]
        for sample in samples:
            for _ in range(120):
                sample[chance.choices(range(len(bounds)), Figures.GOOD["latency"])[0]] += 1
        failures += judge.slowness(bounds, *samples, tolerance=0.25, confidence=0.999) is not None
    assert failures == 0


def test_a_slower_release_is_found_in_small_samples():
    chance, found = random.Random(7), 0
    for _ in range(200):
        samples = [[0.0] * len(Figures.BOUNDS), [0.0] * len(Figures.BOUNDS)]
        for sample, shares in zip(samples, (SLOWER, Figures.GOOD["latency"])):
            for _ in range(120):
                sample[chance.choices(range(len(shares)), shares)[0]] += 1
        found += judge.slowness(Figures.BOUNDS, *samples, tolerance=0.25, confidence=0.999) == "slower"
    assert found == 200


def test_milliseconds_do_not_matter():
    bounds, quick, quicker = [0.005, 0.01, 0.025, 1.0], [0, 100, 900, 0], [900, 100, 0, 0]
    assert comparison.slower(quick, quicker)[0] > 0.9
    assert judge.slowness(bounds, quick, quicker, tolerance=0.25, confidence=0.98) is None


def test_the_exact_test_of_shares_gives_the_known_value():
    # Fisher's lady: 3 of 4 against 1 of 4.
    assert comparison.excess(3, 4, 1, 4) == pytest.approx(17 / 70)
    assert comparison.excess(0, 100, 0, 100) == 1
    assert comparison.excess(10, 100, 0, 100) < 0.001


def test_the_test_of_ranks_gives_the_known_value():
    # Two samples without ties, one above the other: U is its largest, z is 2.611 for five against five.
    larger, chance = comparison.slower([0] * 5 + [1] * 5, [1] * 5 + [0] * 5)
    assert larger == 1.0 and chance == pytest.approx(0.00451, abs=1e-4)
    assert comparison.slower([5, 5], [5, 5])[0] == 0.5
    assert comparison.slower([0, 0], [1, 1]) == (0.5, 1.0)
    assert comparison.slower([4, 0], [3, 0])[1] == 1.0


def test_the_test_against_a_limit_gives_the_known_values():
    # 1 - 0.99^100 - 100 * 0.01 * 0.99^99
    assert comparison.above(2, 100, 0.01) == pytest.approx(0.26424, abs=1e-5)
    assert comparison.above(1, 100, 0.01) == comparison.above(0, 0, 0.01) == 1.0
    assert comparison.above(100, 100, 0.01) == pytest.approx(1e-200)
    assert comparison.above(1, 100, 0.0) == 0.0 and comparison.above(100, 100, 1.0) == 1.0
    assert comparison.above(600, 50_000, 0.01) == pytest.approx(7e-6, rel=0.3)


@pytest.mark.parametrize(
    ("tracks", "at_look", "at_end"),
    [
        # 1.7 % of 120 requests: two.
        ({"canary": {"rate": 2, "errors": 0.017}}, Verdict.SUCCESS, Verdict.FAILED),
        ({"canary": {"rate": 2, "errors": 0.08}}, Verdict.FAILED, Verdict.FAILED),
        ({"canary": {"rate": 200, "errors": 0.017}}, Verdict.FAILED, Verdict.FAILED),
        ({"canary": {"rate": 2, "latency": [0.5, 0.48, 0, 0, 0, 0, 0.02, 0, 0]}}, Verdict.SUCCESS, Verdict.FAILED),
        ({"canary": {"rate": 20, "latency": [0.5, 0.4, 0, 0, 0, 0, 0.1, 0, 0]}}, Verdict.FAILED, Verdict.FAILED),
    ],
)
def test_on_the_way_a_limit_must_be_surely_exceeded(tracks, at_look, at_end):
    found = [Judge(Figures(**tracks), MEASURES, "track", "canary", None).judge(60, 0.999, end)[0] for end in (False, True)]
    assert found == [at_look, at_end]


def test_a_release_within_its_limits_is_not_failed_by_chance_in_a_day_of_looks():
    """A hundred requests a look, of which three in a thousand fail: without the test some looks have two, which is above one percent."""
    chance, failures, plain = random.Random(7), 0, 0
    for _ in range(1440):
        bad = sum(chance.random() < 0.003 for _ in range(100))
        failures += comparison.above(bad, 100, 0.01) < 0.001
        plain += bad > 1
    assert failures == 0 and plain > 20


def test_what_is_not_measured_is_told():
    figures = Figures()
    assert measures.missing(figures, "stable", measures.WEB, 'namespace="docs",') == ""
    assert all('namespace="docs",track="stable",job=~"portolan-(api|mcp)"' in query for query in figures.asked)
    figures.known = False
    assert "no series of this product" in measures.missing(figures, "blue", measures.WEB)


def test_quantiles_lie_between_the_bounds_of_their_bucket():
    bounds = [1.0, 2.0, float("inf")]
    assert comparison.quantile(0.5, bounds, [0, 10, 0]) == 1.5
    assert comparison.quantile(0.99, bounds, [50, 0, 50]) == 2.0
    assert comparison.quantile(0.25, bounds, [10, 0, 0]) == 0.25


def test_a_source_that_raises_is_told_as_such():
    with pytest.raises(Unmeasured):
        figures = Figures()
        figures.away = True
        figures.ask("up")
