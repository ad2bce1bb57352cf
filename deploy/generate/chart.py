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

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "helm/portolan"
SETTINGS = ROOT / "Sources/Composition/Settings/SettingKey.swift"
FEATURES = ROOT / "Sources/Resilience/Features/Feature.swift"
# Settings that the chart sets itself, that are secrets, or that mean nothing in a pod.
OTHERS = {
    "BIND", "PORT", "ADMIN_PORT", "URL", "REDIS_CA_FILE", "CREDENTIALS_DIR", "SPOOL_DIR", "SHUTDOWN_GRACE_SECONDS", "POSTGRES_DIR",
    "TOOLS_DIR", "CONFIG", "WORK_DIR", "MODEL_DIR", "FEATURES_FILE",
}  # fmt: skip
TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True}
MAP = {"type": "object", "additionalProperties": TEXT}
NAME = {"type": "string", "maxLength": 253, "pattern": "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$"}
PORT = {"type": "integer", "minimum": 1, "maximum": 65535}
COUNT = {"type": "integer", "minimum": 1, "maximum": 1000}
# What Kubernetes checks itself.
FREE = {"type": "object"}
FREES = {"type": "array", "items": FREE}
QUANTITY = {"type": ["string", "number"], "pattern": "^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$"}
AMOUNTS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"cpu": QUANTITY, "memory": QUANTITY, "ephemeral-storage": QUANTITY},
}
RESOURCES = {"type": "object", "additionalProperties": False, "properties": {"requests": AMOUNTS, "limits": AMOUNTS}}
# As FeatureSource reads them.
FEATURE = {
    "anyOf": [
        {"type": "boolean"},
        {"enum": ["on", "off"]},
        {"type": "number", "minimum": 0, "maximum": 100},
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["enabled"],
            "properties": {
                "enabled": {"type": "boolean"},
                "percentage": {"type": "number", "minimum": 0, "maximum": 100},
                "description": {"type": "string"},
            },
        },
    ]
}
TAG, DIGEST = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", "sha256:[0-9a-f]{64}"
# A name without a tag means `latest`.
IMAGE = f"[^ @]+:{TAG}(@{DIGEST})?|[^ @]+@{DIGEST}"
# Words that stand in examples: a release with them would be open to everybody who has read one.
PLACEHOLDER = "(?i)change[-_ ]?me|placeholder|your[-_ ]|<|example|secret123|password@"
SECRET = {"type": "string", "not": {"pattern": PLACEHOLDER}}
TYPES = {
    "nameOverride": NAME,
    "image.repository": {"type": "string", "minLength": 1, "pattern": "^[a-z0-9][a-z0-9._:/-]*$"},
    "image.pullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
    "image.pullSecrets": TEXTS,
    "secrets.existingSecret": NAME,
    "secrets.values.databaseUrl": {**SECRET, "pattern": "^(postgres(ql)?://.+)?$"},
    "secrets.values.migrationUrl": {**SECRET, "pattern": "^(postgres(ql)?://.+)?$"},
    "secrets.values.redisUrl": {**SECRET, "pattern": "^(rediss?://.+)?$"},
    "secrets.values.backupDatabaseUrl": {**SECRET, "pattern": "^(postgres(ql)?://.+)?$"},
    "secrets.values.backupKey": {**SECRET, "pattern": "^([0-9a-fA-F]{64})?$"},
    "secrets.values.token": {**SECRET, "pattern": "^(.{16,})?$"},
    "database.cluster.instances": {"type": "integer", "minimum": 1, "maximum": 99},
    "database.cluster.image": {"type": "string", "pattern": f"^({IMAGE})?$", "not": {"pattern": ":latest(@|$)"}},
    "database.cluster.storageSize": QUANTITY,
    "database.cluster.storageClass": NAME,
    "database.cluster.backup.destinationPath": {"type": "string", "pattern": "^(s3://.+)?$"},
    "database.cluster.backup.endpointURL": {"type": "string", "pattern": "^(https?://.+)?$"},
    "database.cluster.backup.schedule": {"type": "string", "pattern": "^(\\S+ ){5}\\S+$"},
    "database.cluster.backup.retention": {"type": "string", "pattern": "^[1-9][0-9]*[dwm]$"},
    "backup.workSize": QUANTITY,
    "backup.verifySchedule": {"type": "string", "pattern": "^(\\S+ \\S+ \\S+ \\S+ \\S+|@[a-z]+)?$"},
    # The chart's own labels would be there twice.
    "commonLabels": {**MAP, "patternProperties": {"^(app\\.kubernetes\\.io|helm\\.sh|portolan)/": False}},
    "rollout.strategy": {"enum": ["rolling", "canary", "blueGreen"]},
    "rollout.blueGreen.active": {"enum": ["blue", "green"]},
    "service.type": {"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
    "service.port": PORT,
    "gateway.parentRefs": FREES,
    "gateway.hostnames": TEXTS,
    "ingress.hosts": TEXTS,
    "ingress.tls": FREES,
    "ingress.annotations": MAP,
    "networkPolicy.ingressFrom": FREES,
    "networkPolicy.monitoringFrom": FREES,
    "networkPolicy.databaseTo": FREES,
    "networkPolicy.databasePort": PORT,
    "networkPolicy.redisTo": FREES,
    "networkPolicy.redisPort": PORT,
    "networkPolicy.privateNetworks": {"type": "array", "items": {"type": "string", "pattern": "^([0-9.]+|[0-9a-f:]+)/[0-9]{1,3}$"}},
    "networkPolicy.extraEgress": FREES,
    "monitoring.serviceMonitor.interval": {"type": "string", "pattern": "^([5-9]|[12][0-9]|30)s$"},
    "monitoring.dashboards.labels": MAP,
    "monitoring.prometheusRule.runbookBase": {"type": "string", "pattern": "^(https?://.+/)?$"},
    "worker.storage.workSize": QUANTITY,
    "worker.autoscaling.prometheusAddress": {"type": "string", "pattern": "^(https?://.+)?$"},
    "probes.startSeconds": {"type": "integer", "minimum": 10, "maximum": 3600},
    "drainSeconds": {"type": "integer", "minimum": 1, "maximum": 600},
    "shutdownSeconds": {"type": "integer", "minimum": 1, "maximum": 600},
}
# By the last part of the path.
NAMED = {
    "tag": {"type": "string", "pattern": f"^({TAG})?$", "not": {"const": "latest"}},
    "digest": {"type": "string", "pattern": f"^({DIGEST})?$"},
    "replicas": COUNT,
    "minReplicas": COUNT,
    "maxReplicas": COUNT,
    "jobsPerReplica": COUNT,
    "targetCPU": {"type": "integer", "minimum": 1, "maximum": 100},
    "resources": RESOURCES,
    "tolerations": FREES,
    "affinity": FREE,
    "existingClaim": NAME,
    "existingSecret": NAME,
}
GIVEN = {"minLength": 1}


def at(path, rule):
    """A schema that holds what lies at a path to a rule."""
    for part in reversed(path.split(".")):
        rule = {"properties": {part: rule}}
    return rule


def when(path, *then, value=True):
    """A rule for others when the value at a path is this one."""
    return {"if": at(path, {"const": value}), "then": {"allOf": list(then)}}


# What one value asks of others.
CONDITIONS = [
    when(
        "database.cluster.backup.enabled",
        at("database.cluster.backup.destinationPath", GIVEN),
        at("database.cluster.backup.existingSecret", GIVEN),
    ),
    when("gateway.enabled", at("gateway.parentRefs", {"minItems": 1})),
    when("ingress.enabled", at("ingress.hosts", {"minItems": 1})),
    when("worker.autoscaling.enabled", at("worker.autoscaling.prometheusAddress", GIVEN)),
    # One place for backups: a volume, or a bucket.
    {
        "if": {"allOf": [at("backup.enabled", {"const": True}), at("backup.existingClaim", {"const": ""})]},
        "then": at("settings", {"required": ["BACKUP_URL"], "properties": {"BACKUP_URL": {"pattern": "^s3://."}}}),
    },
    {"if": at("backup.existingClaim", GIVEN), "then": at("settings", {"properties": {"BACKUP_URL": False}})},
]


def settings(source):
    """All settings of the product: name to whether it is a secret."""
    parts = re.split(r'SettingKey\(\s*"([A-Z0-9_]+)"', source)
    return {name: "isSecret: true" in rest for name, rest in zip(parts[1::2], parts[2::2])}


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
        result = {"properties": {name: {"type": ["string", "number", "boolean"]} for name in settable}}
        result |= {"type": "object", "additionalProperties": False}
    elif path == "features":
        known = features(FEATURES.read_text(encoding="utf-8"))
        result = {"type": "object", "additionalProperties": False, "properties": dict.fromkeys(known, FEATURE)}
    elif path in TYPES or last in NAMED:
        result = dict(TYPES.get(path) or NAMED[last])
    elif isinstance(value, dict) and value:
        properties = {key: schema(item, f"{path}.{key}".lstrip("."), notes, settable) for key, item in value.items()}
        result = {"type": "object", "additionalProperties": False, "properties": properties}
    elif isinstance(value, dict):
        result = dict(MAP)
    elif isinstance(value, bool):
        result = {"type": "boolean"}
    elif isinstance(value, int):
        result = {"type": "integer", "minimum": 0}
    elif isinstance(value, str):
        result = dict(SECRET if path.startswith("secrets.values.") else TEXT)
    else:
        raise ValueError(f"{path} has no type")
    if notes.get(path):
        result["description"] = notes[path]
    return result


def rows(value, path, notes):
    """The lines of the table of values."""
    last = path.rpartition(".")[2]
    if isinstance(value, dict) and value and last not in NAMED and path not in TYPES and path != "settings":
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
    settable = [name for name, secret in settings(SETTINGS.read_text(encoding="utf-8")).items() if not secret and name not in OTHERS]
    result = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Values of the chart portolan"}
    result |= schema(values, "", notes, settable)
    # Helm itself adds it when the chart is a part of another one.
    result["properties"]["global"] = {"type": "object", "description": "Values that charts share; not used"}
    result["allOf"] = CONDITIONS
    (folder / "values.schema.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(README.replace("{rows}", "\n".join(rows(values, "", notes))), encoding="utf-8")
    for kind, files in (("alerts", "*.rules.yaml"), ("dashboards", "*.json")):
        (folder / "files" / kind).mkdir(parents=True, exist_ok=True)
        for file in sorted((ROOT / kind).glob(files)):
            shutil.copyfile(file, folder / "files" / kind / file.name)


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else CHART)
