"""Checks dashboards/: shape, rules of good dashboards, names against the metric catalog, and that each panel shows data.

Called by deploy/check with the folder of Prometheus. The data is a quarter of an hour of every metric of the catalog, back-filled
into a real Prometheus; what recording rules make of it is put into the queries as their expressions.
"""

import contextlib
import itertools
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

import jsonschema
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

import alerts
import catalog
import exported
import promql

FOLDER = catalog.ROOT / "dashboards"
SCHEMA = "schemas/grafana-dashboard.jsonschema.json"
START, STEP, POINTS = 1_760_000_000, 30, 31
# What Prometheus adds to each series of a target.
TARGET = {"job": "portolan-api", "instance": "one:9464", "track": "stable"}
# Values of the labels whose values the code does not list.
OPEN_VALUES = {
    "route": ["/v1/search", "/mcp"],
    "tool": ["search_documentation", "get_section_content"],
    "dependency": ["postgres", "redis"],
    "error_code": ["E_HOST_DENY", "E_TRAVERSAL"],
    "kind": ["ingest.run", "unknown"],
}
VARIABLES = {"$__rate_interval": "2m", "$job": ".+", "$instance": ".+"}


def inputs():
    """The folder with real inputs that lies beside the repository, or None."""
    folder = pathlib.Path(os.environ.get("PORTOLAN_TEST_DATA", catalog.ROOT.parent / "shared/data"))
    return folder if folder.is_dir() else None


# ---- shape


def lost(given, kept, path=""):
    """What Grafana's model does not know: keys and values of `given` that are not in `kept`, which went through it."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for key, value in given.items():
            if key in kept:
                yield from lost(value, kept[key], f"{path}.{key}")
            else:
                yield f"{path}.{key} is unknown to Grafana"
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for number, pair in enumerate(zip(given, kept)):
            yield from lost(*pair, f"{path}[{number}]")
    elif given != kept:
        yield f"{path} is {kept!r} for Grafana"


def shape(board, schema=None):
    plugins.register_default_plugins()
    try:
        model = Dashboard.from_json(board)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        yield f"Grafana cannot read it: {error!r}"
        return
    yield from lost(board, json.loads(JSONEncoder(sort_keys=True).encode(model)))
    if schema:
        yield from (f"{error.json_path}: {error.message}" for error in jsonschema.Draft7Validator(schema).iter_errors(board))


# ---- rules


def panels(board):
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def lint(board):
    """Rules that do not need the catalog."""
    if board.get("editable") is not False or not board["uid"].startswith("portolan-"):
        yield "it is editable, or its uid is not its own"
    variables = {variable["name"]: variable for variable in board["templating"]["list"]}
    if variables.get("datasource", {}).get("type") != "datasource" or not {"job", "instance"} <= set(variables):
        yield "a variable for data source, job or instance is missing"
    yield from (
        f"variable {name} is not read again when the time changes" for name in ("job", "instance") if variables[name]["refresh"] != 2
    )
    titles = set()
    for panel in panels(board):
        where = f"panel {panel['title']!r}"
        if not panel["title"] or not panel.get("description") or not panel["fieldConfig"]["defaults"].get("unit"):
            yield f"{where} lacks title, description or unit"
        if (panel["title"], panel["gridPos"]["y"]) in titles:
            yield f"{where} is there twice"
        titles.add((panel["title"], panel["gridPos"]["y"]))
        sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        if any(source != {"type": "prometheus", "uid": "${datasource}"} for source in sources):
            yield f"{where} has a data source of its own"
        if not panel["targets"]:
            yield f"{where} asks nothing"
        for target in panel["targets"]:
            yield from (f"{where}: {problem}" for problem in expression_rules(target["expr"]))
    yield from overlaps(board["panels"])


def expression_rules(expression):
    if re.search(r"\[[^\]$]*\]", expression):
        yield "a range that is not $__rate_interval"
    for name in re.findall(r"\b(portolan_\w+_total)\b", expression):
        if not re.search(rf"\b(rate|increase)\({name}\b", expression):
            yield f"{name} without rate or increase"
    for name, matchers in re.findall(r"\b(portolan_\w+|up)\b(\{[^{}]*\})?", expression):
        if not ('job=~"$job"' in matchers and 'instance=~"$instance"' in matchers):
            yield f"{name} without the matchers of the variables"


def overlaps(items):
    taken = {}
    for item in items:
        place = item["gridPos"]
        for cell in itertools.product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])):
            if cell in taken or cell[0] >= 24:
                yield f"{item['title']!r} lies over {taken.get(cell, 'the edge')!r}"
                return
            taken[cell] = item["title"]


def names(board, samples, recorded, objectives=()):
    for panel in panels(board):
        for target in panel["targets"]:
            found = promql.problems(target["expr"], samples, recorded, variables={"$job", "$instance"})
            found += [f"there is no objective {name}" for name in re.findall(r'\bslo="([^"]*)"', target["expr"]) if name not in objectives]
            yield from (f"panel {panel['title']!r}: {problem}" for problem in found)


# ---- data


def unshown(boards, metrics):
    """The metrics that no panel has."""
    shown = " ".join(target["expr"] for board in boards.values() for panel in panels(board) for target in panel["targets"])
    yield from (f"no panel shows {metric.name}" for metric in metrics if not re.search(rf"\b{metric.name}(_bucket|_sum|_count)?\b", shown))


def series(metric):
    """All label sets of a metric that the test data has."""
    values = [OPEN_VALUES.get(label, ["sample"]) if allowed is None else allowed for label, allowed in metric.labels.items()]
    return [dict(zip(metric.labels, combination)) for combination in itertools.product(*values)]


def text(labels):
    return ",".join(f'{key}="{value}"' for key, value in {**TARGET, **labels}.items())


def backfill(metrics):
    """A quarter of an hour of every metric, as OpenMetrics: counters grow, gauges stand at one."""
    times = [START + STEP * point for point in range(POINTS)]
    for name, metric in metrics.items():
        family = name.removesuffix("_total") if metric.kind == "counter" else name
        yield f"# TYPE {family} {metric.kind}"
        for labels in series(metric):
            for point, moment in enumerate(times):
                if metric.kind == "histogram":
                    total = 3 * (len(metric.buckets) + 1) * point
                    for number, bound in enumerate([*metric.buckets, "+Inf"]):
                        yield f"{name}_bucket{{{text({**labels, 'le': bound})}}} {3 * (number + 1) * point} {moment}"
                    yield f"{name}_sum{{{text(labels)}}} {total} {moment}"
                    yield f"{name}_count{{{text(labels)}}} {total} {moment}"
                else:
                    yield f"{name}{{{text(labels)}}} {5 * point if metric.kind == 'counter' else 1} {moment}"
    yield "# TYPE up gauge"
    yield from (f"up{{{text({})}}} 1 {moment}" for moment in times)
    yield "# EOF"


def inlined(expression, rules):
    """`expression` with recorded names replaced by what records them, so that the test data needs no history of recordings."""

    def replacement(match):
        wanted = dict(re.findall(r'(\w+)="([^"]*)"', match[2] or ""))
        chosen = [rule for rule in rules if rule.get("record") == match[1]]
        parts = []
        for rule in chosen:
            if any(rule.get("labels", {}).get(key, value) != value for key, value in wanted.items()):
                continue
            part = f"({inlined(rule['expr'], rules)})"
            for key, value in rule.get("labels", {}).items():
                part = f'label_replace({part}, "{key}", "{value}", "", "")'
            parts.append(part)
        return f"({' or '.join(parts)})"

    return re.sub(r"\b(portolan:\w+:\w+)(\{[^{}]*\})?", replacement, expression)


def prepared(expression, rules):
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    expression = inlined(expression, rules)
    if "$" in expression:
        raise ValueError(f"a variable is left in {expression}")
    return expression


@contextlib.contextmanager
def prometheus(tools, folder):
    """The address of a Prometheus on the data below `folder`."""
    config = folder / "prometheus.yaml"
    config.write_text("scrape_configs: []\n", encoding="utf-8")
    command = [
        tools / "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=100y",
        "--web.listen-address=127.0.0.1:0",
        "--log.level=error",
    ]
    process = subprocess.Popen(command)
    try:
        for _ in range(exported.PATIENCE * 20):
            if process.poll() is not None:
                raise SystemExit(f"prometheus ended with {process.returncode}")
            with contextlib.suppress(OSError, IndexError):
                address = f"http://127.0.0.1:{exported.listening(process.pid)[0]}"
                with urllib.request.urlopen(f"{address}/-/ready", timeout=exported.PATIENCE):
                    break
            time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait()


def query(address, expression):
    """The series of a range query over the end of the data, without values that are no number; or the error."""
    end = START + STEP * (POINTS - 1)
    values = urllib.parse.urlencode({"query": expression, "start": end - 300, "end": end, "step": STEP})
    try:
        with urllib.request.urlopen(f"{address}/api/v1/query_range?{values}", timeout=exported.PATIENCE) as reply:
            result = json.load(reply)["data"]["result"]
    except urllib.error.HTTPError as error:
        return [], json.load(error)["error"]
    return [item for item in result if any(math.isfinite(float(value)) for _, value in item["values"])], None


def empty_panels(address, boards, rules):
    for name, board in boards.items():
        for panel in panels(board):
            for target in panel["targets"]:
                found, error = query(address, prepared(target["expr"], rules))
                if error or not found:
                    yield f"{name}: panel {panel['title']!r}, {target['expr']}: {error or 'shows nothing'}"


def check(tools):
    metrics, rules = catalog.load(), alerts.rules()
    samples, recorded = catalog.by_sample(metrics), {rule["record"] for rule in rules if "record" in rule}
    boards = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.json"))}
    objectives = {rule["labels"]["slo"] for rule in rules if rule.get("record") == "portolan:slo_objective:ratio"}
    folder = inputs()
    schema = json.loads((folder / SCHEMA).read_text(encoding="utf-8")) if folder else None
    for name, board in boards.items():
        for problem in itertools.chain(shape(board, schema), lint(board), names(board, samples, recorded, objectives)):
            yield f"{name}: {problem}"
    yield from unshown(boards, metrics.values())
    if len({board["uid"] for board in boards.values()}) != len(boards) or not boards:
        yield "two dashboards have one uid, or there is none"
    with tempfile.TemporaryDirectory() as place:
        path = pathlib.Path(place)
        (path / "metrics.txt").write_text("\n".join(backfill(metrics)) + "\n", encoding="utf-8")
        command = [tools / "promtool", "tsdb", "create-blocks-from", "openmetrics", path / "metrics.txt", path / "data"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with prometheus(tools, path) as address:
            yield from empty_panels(address, boards, rules)


if __name__ == "__main__":
    PROBLEMS = list(check(pathlib.Path(sys.argv[1])))
    print(*PROBLEMS, sep="\n", file=sys.stderr, end="")
    sys.exit(1 if PROBLEMS else 0)
