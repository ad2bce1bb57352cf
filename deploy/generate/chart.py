#!/usr/bin/env python3
"""Writes what of helm/portolan follows from other files: `chart.py FOLDER`, from the root of the repository.

README.md and values.schema.json come from values.yaml (types from the values, descriptions from the comments) and the settings of the
product, files/ holds copies of the alerts and dashboards, which a chart cannot reach outside of its folder. The output is committed.
"""

import json
import pathlib
import re
import shutil
import sys

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import chart_types as types  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "helm/portolan"
SETTINGS = ROOT / "Sources/Composition/Settings/SettingKey.swift"
FEATURES = ROOT / "Sources/Resilience/Features/Feature.swift"
# Settings that the chart sets itself, that are secrets, or that mean nothing in a pod.
OTHERS = {
    "BIND", "PORT", "ADMIN_PORT", "URL", "REDIS_CA_FILE", "CREDENTIALS_DIR", "SPOOL_DIR", "SHUTDOWN_GRACE_SECONDS", "POSTGRES_DIR",
    "TOOLS_DIR", "CONFIG", "WORK_DIR", "MODEL_DIR", "FEATURES_FILE",
}  # fmt: skip


def settings(source):
    """All settings of the product: name to whether it is a secret."""
    parts = re.split(r'SettingKey\(\s*"([A-Z0-9_]+)"', source)
    return {name: "isSecret: true" in rest for name, rest in zip(parts[1::2], parts[2::2])}


def meanings(source):
    """What each setting means: name to text."""
    return dict(re.findall(r'SettingKey\(\s*"([A-Z0-9_]+)",\s*"([^"]*)"', source))


def secret_variable(value):
    """The variable, without its prefix, of a value below `secrets`."""
    return re.sub(r"([A-Z])", r"_\1", value).upper()


def comments(text):
    """The comment that stands above each key of a YAML text, by the path of the key."""
    found, path, comment = {}, [], []
    for line in text.splitlines():
        if re.match(r"\s*#", line):
            comment.append(line.strip().lstrip("# "))
        elif match := re.match(r"( *)([\w./-]+):", line):
            path = [*path[: len(match[1]) // 2], match[2]]
            found[".".join(path)] = " ".join(comment)
            comment = []
        else:
            comment = []
    return found


def features(source):
    """The names of the features of the product."""
    return re.findall(r'= Feature\(\s*"([a-z_]+)"', source)


def schema(value, path, notes, settable):
    """The schema of a value: closed objects all the way down."""
    last = path.rpartition(".")[2]
    if path == "settings":
        result = {"properties": {name: types.setting(name, meaning) for name, meaning in settable.items()}}
        result |= {"type": "object", "additionalProperties": False}
    elif path == "features":
        known = features(FEATURES.read_text(encoding="utf-8"))
        result = {"type": "object", "additionalProperties": False, "properties": dict.fromkeys(known, types.FEATURE)}
    elif path in types.TYPES or last in types.NAMED:
        result = dict(types.TYPES.get(path) or types.NAMED[last])
    elif isinstance(value, dict) and value:
        properties = {key: schema(item, f"{path}.{key}".lstrip("."), notes, settable) for key, item in value.items()}
        result = {"type": "object", "additionalProperties": False, "properties": properties}
    elif isinstance(value, dict):
        raise ValueError(f"{path} is an open map")
    elif isinstance(value, bool):
        result = {"type": "boolean"}
    elif isinstance(value, int):
        result = {"type": "integer", "minimum": 0}
    elif isinstance(value, str):
        kinds = {"secrets.keys": types.KEY, "secrets.values": types.SECRET}
        result = dict(kinds.get(path.rpartition(".")[0], types.TEXT))
    else:
        raise ValueError(f"{path} has no type")
    if notes.get(path):
        result["description"] = notes[path]
    return result


def rows(value, path, notes):
    """The lines of the table of values."""
    last = path.rpartition(".")[2]
    if isinstance(value, dict) and value and last not in types.NAMED and path not in types.TYPES and path != "settings":
        for key, item in value.items():
            yield from rows(item, f"{path}.{key}".lstrip("."), notes)
    else:
        if not notes.get(path):
            raise ValueError(f"{path} has no comment in values.yaml")
        yield f"| `{path}` | {notes[path]} | `{json.dumps(value)}` |"


README = """<!-- Written by deploy/generate/chart.py from values.yaml. Do not edit. -->
# portolan

The chart of Portolan: api, mcp, worker and scheduler, and the migration before each installation and upgrade. It needs Kubernetes 1.30 or
newer; Postgres 16 or newer with pgvector 0.8, and Redis 7, are yours to bring. [docs/deployment.md](../../docs/deployment.md) tells how to
use it.

```sh
helm install portolan helm/portolan --namespace portolan --create-namespace --set secrets.existingSecret=portolan --wait
helm test portolan --namespace portolan
```

| value | meaning | default |
|---|---|---|
{rows}
"""


def write(folder):
    text = (CHART / "values.yaml").read_text(encoding="utf-8")
    values, notes = yaml.safe_load(text), comments(text)
    source = SETTINGS.read_text(encoding="utf-8")
    told = meanings(source)
    settable = {name: told[name] for name, secret in settings(source).items() if not secret and name not in OTHERS}
    result = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Values of the chart portolan"}
    result |= schema(values, "", notes, settable)
    # Helm itself adds it when the chart is a part of another one.
    result["properties"]["global"] = {"type": "object", "description": "Values that charts share; not used"}
    result["definitions"] = types.DEFINITIONS
    result["allOf"] = types.CONDITIONS
    (folder / "values.schema.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(README.replace("{rows}", "\n".join(rows(values, "", notes))), encoding="utf-8")
    for kind, files in (("alerts", "*.rules.yaml"), ("dashboards", "*.json")):
        (folder / "files" / kind).mkdir(parents=True, exist_ok=True)
        for file in sorted((ROOT / kind).glob(files)):
            shutil.copyfile(file, folder / "files" / kind / file.name)


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else CHART)
