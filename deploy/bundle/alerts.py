"""Checks alerts/: rules by promtool, every alert by cases that fire it and that do not, names against the metric catalog, and the runbook.

Called by deploy/check with the folder of promtool and amtool.
"""

import pathlib
import posixpath
import re
import subprocess
import sys
import tempfile

import yaml

import catalog
import promql

ROOT = catalog.ROOT
RULES = [ROOT / "alerts/portolan.rules.yaml", ROOT / "alerts/slo.rules.yaml"]
CASES = ROOT / "alerts/cases.yaml"
RECORDINGS = ROOT / "alerts/recordings.yaml"
ROUTING = ROOT / "alerts/alertmanager.yaml"
RUNBOOK = ROOT / "docs/runbook.md"
CODES = ROOT / "Sources/Policy/Registry/Rejection.swift"
SETTINGS = ROOT / "Sources/Composition/Settings/SettingKey.swift"
# Users and groups of the database, and what is not a setting.
ROLES = {f"portolan_{name}" for name in ("owner", "service", "reader", "migrate", "app", "report")}
BUILD = {"TEST_DATA", "TEST_DATA_REQUIRED", "ROOMS"}
PARTS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Resolved when", "Respond within"]
RECEIVERS = {"critical": "page", "warning": "ticket"}


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rules(files=RULES):
    return [rule for file in files for group in load(file)["groups"] for rule in group["rules"]]


def matching(alerts, name, labels):
    """The rules named `name` that can carry `labels`."""
    return [
        rule for rule in alerts if rule["alert"] == name and all(labels.get(key, value) == value for key, value in rule["labels"].items())
    ]


def rendered(text, labels, value):
    """An annotation as Prometheus would write it."""
    text = re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda match: labels[match[1]], text)
    return re.sub(r"\{\{ \$value[^}]* \}\}", lambda _: str(value), text)


def expectation(alerts, name, fires):
    [rule] = matching(alerts, name, fires["labels"])
    labels = {**rule["labels"], **fires["labels"]}
    # promtool takes the labels of the rule and the annotations as they are written there.
    notes = {key: rendered(text, labels, fires.get("value", "")) for key, text in rule["annotations"].items()}
    return {"exp_labels": labels, "exp_annotations": notes}


def needed(all_rules, name, entries):
    """The rules named `name`, and the recorded ones that they use, but for those that the cases give as their input."""
    given = {key.split("{")[0] for case in entries for key in case["series"]}
    chosen = [rule for rule in all_rules if rule.get("alert") == name]
    for rule in chosen:
        used = set(re.findall(r"portolan:\w+:\w+", rule["expr"])) - given
        chosen += [other for other in all_rules if other.get("record") in used and other not in chosen]
    # A rule sees what those before it have recorded.
    return chosen[::-1]


def unit_tests(all_rules, name, entries):
    """Rules and tests for the cases of one alert, as promtool takes them. With fewer rules in a file it is faster by far."""
    alerts = [rule for rule in all_rules if "alert" in rule]
    tests = []
    for number, case in enumerate(entries):
        tests.append(
            {
                "name": f"{name} {number + 1}: {case['when']}",
                "interval": "30s",
                "input_series": [{"series": key, "values": values} for key, values in case["series"].items()],
                "alert_rule_test": [
                    {
                        "eval_time": case["at"],
                        "alertname": name,
                        "exp_alerts": [expectation(alerts, name, fires) for fires in case.get("fires", [])],
                    }
                ],
            }
        )
    return {"groups": [{"name": name, "rules": needed(all_rules, name, entries)}]}, tests


def uncovered(alerts, cases):
    """Rules that no case fires, and rules that no case keeps silent."""
    for rule in alerts:
        entries = cases.get(rule["alert"], [])
        fired = [any(rule in matching(alerts, rule["alert"], fires["labels"]) for fires in case.get("fires", [])) for case in entries]
        where = f"{rule['alert']} {rule['labels'].get('long', rule['labels']['severity'])}"
        if True not in fired:
            yield f"no case fires {where}"
        if False not in fired:
            yield f"no case keeps {where} silent"


def shape(rule):
    """What a rule for an alert must have."""
    name, notes = rule["alert"], rule.get("annotations", {})
    if set(notes) != {"summary", "description", "runbook_url"}:
        yield f"{name} has the annotations {sorted(notes)}"
    if notes.get("runbook_url") != f"docs/runbook.md#{name.lower()}":
        yield f"{name} does not lead to its section of the runbook"
    if rule["labels"].get("severity") not in RECEIVERS or "component" not in rule["labels"]:
        yield f"{name} has the labels {rule['labels']}"


def sections(text):
    """The sections of the runbook: name of the alert to the names of its parts."""
    parts = re.split(r"^### (\w+)$", text, flags=re.M)
    return {name: re.findall(r"^- \*\*([A-Z][\w ]+)\*\*:", body.split("\n## ")[0], re.M) for name, body in zip(parts[1::2], parts[2::2])}


def gate(all_rules, cases, runbook, samples, codes):
    """Alerts, cases and runbook name the same; queries name what exists."""
    alerts = [rule for rule in all_rules if "alert" in rule]
    recorded = {rule["record"] for rule in all_rules if "record" in rule}
    names, headings = {rule["alert"] for rule in alerts}, sections(runbook)
    for what, found in (("cases.yaml", set(cases)), ("docs/runbook.md", set(headings))):
        yield from (f"{name} is not in {what}" for name in sorted(names - found))
        yield from (f"{name} of {what} is no alert" for name in sorted(found - names))
    for name, parts in headings.items():
        if parts != PARTS:
            yield f"the section {name} has the parts {parts}"
    yield from uncovered(alerts, cases)
    for rule in alerts:
        yield from shape(rule)
    for rule in all_rules:
        yield from (f"{rule.get('alert', rule.get('record'))}: {problem}" for problem in promql.problems(rule["expr"], samples, recorded))
        yield from (f"{code} is no code of the gates" for code in re.findall(r"\bE_[A-Z_]+\b", rule["expr"]) if code not in codes)
    for name, entries in cases.items():
        for case in entries:
            for series in case["series"]:
                yield from (f"a case of {name}: {problem}" for problem in promql.problems(series, samples, recorded))
            for fires in case.get("fires", []):
                if len(matching(alerts, name, fires["labels"])) != 1:
                    yield f"a case of {name} does not tell which rule fires: {fires['labels']}"


def documentation(texts, samples, settings):
    """Names and links in documents. `texts` are documents by their path in the repository."""
    anchors = {path: {anchor(heading) for heading in re.findall(r"^#+ (.+)$", text, re.M)} for path, text in texts.items()}
    for path, text in texts.items():
        for name in sorted(
            set(re.findall(r"`[^`\n]*?\b(portolan_[a-z_]+)", text)) - ROLES - set(samples) - {metric.name for metric in samples.values()}
        ):
            yield f"{path}: {name} is not in the catalog"
        for name in sorted(set(re.findall(r"\bPORTOLAN_([A-Z0-9_]*[A-Z0-9])\b(?!_)", text))):
            if name not in settings and name.removesuffix("_FILE") not in settings and name not in BUILD:
                yield f"{path}: PORTOLAN_{name} is no setting"
        for target, place in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)", text):
            file = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) if target else path
            if file not in texts and not (ROOT / file).exists():
                yield f"{path} leads to {file}, which is not there"
            elif place and place not in anchors.get(file, {place}):
                yield f"{path} leads to {file}#{place}, which is not there"


def anchor(heading):
    """How a heading is named in links."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def documents():
    files = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "helm/portolan/README.md"]
    return {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in files}


def settings():
    """The names of the settings, and of what steers the build and the compose file."""
    return set(re.findall(r'"(?:PORTOLAN_)?([A-Z][A-Z0-9_]+)"', SETTINGS.read_text(encoding="utf-8")))


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        yield f"{pathlib.Path(command[0]).name}: {result.stdout}{result.stderr}"


def routes(tools, alerts):
    """Asks amtool where each alert goes."""
    yield from run(tools / "amtool", "check-config", ROUTING)
    for labels in {(rule["labels"]["severity"], rule["labels"]["component"]) for rule in alerts}:
        command = [
            tools / "amtool",
            "config",
            "routes",
            "test",
            f"--config.file={ROUTING}",
            f"severity={labels[0]}",
            f"component={labels[1]}",
        ]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.stdout.strip() != RECEIVERS[labels[0]]:
            yield f"{labels} goes to {result.stdout.strip() or result.stderr}"


def check(tools):
    all_rules, cases = rules(), load(CASES)
    alerts = [rule for rule in all_rules if "alert" in rule]
    found = list(
        gate(all_rules, cases, RUNBOOK.read_text(encoding="utf-8"), catalog.by_sample(catalog.load()), CODES.read_text(encoding="utf-8"))
    )
    found += documentation(documents(), catalog.by_sample(catalog.load()), settings())
    if found:
        return found
    found += run(tools / "promtool", "check", "rules", "--lint=all", "--lint-fatal", *RULES)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for name, entries in cases.items():
            own, tests = unit_tests(all_rules, name, entries)
            (folder / f"{name}.rules.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
            file = {"rule_files": [f"{name}.rules.yaml"], "evaluation_interval": "30s", "tests": tests}
            (folder / f"{name}.yaml").write_text(yaml.safe_dump(file, sort_keys=False), encoding="utf-8")
        found += run(tools / "promtool", "test", "rules", RECORDINGS, *(folder / f"{name}.yaml" for name in cases))
    return found + list(routes(tools, alerts))


if __name__ == "__main__":
    PROBLEMS = check(pathlib.Path(sys.argv[1]))
    print(*PROBLEMS, sep="\n", file=sys.stderr, end="")
    sys.exit(1 if PROBLEMS else 0)
