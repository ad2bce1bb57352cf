"""Checks the examples of log shippers in deploy/logs against the lines that the product writes.

`shippers.py` needs no shipper: each file must read, name only keys that every line has, make labels of nothing that has many values, read
the time that the lines carry, keep what it has read over a restart or wait, and hold no address or secret of anybody.
"""

import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINE = ROOT / "Sources/Telemetry/Logs/LogLine.swift"
# Few values each: everything else would make a stream of its own for each request or job.
LABELS = {"job", "service", "level"}


def fixed_keys(source: str) -> set[str]:
    """The keys that every line has, from the source that writes them."""
    found = re.search(r"fixedKeys: Set<String> = \[(.*?)\]", source, re.DOTALL)
    if not found:
        raise SystemExit(f"{LINE} no longer says which keys every line has")
    return set(re.findall(r'"([a-z]+)"', found[1]))


def fluent_bit(config: dict) -> dict:
    parser = config["parsers"][0]
    output = config["pipeline"]["outputs"][0]
    labels = dict(pair.strip().split("=", 1) for pair in output["labels"].split(","))
    return {
        "keys": {parser["time_key"], *(value[1:] for value in labels.values() if value.startswith("$"))},
        "labels": set(labels),
        "time": (parser["time_key"], parser["time_format"] == "%Y-%m-%dT%H:%M:%S.%LZ"),
        "keeps": "db" in config["pipeline"]["inputs"][0],
        "address": output["host"],
    }


def vector(config: dict) -> dict:
    sink = config["sinks"]["loki"]
    program = config["transforms"]["lines"]["source"]
    used = {found[1] for value in sink["labels"].values() if (found := re.fullmatch(r"\{\{ ([a-z]+) \}\}", value))}
    return {
        "keys": used | set(re.findall(r"string!\(\.(ts)\)", program)),
        "labels": set(sink["labels"]),
        "time": ("ts", 'parse_timestamp(string!(.ts), format: "%+")' in program),
        "keeps": sink["buffer"]["type"] == "disk" and sink["buffer"]["when_full"] == "block",
        "address": sink["endpoint"],
    }


def promtail(config: dict) -> dict:
    scrape = config["scrape_configs"][0]
    stages = {name: stage for entry in scrape["pipeline_stages"] for name, stage in entry.items()}
    named = {rule["target_label"] for rule in scrape["relabel_configs"] if not rule.get("target_label", "__").startswith("__")}
    return {
        "keys": set(stages["json"]["expressions"].values()),
        "labels": set(stages["labels"]) | named,
        "time": (stages["timestamp"]["source"], stages["timestamp"]["format"] == "RFC3339Nano"),
        "keeps": "filename" in config["positions"],
        "address": config["clients"][0]["url"],
    }


READERS = {"fluent-bit.yaml": fluent_bit, "vector.yaml": vector, "promtail.yaml": promtail}


def problems(name: str, text: str, keys: set[str]) -> list[str]:
    """What is wrong with the example `name`."""
    try:
        facts = READERS[name](yaml.safe_load(text))
    except (KeyError, IndexError, TypeError, ValueError, yaml.YAMLError) as error:
        return [f"{name} has not the form that it should have: {error!r}"]
    found = []
    if unknown := facts["keys"] - keys:
        found.append(f"{name} reads {', '.join(sorted(unknown))}, which not every line has")
    if many := facts["labels"] - LABELS:
        found.append(f"{name} makes labels of {', '.join(sorted(many))}")
    if missing := {"service", "level"} - facts["labels"]:
        found.append(f"{name} makes no label of {', '.join(sorted(missing))}")
    if facts["time"] != ("ts", True):
        found.append(f"{name} does not read the time of the lines")
    if not facts["keeps"]:
        found.append(f"{name} loses lines when it is restarted")
    if not re.match(r"\$\{[A-Z_]+\}", facts["address"]):
        found.append(f"{name} names an address instead of a variable")
    return found


def main() -> int:
    keys = fixed_keys(LINE.read_text(encoding="utf-8"))
    folder = ROOT / "deploy/logs"
    found = [f"{path.name} has no check" for path in sorted(folder.iterdir()) if path.name not in READERS]
    for name in READERS:
        found += problems(name, (folder / name).read_text(encoding="utf-8"), keys)
    for problem in found:
        print(f"shippers: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
