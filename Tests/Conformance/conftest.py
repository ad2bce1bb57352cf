"""The conformance server, and the report of a run."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from cases import Run
from table import SCORED
from validation import ROOT, Schemas

REPORT = ROOT / ".build" / "reports" / "mcp-conformance.json"
RUNS: list[dict[str, Any]] = []


@pytest.fixture(scope="session")
def schemas() -> Schemas:
    """The schemas of both revisions."""
    return Schemas()


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """A conformance server on a port of its own. PORTOLAN_CONFORMANCE_URL names one that runs already."""
    if running := os.environ.get("PORTOLAN_CONFORMANCE_URL"):
        yield running
        return
    build = pathlib.Path(os.environ.get("PORTOLAN_TEST_BUILD", ROOT / ".build" / "tests"))
    with subprocess.Popen([build / "debug" / "conformance-server", "--port", "0"], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            # The first line comes when requests are answered.
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(timeout=30)


def note(run: Run, scored: bool) -> None:
    """Keeps a run for the report."""
    RUNS.append(
        {
            "scenario": run.scenario,
            "wire": run.wire,
            "scored": scored,
            "passed": all(check.passed for check in run.checks),
            "checks": [{"id": check.id, "passed": check.passed, "detail": check.detail} for check in run.checks],
        }
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Writes the report of all runs, scored and not."""
    if not RUNS:
        return
    failed = [run for run in RUNS if not run["passed"]]
    report = {
        "suite": "Portolan's port of the scenarios of modelcontextprotocol/conformance 0.2.0-alpha.11; not the official binary",
        "scored": sum(run["scored"] for run in RUNS),
        "scored_expected": SCORED,
        "scored_failed": sum(run["scored"] for run in failed),
        "unscored": sum(not run["scored"] for run in RUNS),
        "unscored_failed": sum(not run["scored"] for run in failed),
        "runs": sorted(RUNS, key=lambda run: (run["wire"], not run["scored"], run["scenario"])),
    }
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
