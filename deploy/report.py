"""Sums the JUnit files of one test run up to .build/reports/NAME.json; called by deploy/report."""

import glob
import json
import re
import sys
import time
import xml.etree.ElementTree as tree

# How many cases of a kind there have to be in a run of everything: fewer means that some are lost. Kinds overlap.
KINDS = {
    "integration": (
        20,
        r"^(Catalog|Connectors|Fleet|Ingestion|JobQueue|ObjectStorage|Operations|Postgres|Redis|Storage|WorkerService)Tests",
    ),
    "api": (15, r"^(APIServer|APIClient)Tests"),
    "end_to_end": (10, r"^(AcceptanceTests|Tests\.Agents)"),
    "breakers_and_load": (10, r"(?i:circuit|breaker)|^(Resilience|Fleet)Tests"),
    "health": (8, r"(?i:health|ready|memory)"),
    "errors": (8, r"(?i:fault|problem|refus|error)"),
    "retrieval": (8, r"^RetrievalTests|(?i:search)"),
    "streaming": (5, r"(?i:stream|disconnect)"),
    "chaos": (5, r"Disturbances|Chaos|(?i:killed|freez)"),
    "all": (94, r""),
}
# A run that has all of these is one of everything.
WHOLE = ("AcceptanceTests", "APIServerTests", "RedisTests", "StorageTests", "Tests.Agents")

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
kinds = {kind: sum(bool(re.search(rule, f"{case['task']} {case['name']}")) for case in cases) for kind, (_, rule) in KINDS.items()}
short = []
if all(any(case["task"].startswith(room) for case in cases) for room in WHOLE):
    short = [f"{kinds[kind]} cases of the kind {kind}, at least {floor}" for kind, (floor, _) in KINDS.items() if kinds[kind] < floor]
counts["failed"] += len(short)
succeeded = status == 0 and counts["failed"] == 0
report = {
    "task": name,
    "name": name,
    "status": "passed" if succeeded else "failed",
    "duration": round(time.time() - started, 3),
    "metrics": counts,
    "kinds": kinds,
    "cases": cases,
}
with open(f".build/reports/{name}.json", "w", encoding="utf-8") as file:
    json.dump(report, file, indent=1)
for case in cases:
    if case["status"] == "failed":
        print(f"failed: {case['task']} {case['name']}")
for line in short:
    print(f"too few: {line}")
print(f"{counts['passed']} passed, {counts['failed']} failed")
sys.exit(0 if succeeded else status or 1)
