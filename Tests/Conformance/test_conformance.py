"""Runs every scenario on every wire that it has; the last test compares the document with the report."""

from __future__ import annotations

import json

import pytest

import scenarios_calls  # noqa: F401
import scenarios_input  # noqa: F401
import scenarios_stateless  # noqa: F401
import scenarios_tasks  # noqa: F401
import scenarios_transport  # noqa: F401
import table
from cases import Case, Run, runs
from conftest import RUNS, note
from validation import Schemas

ALL = list(runs())


@pytest.mark.parametrize(("case", "wire"), ALL, ids=[f"{case.id}-{wire}" for case, wire in ALL])
def test_scenario(case: Case, wire: str, url: str, schemas: Schemas) -> None:
    """A scenario passes when each of its checks does."""
    run = Run(case.id, wire, url, schemas)
    try:
        case.body(run)
        if case.checks_wire:
            run.check_wire()
    except Exception as error:
        run.check("scenario-ends", False, repr(error))
        raise
    finally:
        note(run, case.scored)
    broken = [f"{check.id}: {check.detail}" for check in run.checks if not check.passed]
    assert run.checks and not broken, json.dumps(broken, indent=1)


def test_every_scored_scenario_is_here() -> None:
    """The official suite scores 30 scenarios on the older wire and 37 on the newer one; none has an expected failure."""
    counts = {wire: sum(case.scored for case, other in ALL if other == wire) for wire in table.SCORED}
    assert counts == table.SCORED
    assert len({(case.id, wire) for case, wire in ALL}) == len(ALL)


def test_document_shows_this_run() -> None:
    """docs/mcp-conformance.md has a line for each run, with its checks and how it ended."""
    if len(RUNS) < len(ALL):
        pytest.fail("run all scenarios together: the document shows all of them")
    report = {"runs": sorted(RUNS, key=lambda run: (run["wire"], not run["scored"], run["scenario"]))}
    text = table.DOCUMENT.read_text(encoding="utf-8")
    assert table.document(text, report) == text, "docs/mcp-conformance.md is not current: run Tests/Conformance/table.py"
