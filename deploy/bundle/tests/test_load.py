"""The comparison with the baseline of docs/performance.json: what is worse than it may be is told, and nothing else."""

import copy
import json
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "deploy/benchmark"))

import load  # noqa: E402

BASELINE = json.loads((ROOT / "docs/performance.json").read_text(encoding="utf-8"))


def changed(path, change):
    """The baseline with one figure changed."""
    report = copy.deepcopy(BASELINE)
    *way, last = path
    place = report
    for key in way:
        place = place[key]
    place[last] = change(place[last])
    return report


def profile(name):
    return next(number for number, item in enumerate(BASELINE["profiles"]) if item["name"] == name)


FIXED = profile("50 at once")


def test_a_run_like_the_baseline_is_no_regression():
    assert load.problems(copy.deepcopy(BASELINE), BASELINE) == []


@pytest.mark.parametrize(
    ("path", "change", "words"),
    [
        # Large enough for the relative bound to count, and not the least that a clock can tell.
        (("profiles", FIXED, "p50"), lambda old: old * 1.11, "p50"),
        (("profiles", FIXED, "p95"), lambda old: old * 1.21, "p95"),
        (("profiles", FIXED, "p99"), lambda old: old * 1.21, "p99"),
        (("profiles", profile("10/s"), "failed"), lambda _: 1, "failed"),
        (("profiles", profile("1/s"), "p99"), lambda _: 2500, "at most 2000"),
        (("capacity", "per_second"), lambda old: old * 0.79, "capacity"),
        (("usage", "before", "mebibytes"), lambda old: old * 1.06, "memory"),
        (("usage", "after", "descriptors"), lambda old: old * 1.5, "descriptors"),
        (("usage", "after", "threads"), lambda old: old * 1.5, "threads"),
        (("usage", "after", "mebibytes"), lambda old: old * 1.5, "mebibytes"),
    ],
)
def test_what_is_worse_than_it_may_be_is_told(path, change, words):
    found = load.problems(changed(path, change), BASELINE)
    assert found and any(words in problem for problem in found)


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (("profiles", FIXED, "p50"), lambda old: old * 1.09),
        (("profiles", FIXED, "p99"), lambda old: old * 1.19),
        (("profiles", FIXED, "p50"), lambda old: old * 0.5),
        # Two milliseconds are what the machine was doing.
        (("profiles", profile("1/s"), "p50"), lambda old: old + 1.9),
        (("capacity", "per_second"), lambda old: old * 0.81),
        (("usage", "before", "mebibytes"), lambda old: old * 1.04),
    ],
)
def test_what_is_within_the_tolerances_is_not(path, change):
    assert load.problems(changed(path, change), BASELINE) == []


def test_a_profile_that_was_not_measured_is_told():
    report = copy.deepcopy(BASELINE)
    del report["profiles"][FIXED]
    assert load.problems(report, BASELINE) == ["50 at once: not measured"]


def test_without_a_baseline_nothing_is_measured(tmp_path):
    missing = tmp_path / "none.json"
    with pytest.raises(SystemExit, match=r"none\.json is no baseline"):
        load.baseline_of(missing, writes=False)
    assert load.baseline_of(missing, writes=True) is None


def test_the_document_is_what_the_figures_say():
    assert (ROOT / "docs/performance.md").read_text(encoding="utf-8") == load.page(BASELINE)
