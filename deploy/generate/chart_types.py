"""What single values of helm/portolan may be, for deploy/generate/chart.py: the parts of its schema that do not follow from a default.

A value that is refused should be refused by its path and in words. Where a pattern cannot say why, the value is held to a constant that
says it: Helm tells `at '/image/tag': value must be '…'`.
"""

import re

import kubernetes_validate
from kubernetes_validate import utils

# The newest Kubernetes that the chart is checked on: what it knows may be given.
KUBERNETES = "1.37"


def unless(pattern, reason):
    """A rule that refuses a text with a pattern in it, and says why. Without regard to case."""
    return {"if": {"type": "string", "pattern": f"(?i){pattern}"}, "then": {"const": reason}}


def left_out(reason):
    """A rule for what must not be there, which says why."""
    return {"const": f"left out: {reason}"}


# ---- words and numbers

GIVEN = {"minLength": 1}
TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 1, "maximum": 1000}
PORT = {"type": "integer", "minimum": 1, "maximum": 65535}
# Part of the names of Services, which have no dots.
PART = {"type": "string", "maxLength": 46, "pattern": "^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$"}
NAME = {"type": "string", "maxLength": 253, "pattern": "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$"}
NAMES = {"type": "array", "items": {**NAME, **GIVEN}, "uniqueItems": True}
# A key of a Secret.
KEY = {"type": "string", "maxLength": 253, "pattern": "^[-._a-zA-Z0-9]*$"}
HOST = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
HOSTS = {"type": "array", "items": {"type": "string", "maxLength": 253, "pattern": f"^(\\*\\.)?{HOST}$"}, "uniqueItems": True}
URL = "https?://[^\\s/?#]+[^\\s]*"
WEB = {"type": "string", "pattern": f"^({URL})?$"}
BYTE, FIELD = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])", "[0-9A-Za-z*/,?#-]+"
NETWORK = f"({BYTE}(\\.{BYTE}){{3}}/(3[0-2]|[12]?[0-9])|[0-9a-fA-F]*:[0-9a-fA-F:]*/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))"
NETWORKS = {"type": "array", "items": {"type": "string", "pattern": f"^{NETWORK}$"}, "uniqueItems": True}
QUANTITY = {"type": ["string", "number"], "minimum": 0, "pattern": "^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$"}
AMOUNTS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"cpu": QUANTITY, "memory": QUANTITY, "ephemeral-storage": QUANTITY},
}
RESOURCES = {"type": "object", "additionalProperties": False, "properties": {"requests": AMOUNTS, "limits": AMOUNTS}}

# ---- labels and annotations

WORD = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
QUALIFIED = {"maxLength": 317, "pattern": f"^({HOST}/)?{WORD}$"}
LABELS = {"type": "object", "propertyNames": QUALIFIED, "additionalProperties": {"type": "string", "pattern": f"^({WORD})?$"}}
ANNOTATIONS = {"type": "object", "propertyNames": QUALIFIED, "additionalProperties": TEXT}


def without(kind, *patterns):
    """Labels or annotations of which the chart sets some itself."""
    return {**kind, "patternProperties": dict.fromkeys(patterns, left_out("the chart sets it, or it would change what the chart does"))}


# ---- images

TAG, DIGEST = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", "sha256:[0-9a-f]{64}"
PATH = "[a-z0-9]+([._-]+[a-z0-9]+)*"
# Without a tag, which would come before the one of the release.
REPOSITORY = f"({HOST}(:[0-9]{{1,5}})?/)?{PATH}(/{PATH})*"
MOVING = "the tag of one version: latest is another one tomorrow"

# ---- secrets

# Words that stand in examples: a release with them would be open to everybody who has read one.
PLACEHOLDER = (
    "change[-_ ]?(me|this|it)|placeholder|replace[-_ ](me|with|this)|insert[-_ ]|your[-_ ]|my[-_]secret|<|example|secret123|…|\\.\\.\\."
    "|x{8}|\\$\\{|\\$\\(|\\{\\{"
)
# As the start of a role refuses them (ConfigGate): nothing but words that everybody tries first.
DEFAULTS = (
    "admin|changeme|changethis|default|example|letmein|pass|passwd|password|portolan|postgres|qwerty|redis|root|secret|test|token|user"
    "|supersecret|insecure|replaceme|todo"
)
HANGERS = "a|as|before|here|in|it|key|me|my|new|now|please|production|the|this|too|use|with|your|[0-9]"
OBVIOUS = f"([^a-z0-9]*({HANGERS}))*[^a-z0-9]*({DEFAULTS})([^a-z0-9]*({DEFAULTS}|{HANGERS}))*[^a-z0-9]*"
SAME = "|".join(f"{character}+" for character in "0123456789abcdefghijklmnopqrstuvwxyz")
KNOWN = "0123456789abcdef(0123456789abcdef)?|1234567890123456|abcdefghijklmnop(qrstuvwxyz)?"
OWN = "a secret of your own, such as openssl rand -hex 24 prints"
SECRET = {
    "type": "string",
    "allOf": [
        unless(PLACEHOLDER, OWN),
        unless(f"^({OBVIOUS}|{SAME}|{KNOWN})$", OWN),
        # The password in a URL.
        unless(f"://[^/@:]*:({OBVIOUS}|{SAME}|{KNOWN})@", OWN),
    ],
}


def secret(pattern):
    """A secret of a form; it may be left out."""
    return {**SECRET, "pattern": f"^({pattern})?$"}


# ---- what Kubernetes and the Gateway API define


def definition(name, found):
    """The schema of a type of Kubernetes, closed; the types that it is made of go to `found`."""
    short = name.rpartition(".")[2]
    if short not in found:
        found[short] = None
        contents = utils.schema_contents(f"kubernetes-json-schema/v{newest()}-local-strict/_definitions.json", KUBERNETES)
        found[short] = plain(contents["$defs"][name], found)
    return {"$ref": f"#/definitions/{short}"}


def newest():
    """The full version of the newest Kubernetes."""
    return next(found for found in reversed(kubernetes_validate.utils.all_versions()) if utils.major_minor(found) == KUBERNETES)


def plain(schema, found):
    """Without descriptions, and without the nulls that Helm takes out of values."""
    if reference := schema.get("$ref"):
        return definition(reference.rpartition("/")[2], found)
    result = {}
    for key, value in schema.items():
        if key == "type" and isinstance(value, list):
            [result["type"]] = [name for name in value if name != "null"]
        elif key == "properties":
            result[key] = {name: plain(item, found) for name, item in value.items()}
        elif key in ("items", "additionalProperties") and isinstance(value, dict):
            result[key] = plain(value, found)
        elif key == "oneOf":
            result[key] = [plain(item, found) for item in value]
        elif key in ("type", "additionalProperties", "required", "enum"):
            result[key] = value
    return result


def several(name, found):
    """A list of a type of Kubernetes."""
    return {"type": "array", "items": definition(name, found)}


DEFINITIONS = {}
NETWORKING, CORE = "io.k8s.api.networking.v1", "io.k8s.api.core.v1"
PEERS = several(f"{NETWORKING}.NetworkPolicyPeer", DEFINITIONS)
EGRESS = several(f"{NETWORKING}.NetworkPolicyEgressRule", DEFINITIONS)
TLS = several(f"{NETWORKING}.IngressTLS", DEFINITIONS)
TOLERATIONS = several(f"{CORE}.Toleration", DEFINITIONS)
AFFINITY = definition(f"{CORE}.Affinity", DEFINITIONS)
# gateway.networking.k8s.io/v1, ParentReference.
PARENTS = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["name"],
        "properties": {"group": TEXT, "kind": TEXT, "namespace": NAME, "name": {**NAME, **GIVEN}, "sectionName": NAME, "port": PORT},
    },
}

# ---- values by their path, and by the last part of it

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
CRON = f"({FIELD} ){{4}}{FIELD}|@(hourly|daily|midnight|weekly|monthly|yearly|annually)"
TYPES = {
    "nameOverride": PART,
    "image.repository": {"type": "string", "maxLength": 255, "pattern": f"^{REPOSITORY}$"},
    "image.pullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
    "image.pullSecrets": NAMES,
    "secrets.values.databaseUrl": secret("postgres(ql)?://.+"),
    "secrets.values.migrationUrl": secret("postgres(ql)?://.+"),
    "secrets.values.backupDatabaseUrl": secret("postgres(ql)?://.+"),
    "secrets.values.redisUrl": secret("rediss?://.+"),
    "secrets.values.notifyUrl": secret(URL),
    "secrets.values.alertUrl": secret(URL),
    "secrets.values.otlpHeaders": secret("[A-Za-z0-9-]+=[^,]*(,\\s*[A-Za-z0-9-]+=[^,]*)*"),
    "secrets.values.backupKey": secret("[0-9a-fA-F]{64}"),
    "secrets.values.token": secret(".{16,}"),
    "secrets.values.alertSecret": secret(".{16,}"),
    "redisCA.key": {**KEY, **GIVEN},
    "database.cluster.instances": {"type": "integer", "minimum": 1, "maximum": 99},
    # A name without a tag means `latest`.
    "database.cluster.image": {
        "type": "string",
        "pattern": f"^({REPOSITORY}:{TAG}(@{DIGEST})?|{REPOSITORY}@{DIGEST})?$",
        **unless(":latest(@|$)", MOVING),
    },
    "database.cluster.storageSize": QUANTITY,
    "database.cluster.storageClass": NAME,
    "database.cluster.backup.destinationPath": {"type": "string", "pattern": "^(s3://[^\\s/]+\\S*)?$"},
    "database.cluster.backup.endpointURL": WEB,
    "database.cluster.backup.schedule": {"type": "string", "pattern": f"^({FIELD} ){{5}}{FIELD}$"},
    "database.cluster.backup.retention": {"type": "string", "pattern": "^[1-9][0-9]*[dwm]$"},
    "backup.workSize": QUANTITY,
    "backup.verifySchedule": {"type": "string", "pattern": f"^({CRON})?$"},
    # The chart's own labels would be there twice.
    "commonLabels": without(LABELS, "^(app\\.kubernetes\\.io|helm\\.sh|portolan)/"),
    "serviceAccount.name": NAME,
    "serviceAccount.annotations": without(ANNOTATIONS, "^helm\\.sh/"),
    "service.annotations": ANNOTATIONS,
    "rollout.strategy": {"enum": ["rolling", "canary", "blueGreen"]},
    "rollout.blueGreen.active": {"enum": ["blue", "green"]},
    "service.type": {"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
    "service.port": PORT,
    "gateway.parentRefs": PARENTS,
    "gateway.hostnames": HOSTS,
    "gateway.annotations": ANNOTATIONS,
    "ingress.className": NAME,
    "ingress.hosts": HOSTS,
    "ingress.tls": TLS,
    # A canary is what ingress.canary makes, and paths stay as they are.
    "ingress.annotations": without(ANNOTATIONS, "^nginx\\.ingress\\.kubernetes\\.io/(canary(-.*)?|rewrite-target|app-root)$"),
    "networkPolicy.ingressFrom": PEERS,
    "networkPolicy.monitoringFrom": PEERS,
    "networkPolicy.databaseTo": PEERS,
    "networkPolicy.databasePort": PORT,
    "networkPolicy.redisTo": PEERS,
    "networkPolicy.redisPort": PORT,
    "networkPolicy.servicesTo": PEERS,
    "networkPolicy.privateNetworks": NETWORKS,
    "networkPolicy.extraEgress": EGRESS,
    "monitoring.serviceMonitor.interval": {"type": "string", "pattern": "^([5-9]|[12][0-9]|30)s$"},
    "monitoring.serviceMonitor.labels": without(LABELS, "^(app\\.kubernetes\\.io|helm\\.sh|portolan)/"),
    "monitoring.prometheusRule.labels": without(LABELS, "^(app\\.kubernetes\\.io|helm\\.sh|portolan)/"),
    "monitoring.dashboards.labels": without(LABELS, "^(app\\.kubernetes\\.io|helm\\.sh|portolan)/"),
    "monitoring.prometheusRule.runbookBase": {"type": "string", "pattern": "^(https?://.+/)?$"},
    "worker.storage.workSize": QUANTITY,
    "worker.autoscaling.prometheusAddress": WEB,
    "worker.autoscaling.query": {"type": "string", "minLength": 1},
    "probes.startSeconds": {"type": "integer", "minimum": 10, "maximum": 3600},
    "priorityClassName": NAME,
    "drainSeconds": {"type": "integer", "minimum": 1, "maximum": 600},
    "shutdownSeconds": {"type": "integer", "minimum": 1, "maximum": 600},
}
NAMED = {
    "tag": {"type": "string", "pattern": f"^({TAG})?$", **unless("^latest$", MOVING)},
    "digest": {"type": "string", "pattern": f"^({DIGEST})?$"},
    "replicas": COUNT,
    "minReplicas": COUNT,
    "maxReplicas": COUNT,
    "jobsPerReplica": COUNT,
    "targetCPU": {"type": "integer", "minimum": 1, "maximum": 100},
    "resources": RESOURCES,
    # The chart's own would be there twice.
    "podAnnotations": without(ANNOTATIONS, "^checksum/"),
    "nodeSelector": LABELS,
    "tolerations": TOLERATIONS,
    "affinity": AFFINITY,
    "existingClaim": NAME,
    "existingSecret": NAME,
}

# ---- settings of the product, by their names

BOOLEAN = {"enum": [True, False, "true", "false"]}
LISTED = f"{NETWORK}(\\s*,\\s*{NETWORK})*"
STORE = "file:///.+|s3://[^\\s/]+\\S*"
SETTINGS = {
    # `off` is for the loopback, and a pod is called from elsewhere.
    "AUTH": {"enum": ["token", "oauth"]},
    "LOG_FORMAT": {"enum": ["json", "text"]},
    "LOG_LEVEL": {"enum": ["trace", "debug", "info", "notice", "warning", "error"]},
    "VALIDATION": {"enum": ["lenient", "strict"]},
    "S3_ADDRESSING": {"enum": ["path", "virtual", "auto"]},
    "S3_REGION": {"type": "string", "pattern": "^[a-z0-9-]+$"},
    "RATE_LIMIT": {"type": "string", "pattern": "^(roles|off|[0-9]+(\\.[0-9]+)?/s)$"},
    "SURFACES": {"type": "string", "pattern": "^(rest|mcp|webhooks|console)(\\s*,\\s*(rest|mcp|webhooks|console))*$"},
    "EMBEDDER": {"type": "string", "pattern": f"^(local|none|{URL})$"},
    "EMBEDDER_TOKEN_LIMIT": {"type": "integer", "minimum": 32, "maximum": 8192},
    "TRACE_RATIO": {"type": "number", "minimum": 0, "maximum": 1},
    "BREAKERS": {"type": "string", "pattern": "^([a-z0-9_-]+=[0-9]+/[0-9]+(/[0-9]+)?(\\s*,\\s*|$))*$"},
    "CORS_ORIGINS": {"type": "string", "pattern": "^(https?://[^\\s/,]+(\\s*,\\s*|$))*$"},
    **dict.fromkeys(["PUBLIC_URL", "OAUTH_ISSUER", "OAUTH_JWKS_URL", "OTLP_URL", "S3_ENDPOINT"], WEB),
    **dict.fromkeys(["ALLOWED_NETWORKS", "TRUSTED_PROXIES"], {"type": "string", "pattern": f"^({LISTED})?$"}),
    **dict.fromkeys(["STORAGE_URL", "BACKUP_URL"], {"type": "string", "pattern": f"^({STORE})?$"}),
}


def setting(name, meaning):
    """The type of a setting: its own, or by the range that its meaning tells."""
    if name in SETTINGS:
        return SETTINGS[name]
    if found := re.search(r"(\d+) to (\d+)", meaning):
        return {"type": "integer", "minimum": int(found[1]), "maximum": int(found[2])}
    return BOOLEAN if "true or false" in meaning else {"type": "string"}


# ---- what one value asks of others


def at(path, rule):
    """A schema that holds what lies at a path to a rule."""
    for part in reversed(path.split(".")):
        rule = {"properties": {part: rule}}
    return rule


def when(condition, *then):
    """A rule for others when a rule is kept."""
    return {"if": condition, "then": {"allOf": list(then)}}


def on(path):
    """A condition: a value is true."""
    return at(path, {"const": True})


def needs(*names):
    """A rule: settings must be there."""
    return {"properties": {"settings": {"required": list(names), "properties": dict.fromkeys(names, GIVEN)}}, "required": ["settings"]}


OAUTH = {"properties": {"settings": {"required": ["AUTH"], "properties": {"AUTH": {"const": "oauth"}}}}}
SERVER = {"properties": {"settings": {"required": ["EMBEDDER"], "properties": {"EMBEDDER": {"pattern": "^https?:"}}}}}
CONDITIONS = [
    when(
        on("database.cluster.backup.enabled"),
        at("database.cluster.backup.destinationPath", GIVEN),
        at("database.cluster.backup.existingSecret", GIVEN),
    ),
    when(on("gateway.enabled"), at("gateway.parentRefs", {"minItems": 1})),
    when(on("ingress.enabled"), at("ingress.hosts", {"minItems": 1})),
    when(on("worker.autoscaling.enabled"), at("worker.autoscaling.prometheusAddress", GIVEN)),
    # One place for backups: a volume, or a bucket.
    when(
        {"allOf": [on("backup.enabled"), at("backup.existingClaim", {"const": ""})]},
        at("settings", {"required": ["BACKUP_URL"], "properties": {"BACKUP_URL": {"pattern": "^s3://."}}}),
    ),
    when(
        at("backup.existingClaim", GIVEN),
        at("settings", {"properties": {"BACKUP_URL": left_out("backups go to the volume of backup.existingClaim")}}),
    ),
    # As the start of a role asks for them.
    when(
        {"allOf": [at("secrets.existingSecret", GIVEN), at("secrets.keys.alertUrl", GIVEN)]},
        at("secrets.keys.alertSecret", GIVEN),
    ),
    when(at("secrets.values.alertUrl", GIVEN), at("secrets.values.alertSecret", GIVEN)),
    when(OAUTH, needs("OAUTH_ISSUER", "PUBLIC_URL")),
    {
        "if": OAUTH,
        "else": at(
            "settings",
            {"properties": dict.fromkeys(["OAUTH_ISSUER", "OAUTH_JWKS_URL", "OAUTH_AUDIENCE"], left_out("it is for AUTH: oauth"))},
        ),
    },
    when(SERVER, at("settings", {"required": ["EMBEDDER_MODEL", "EMBEDDER_DIMENSION"]})),
]
