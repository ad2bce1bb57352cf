"""Sums the JUnit files of one test run up to .build/reports/NAME.json; called by deploy/report."""

import glob
import json
import sys
import time
import xml.etree.ElementTree as tree

name, status, started = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
cases = []
for path in sorted(glob.glob(f".build/reports/{name}*.xml")):
    for case in tree.parse(path).iter("testcase"):
        found = {child.tag for child in case}
        # A fixture that could not be made is an error, not a failure.
        outcome = "failed" if found & {"failure", "error"} else "skipped" if "skipped" in found else "passed"
        cases.append(
            {
                "task": case.get("classname", ""),
                "name": case.get("name", ""),
                "status": outcome,
                "duration": float(case.get("time", 0)),
                "metrics": {},
            }
        )
counts = {outcome: sum(case["status"] == outcome for case in cases) for outcome in ("passed", "failed", "skipped")}
# A run that broke off without a failed case, or without any case, has failed too.
if status != 0 and counts["failed"] == 0 or not cases:
    counts["failed"] += 1
succeeded = status == 0 and counts["failed"] == 0
report = {
    "task": name,
    "name": name,
    "status": "passed" if succeeded else "failed",
    "duration": round(time.time() - started, 3),
    "metrics": counts,
    "cases": cases,
}
with open(f".build/reports/{name}.json", "w", encoding="utf-8") as file:
    json.dump(report, file, indent=1)
for case in cases:
    if case["status"] == "failed":
        print(f"failed: {case['task']} {case['name']}")
print(f"{counts['passed']} passed, {counts['failed']} failed")
sys.exit(0 if succeeded else status or 1)
