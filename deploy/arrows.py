"""Checks the rules of docs/architecture.md that the compiler does not: read from the package description, so that the drawing cannot drift."""

import json
import pathlib
import re
import subprocess
import sys

# The floors from the ground up: a target may use its own floor and those below.
FLOORS = [
    "C", "Primitives", "Digests Domain APIModel Messages", "Reactor ResourcePool Resilience",
    "Postgres Redis Fetch Telemetry Inference EmbeddedServices", "Processing Ontologies Policy MCP Archives", "Fleet Storage ObjectStorage JobQueue Connectors Models MCPHosting",
    "Catalog Ingestion Operations Retrieval", "APIServer WorkerService APIClient", "Composition", "TestSupport FuzzTargets", "portolan Evaluation EndpointBench conformance-server Fuzzing",
]
ONLY = {"Hummingbird": {"APIServer", "EndpointBench", "MCPHosting"},
        "ArgumentParser": {"portolan", "EndpointBench", "Evaluation", "conformance-server"}}

floor = {name: number for number, names in enumerate(FLOORS) for name in names.split()}
text = subprocess.run(["swift", "package", "describe", "--type", "json"], check=True, capture_output=True, text=True).stdout
targets = {target["name"]: target for target in json.loads(text)["targets"]}
problems = []
importers = {}
drawing = pathlib.Path("docs/architecture.md").read_text(encoding="utf-8")

for name, target in targets.items():
    is_test = target["type"] == "test"
    is_c = target["module_type"] != "SwiftTarget"
    if not is_test and f"`{name}`" not in drawing:
        problems.append(f"{name} is not in docs/architecture.md")
    if not is_test and not is_c and name not in floor:
        problems.append(f"{name} is on no floor of the architecture")
    for needed in target.get("target_dependencies", []):
        if targets[needed]["module_type"] != "SwiftTarget" and not is_c:
            importers.setdefault(needed, []).append(name)
        if is_test or is_c or needed not in floor or name not in floor:
            continue
        if floor[needed] > floor[name]:
            problems.append(f"{name} reaches up to {needed}")
    for product in target.get("product_dependencies", []):
        if product in ONLY and name not in ONLY[product] and not is_test:
            problems.append(f"{name} may not use {product}")
    if not is_c:
        for file in pathlib.Path(target["path"]).rglob("*.swift"):
            source = file.read_text(encoding="utf-8")
            if re.search(rf"^\s*(?:public |package )?(?:final )?(?:class|struct|enum|actor|protocol) {re.escape(name)}\b", source, re.M):
                problems.append(f"{file} declares a type with the name of its module")
            if len(source.splitlines()) > 400:
                problems.append(f"{file} is longer than 400 lines")

for module, users in importers.items():
    # TestSupport is for tests alone: its stand-in of an identity provider signs, which the product must not be able to do.
    swift = [user for user in users if targets[user]["type"] != "test" and user != "TestSupport"]
    if len(swift) > 1:
        problems.append(f"{module} is imported by {', '.join(sorted(swift))}: a C module has one importer")

for problem in sorted(set(problems)):
    print(problem)
sys.exit(1 if problems else 0)
