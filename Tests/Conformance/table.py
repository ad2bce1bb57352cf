#!/usr/bin/env python3
"""Writes the table of docs/mcp-conformance.md from the report of a run: `table.py [--check]`.

With --check, nothing is written, and the exit status says whether the document is what the report makes it.
"""

from __future__ import annotations

import collections
import json
import pathlib
import sys
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "mcp-conformance.md"
BEGIN, END = "<!-- table: written by Tests/Conformance/table.py -->", "<!-- end of table -->"
# How many runs the official suite scores on each wire.
SCORED = {"2025-11-25": 30, "2026-07-28": 37}


def table(report: dict[str, Any]) -> str:
    """The part of the document that comes from the report."""
    lines: list[str] = []
    for wire in sorted(SCORED):
        runs = [run for run in report["runs"] if run["wire"] == wire]
        scored = [run for run in runs if run["scored"]]
        passed = sum(run["passed"] for run in scored)
        lines += [f"### {wire}", "", f"{passed} of {len(scored)} scored scenarios pass; {len(runs) - len(scored)} more are not scored.", ""]
        lines += ["| scenario | scored | checks | result |", "|---|---|---|---|"]
        for run in runs:
            # A check that is made of several requests counts once, as in the official suite.
            counts = collections.Counter(check["id"] for check in run["checks"])
            result = "passes" if run["passed"] else "**fails**"
            lines.append(
                f"| {run['scenario']} | {'yes' if run['scored'] else 'no'} | {', '.join(f'`{name}`' for name in counts)} | {result} |"
            )
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def document(text: str, report: dict[str, Any]) -> str:
    """The document with its table."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{table(report)}\n{END}{tail}"


def main() -> int:
    """Writes the document, or compares it."""
    report = json.loads((ROOT / ".build" / "reports" / "mcp-conformance.json").read_text(encoding="utf-8"))
    text = DOCUMENT.read_text(encoding="utf-8")
    written = document(text, report)
    if "--check" in sys.argv[1:]:
        return 0 if written == text else 1
    DOCUMENT.write_text(written, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
