"""Sums what llvm-cov tells of files up by room; called by deploy/coverage."""

import json
import os
import sys

# What only tests, benchmarks and measurements run.
NOT_SHIPPED = {"TestSupport", "FuzzTargets", "Fuzzing", "EndpointBench", "Evaluation"}

with open(sys.argv[1], encoding="utf-8") as file:
    files = json.load(file)["data"][0]["files"]
rooms: dict[str, list[int]] = {}
for entry in files:
    parts = os.path.relpath(entry["filename"]).split("/")
    if parts[0] != "Sources" or parts[1] in NOT_SHIPPED:
        continue
    lines = entry["summary"]["lines"]
    room = rooms.setdefault(parts[1], [0, 0])
    room[0] += lines["covered"]
    room[1] += lines["count"]
if not rooms:
    sys.exit("coverage: no line of ours was counted; was BUILD made with --enable-code-coverage?")
covered, count = (sum(room[index] for room in rooms.values()) for index in (0, 1))
report = {name: {"covered": room[0], "lines": room[1]} for name, room in sorted(rooms.items())}
with open(".build/reports/coverage.json", "w", encoding="utf-8") as file:
    json.dump({"covered": covered, "lines": count, "rooms": report}, file, indent=1)
for name, room in sorted(rooms.items(), key=lambda item: item[1][0] / max(item[1][1], 1)):
    print(f"{100 * room[0] / max(room[1], 1):6.1f} %  {room[0]:6} of {room[1]:6} lines  {name}")
print(f"{100 * covered / count:6.1f} %  {covered:6} of {count:6} lines in all")
