"""Checks helm/portolan with Helm's own library on the API of kube_api.py.

Lint, every ci/*-values.yaml rendered and held to the rules of manifests.py, values that must be refused, and the life of a release from
installation to removal. Called by deploy/check with the folder of promtool and the release binary. HELM_DRIVER=memory must be in the
environment before Python starts: Helm copies it when it is loaded.
"""

import asyncio
import copy
import io
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

import helm_sdkpy
import yaml

import catalog
import kube_api
import manifests
from kube_objects import KINDS

CHART = catalog.ROOT / "helm/portolan"
SETTINGS = catalog.ROOT / "Sources/Composition/Settings/SettingKey.swift"
# What the scenarios expect in the namespace before the chart comes.
OUTSIDE = [
    *(("Secret", name) for name in ("portolan", "registry", "redis-authorities", "database-authorities", "source-credentials")),
    *(("PersistentVolumeClaim", name) for name in ("spool", "archives", "backups")),
    ("ServiceAccount", "portolan-runner"),
]
DOCKERFILE = catalog.ROOT / "deploy/Dockerfile"
# What stands in the Secret, as far as the form of the value matters.
SECRETS = {
    "DATABASE_URL": "postgres://portolan:3kd93jf0sl2@db:5432/portolan",
    "REDIS_URL": "redis://redis:6379/0",
    "TOKEN": "9f2c7e51aa0b4d66",
    "BACKUP_KEY": "6b1f0c2a9e8d7c5b" * 4,
    "ALERT_SECRET": "b3f09a7c5d1e4428",
    "ALERT_URL": "https://receiver.internal/health",
}
EXISTING = {"secrets": {"existingSecret": "portolan"}}
# Values that must be refused, and what the refusal must name.
REFUSED = [
    ({}, "secrets.values.databaseUrl or secrets.existingSecret is needed"),
    ({"image": {"tag": "latest"}}, "/image/tag"),
    ({"image": {"tag": "Latest"}}, "latest is another one tomorrow"),
    ({"image": {"repository": "portolan:latest"}}, "/image/repository"),
    ({"image": {"repository": "registry:5000/portolan@sha256:" + "0" * 64}}, "/image/repository"),
    ({"image": {"digest": "sha256:abc"}}, "/image/digest"),
    ({"image": {"repositry": "x"}}, "repositry"),
    ({"api": {"replicas": "two"}}, "/api/replicas"),
    ({"api": {"replicas": 0}}, "/api/replicas"),
    ({"api": {"resources": {"limits": {"memory": "lots"}}}}, "/api/resources/limits/memory"),
    ({"mcp": {"autoscaling": {"targetCPU": 101}}}, "/mcp/autoscaling/targetCPU"),
    ({"settings": {"LOG_LEVL": "info"}}, "LOG_LEVL"),
    ({"settings": {"TOKEN": "a-secret-in-the-settings"}}, "TOKEN"),
    ({"settings": {"LOG_LEVEL": "loud"}}, "/settings/LOG_LEVEL"),
    ({"settings": {"CRAWL_MAX_PAGES": 10001}}, "/settings/CRAWL_MAX_PAGES"),
    ({"settings": {"AUTH": "off"}}, "/settings/AUTH"),
    ({"settings": {"AUTH": "oauth"}}, "/settings"),
    ({"settings": {"OAUTH_ISSUER": "https://id.internal"}}, "/settings/OAUTH_ISSUER"),
    ({"settings": {"EMBEDDER": "https://embedder/v1"}}, "/settings"),
    ({"secrets": {"values": {"token": "changeme-changeme"}}}, "/secrets/values/token"),
    ({"secrets": {"values": {"token": "changeme-changeme"}}}, "a secret of your own"),
    ({"secrets": {"values": {"token": "portolan-token-2026"}}}, "/secrets/values/token"),
    ({"secrets": {"values": {"token": "short"}}}, "/secrets/values/token"),
    ({"secrets": {"values": {"databaseUrl": "postgres://portolan:postgres@db/portolan"}}}, "/secrets/values/databaseUrl"),
    ({"secrets": {"values": {"databaseUrl": "mysql://u:x@h/d"}}}, "/secrets/values/databaseUrl"),
    ({"secrets": {"values": {"databaseUrl": "postgres://u:<password>@h/d"}}}, "/secrets/values/databaseUrl"),
    ({"api": {"autoscaling": {"enabled": True, "minReplicas": 11}}}, "api.autoscaling.minReplicas is 11, above maxReplicas, which is 10"),
    ({"worker": {"autoscaling": {"enabled": True, "prometheusAddress": "http://p", "minReplicas": 11}}}, "worker.autoscaling.minReplicas"),
    ({"api": {"tolerations": [{"key": "a", "efect": "NoSchedule"}]}}, "/api/tolerations/0"),
    ({"mcp": {"affinity": {"podAntiAffinity": {"required": []}}}}, "/mcp/affinity/podAntiAffinity"),
    ({"ingress": {"enabled": True, "hosts": ["https://docs.internal"]}}, "/ingress/hosts/0"),
    ({"ingress": {"tls": [{"secretname": "x"}]}}, "/ingress/tls/0"),
    ({"ingress": {"annotations": {"nginx.ingress.kubernetes.io/rewrite-target": "/"}}}, "/ingress/annotations"),
    ({"gateway": {"parentRefs": [{"nam": "public"}]}}, "/gateway/parentRefs/0"),
    ({"networkPolicy": {"ingressFrom": [{"namespaceSelecter": {}}]}}, "/networkPolicy/ingressFrom/0"),
    ({"networkPolicy": {"extraEgress": [{"ports": [{"port": 443, "protocl": "TCP"}]}]}}, "/networkPolicy/extraEgress/0/ports/0"),
    ({"nameOverride": "docs.internal"}, "/nameOverride"),
    ({"gateway": {"enabled": True}}, "/gateway/parentRefs"),
    ({"ingress": {"enabled": True}}, "/ingress/hosts"),
    ({"worker": {"autoscaling": {"enabled": True}}}, "/worker/autoscaling/prometheusAddress"),
    ({"monitoring": {"serviceMonitor": {"interval": "5m"}}}, "/monitoring/serviceMonitor/interval"),
    ({"networkPolicy": {"databasePort": 70000}}, "/networkPolicy/databasePort"),
    ({"rollout": {"strategy": "big-bang"}}, "/rollout/strategy"),
    ({"rollout": {"canary": {"tag": "latest"}}}, "/rollout/canary/tag"),
    ({"rollout": {"blueGreen": {"active": "red"}}}, "/rollout/blueGreen/active"),
    ({"migration": {"digest": "sha256:1"}}, "/migration/digest"),
    ({"database": {"cluster": {"backup": {"enabled": True}}}}, "/database/cluster/backup/"),
    ({"database": {"cluster": {"image": "postgres:latest"}}}, "/database/cluster/image"),
    ({"secrets": {"existingSecret": "portolan", "keys": {"redisUrl": ""}}}, "secrets.keys.redisUrl is needed"),
    ({"commonLabels": {"app.kubernetes.io/name": "mine"}}, "/commonLabels"),
    ({"commonLabels": {"team": "not a label"}}, "/commonLabels/team"),
    ({"networkPolicy": {"privateNetworks": ["10.0.0.0"]}}, "/networkPolicy/privateNetworks"),
    ({"networkPolicy": {"privateNetworks": ["10.0.0.0/33"]}}, "/networkPolicy/privateNetworks"),
    ({"networkPolicy": {"privateNetworks": ["10.0.0.256/8"]}}, "/networkPolicy/privateNetworks"),
    ({"backup": {"enabled": True}}, "/settings"),
    ({"backup": {"enabled": True}, "settings": {"BACKUP_URL": "file:///backups"}}, "/settings/BACKUP_URL"),
    ({"backup": {"enabled": True, "existingClaim": "backups"}, "settings": {"BACKUP_URL": "s3://b/p"}}, "/settings/BACKUP_URL"),
    ({"backup": {"verifySchedule": "hourly"}}, "/backup/verifySchedule"),
    ({"backup": {"enabled": True, "existingClaim": "backups"}, "database": {"cluster": {"enabled": True}}}, "database.cluster.backup"),
    ({"secrets": {"values": {"backupKey": "short"}}}, "/secrets/values/backupKey"),
    ({"secrets": {"existingSecret": "portolan", "keys": {"alertUrl": "alert-url"}}}, "/secrets/keys/alertSecret"),
    ({"features": {"vektor_search": True}}, "vektor_search"),
    ({"features": {"vector_search": {"percentage": 50}}}, "/features/vector_search"),
    ({"features": {"vector_search": 101}}, "/features/vector_search"),
    ({"unknown": 1}, "unknown"),
]


def generator():
    """deploy/generate/chart.py, which knows how to read the settings."""
    namespace = {"__name__": "generator", "__file__": str(catalog.ROOT / "deploy/generate/chart.py")}
    exec(compile((catalog.ROOT / "deploy/generate/chart.py").read_text(encoding="utf-8"), "chart.py", "exec"), namespace)
    return namespace


def combined(base, over):
    """`base` with the values of `over` put over it, as Helm does."""
    result = copy.deepcopy(base)
    for key, value in over.items():
        result[key] = (
            combined(result[key], value) if isinstance(value, dict) and isinstance(result.get(key), dict) else copy.deepcopy(value)
        )
    return result


class Strict(yaml.SafeLoader):
    """YAML in which a key that comes twice is a mistake, as it is for Kubernetes; other readers take the last one."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        if len(keys) != len(set(keys)):
            raise yaml.constructor.ConstructorError(None, None, f"a key comes twice among {keys}", node.start_mark)
        return super().construct_mapping(node, deep)


def documents(text):
    return [item for item in yaml.load_all(text, Strict) if item]  # noqa: S506


class Helm:
    """Helm on a cluster in memory, which holds what the scenarios expect."""

    def __init__(self, server, folder, namespace="demo", outside=OUTSIDE):
        self.server = server
        config = pathlib.Path(folder) / f"kubeconfig-{server.server_address[1]}"
        config.write_text(server.kubeconfig(), encoding="utf-8")
        self.configuration = helm_sdkpy.Configuration(namespace=namespace, kubeconfig=str(config))
        kinds = {kind.kind: kind for kind in KINDS}
        for kind, name in outside:
            spec = {"spec": {"accessModes": ["ReadWriteMany"], "resources": {}}} if kind == "PersistentVolumeClaim" else {}
            server.cluster.create(kinds[kind], namespace, {"metadata": {"name": name}, **spec})

    def call(self, action, *arguments, **options):
        """The answer of Helm, or the text of its refusal."""
        try:
            return asyncio.run(getattr(helm_sdkpy, action)(self.configuration).run(*arguments, **options)), None
        except Exception as error:  # The library has a type for each action and no common one.
            return None, str(error)


def rendered(release):
    """The objects of a release, hooks included."""
    texts = [release["manifest"], *(hook["manifest"] for hook in release["hooks"] or [])]
    return [item for text in texts for item in documents(text)]


def lint(helm, values, folder):
    """Lint takes no values, so it gets a copy of the chart that has them as its own."""
    place = pathlib.Path(folder) / "lint" / "portolan"
    shutil.copytree(CHART, place)
    defaults = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    (place / "values.yaml").write_text(yaml.safe_dump(combined(defaults, values)), encoding="utf-8")
    result, error = helm.call("Lint", str(place))
    shutil.rmtree(place.parent)
    # Severity 1 is advice, such as an icon.
    found = [message for message in (result or {}).get("Messages") or [] if message["Severity"] > 1]
    if error or found:
        yield f"lint: {error or found}"


def environment(item, data, folder, tools):
    """The variables that the container of a workload sees, those of the image included; files of secrets lie in `folder` instead."""
    [container] = manifests.pod(item)["containers"]
    texts = dict(SECRETS)
    found = dict(re.findall(r"^\s*(?:ENV )?(PORTOLAN_\w+)=(\S+)", DOCKERFILE.read_text(encoding="utf-8"), re.M))
    found = {name: value.replace("/opt/portolan", str(tools)) for name, value in found.items()}
    for source in container.get("envFrom", []):
        found |= data[source["configMapRef"]["name"]]
    if "PORTOLAN_FEATURES_FILE" in found:
        mounts = {volume["name"]: volume["configMap"]["name"] for volume in manifests.pod(item)["volumes"] if "configMap" in volume}
        file = pathlib.Path(folder) / "features.yaml"
        file.write_text(data[mounts["features"]][file.name], encoding="utf-8")
        found["PORTOLAN_FEATURES_FILE"] = str(file)
    if "PORTOLAN_REDIS_CA_FILE" in found:
        found["PORTOLAN_REDIS_CA_FILE"] = "/etc/ssl/certs/ca-certificates.crt"
        texts["REDIS_URL"] = texts["REDIS_URL"].replace("redis:", "rediss:", 1)
    for variable in container.get("env", []):
        found[variable["name"]] = variable["value"]
        if variable["name"].endswith("_FILE"):
            file = pathlib.Path(folder) / variable["name"]
            name = variable["name"].removeprefix("PORTOLAN_").removesuffix("_FILE")
            file.write_text(texts.get(name, "9f2c7e51aa0b4d66"), encoding="utf-8")
            found[variable["name"]] = str(file)
    return found


def accepted(items, binary, folder, tools):
    """Whether the product itself takes the settings of each role."""
    data = {item["metadata"]["name"]: item.get("data", {}) for item in items if item["kind"] == "ConfigMap"}
    for item in items:
        if item["kind"] == "Deployment":
            variables, command = environment(item, data, folder, tools), ["config", "validate"]
            if not manifests.serves(item):
                # Needs no Redis and no token, which `config validate` asks for; a folder stands for the bucket.
                command = ["backup", "list", f"--from=file://{folder}/backups"]
            result = subprocess.run([binary, *command], env=variables, capture_output=True, text=True)
            if result.returncode:
                yield f"{manifests.named(item)}: {result.stderr.strip()}"


def scenario(path, settings, tools, binary, folder):
    """Lints and renders the chart with the values of one file, and checks what comes out."""
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    with kube_api.Server() as server:
        helm = Helm(server, folder)
        yield from lint(helm, values, folder)
        release, error = helm.call("Install", "demo", str(CHART), values=values, wait=False, timeout=120)
        if error:
            yield f"install: {error}"
            return
        items = rendered(release)
        yield from manifests.check(items, settings, OUTSIDE)
        yield from accepted(items, binary, folder, tools.parent)
        yield from order(server.cluster.log)
        for item in items:
            if item["kind"] == "PrometheusRule":
                file = pathlib.Path(folder) / "rules.yaml"
                file.write_text(yaml.safe_dump(item["spec"]), encoding="utf-8")
                result = subprocess.run([tools / "promtool", "check", "rules", file], capture_output=True, text=True)
                if result.returncode:
                    yield f"rules: {result.stdout}{result.stderr}"


def bounds(binary, folder):
    """The product takes the smallest and largest value that the schema lets settings have, and refuses what lies beyond; so for words."""
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))["properties"]["settings"]["properties"]
    ranges = {name: found for name, found in schema.items() if "minimum" in found}
    words = {name: found for name, found in schema.items() if "enum" in found}
    step = {name: 1 if found["type"] == "integer" else 0.1 for name, found in ranges.items()}
    # Of the words one at a time is enough for a value that all take; `oauth` asks for more.
    good = [
        {name: found[edge] for name, found in ranges.items()}
        | {name: str(found["enum"][place]).lower() for name, found in words.items() if name != "AUTH"}
        for edge, place in (("minimum", 0), ("maximum", -1))
    ]
    bad = [
        {name: found[edge] + sign * step[name] for name, found in ranges.items()} | dict.fromkeys(words, "no-such-word")
        for edge, sign in (("minimum", -1), ("maximum", 1))
    ]
    base = {f"PORTOLAN_{name}": value for name, value in SECRETS.items()} | {"PORTOLAN_BIND": "127.0.0.1"}
    base |= {"PORTOLAN_S3_ACCESS_KEY": "AKID", "PORTOLAN_S3_SECRET_KEY": "0b4d6688e39f2c7e51aa"}
    # With what makes the others count.
    server = {"EMBEDDER": "http://127.0.0.1:1/v1", "EMBEDDER_MODEL": "model", "STORAGE_URL": "s3://archives/raw"}

    def told(values):
        variables = {f"PORTOLAN_{name}": str(value) for name, value in (server | values).items()}
        result = subprocess.run([binary, "config", "validate"], env=base | variables, capture_output=True, text=True, cwd=folder)
        return result.returncode, result.stderr

    for values in good:
        code, text = told(values)
        if code:
            yield f"settings that the chart takes are refused: {text.strip()}"
    for values in bad:
        _, text = told(values)
        yield from (f"the chart refuses {name}={value}, and the product takes it" for name, value in values.items() if name not in text)


def order(log):
    """The migration runs before anything that needs the schema, and after what it needs itself."""
    writes = [(kind, name) for verb, kind, name in log if verb == "write"]
    job = next((place for place, (kind, _) in enumerate(writes) if kind == "Job"), None)
    deployments = [place for place, (kind, _) in enumerate(writes) if kind == "Deployment"]
    database = next((place for place, (kind, _) in enumerate(writes) if kind == "Cluster"), None)
    if database is not None and (job is None or job < database):
        yield f"the migration does not run after its database: {writes}"
    elif database is None and (job is None or not deployments or min(deployments) < job):
        yield f"the migration does not run first: {writes}"


def refusals(folder):
    with kube_api.Server() as server:
        helm = Helm(server, folder)
        before = len(server.cluster.log)
        for values, text in REFUSED:
            # The path is what counts: the Secret is there unless the case is about it.
            full = values if "secrets" in values or not values else combined(EXISTING, values)
            _, error = helm.call("Install", "refused", str(CHART), values=full, wait=False, timeout=120)
            if error is None or text not in error:
                yield f"{values} is answered with {error or 'an installation'}"
        if len(server.cluster.log) != before:
            yield f"a refusal left something: {server.cluster.log[before:]}"


def life(folder):
    """Install, again, upgrade, a broken image, a failed call, test, remove: each step with what must be true after it."""
    with kube_api.Server() as server:
        helm, cluster = Helm(server, folder), server.cluster
        deployments = next(kind for kind in KINDS if kind.kind == "Deployment")

        def image():
            return cluster.get(deployments, "demo", "life-portolan-api")["spec"]["template"]["spec"]["containers"][0]["image"]

        def expect(step, right, error=None):
            if not right:
                yield f"life of a release, {step}: {error or cluster.log[-8:]}"

        wait = {"wait": True, "timeout": 120}
        _, error = helm.call("Install", "life", str(CHART), values=EXISTING, **wait)
        yield from expect("install", error is None and image() == "portolan:0.1.0", error)
        _, error = helm.call("Install", "life", str(CHART), values=EXISTING, **wait)
        yield from expect("install again", error and "in use" in error, error)
        _, error = helm.call("Upgrade", "life", str(CHART), values=combined(EXISTING, {"image": {"tag": "0.2.0"}}), **wait)
        yield from expect("upgrade", error is None and image() == "portolan:0.2.0", error)
        for fault in (("GET", 503, "ServiceUnavailable"), ("PATCH", 409, "Conflict"), ("PATCH", 429, "TooManyRequests")):
            cluster.faults.append(kube_api.Fault(*fault))
            _, error = helm.call("Upgrade", "life", str(CHART), values=combined(EXISTING, {"image": {"tag": "0.2.1"}}), **wait)
            yield from expect(f"upgrade with {fault}", error and not cluster.faults, error)
        cluster.faults.append(kube_api.Fault("PATCH", 0, times=3, delay=0.5))
        _, error = helm.call("Upgrade", "life", str(CHART), values=combined(EXISTING, {"image": {"tag": "0.2.1"}}), **wait)
        yield from expect("upgrade on a slow API", error is None and image() == "portolan:0.2.1" and not cluster.faults, error)
        _, error = helm.call("Upgrade", "life", str(CHART), values=combined(EXISTING, {"image": {"tag": "0.2.2"}}), **wait)
        yield from expect("upgrade after faults", error is None and image() == "portolan:0.2.2", error)
        broken = combined(EXISTING, {"image": {"tag": "broken"}})
        _, error = helm.call("Upgrade", "life", str(CHART), values=broken, rollback_on_failure=True, **wait)
        # Its migration fails first, so nothing of the release has changed.
        yield from expect("upgrade to a broken image", error and image() == "portolan:0.2.2", error)
        unmigrated = combined(broken, {"migration": {"enabled": False}})
        _, error = helm.call("Upgrade", "life", str(CHART), values=unmigrated, rollback_on_failure=True, **wait)
        yield from expect("upgrade to a broken image without migration", error and image() == "portolan:0.2.2", error)
        _, error = helm.call("Test", "life")
        yield from expect("test", error is None and ("write", "Pod", "life-portolan-test") in cluster.log, error)
        _, error = helm.call("Uninstall", "life")
        left = {(item["kind"], item["metadata"]["name"]) for item in cluster.objects.values() if item["kind"] != "Namespace"}
        # The failed migration stays for its log; the pod of the test is removed by the command line, not by the library.
        kept = {("Job", "life-portolan-migration"), ("Pod", "life-portolan-test")}
        yield from expect("uninstall", error is None and left - kept == set(OUTSIDE), f"{error}: {left}")


def measure(folder):
    """How long Helm takes until it writes the first object, when all templates are rendered: the slowest of the examples, as text."""
    times = {}
    for path in sorted((CHART / "ci").glob("*-values.yaml")):
        values = combined(yaml.safe_load(path.read_text(encoding="utf-8")), {"migration": {"enabled": False}})
        with kube_api.Server() as server:
            helm, written, write = Helm(server, folder), list[float](), server.cluster._write

            def noted(*arguments, written=written, write=write):
                written.append(time.monotonic())
                return write(*arguments)

            server.cluster._write, begun = noted, time.monotonic()
            helm.call("Install", "demo", str(CHART), values=values, wait=False, timeout=120)
            times[path.name] = written[0] - begun
    slowest = max(times, key=times.__getitem__)
    return f"chart: {len(times)} examples are rendered in at most {times[slowest]:.2f} s each ({slowest})"


# https://artifacthub.io/docs/topics/annotations/helm/
KINDS_OF_CHANGE = {"added", "changed", "deprecated", "removed", "fixed", "security"}
CATEGORIES = {
    "ai-machine-learning", "database", "integration-delivery", "monitoring-logging", "networking", "security", "storage",
    "streaming-messaging",
}  # fmt: skip


def package(folder):
    """The fields of Chart.yaml, what Artifact Hub reads of it, and the files of the package."""
    about = yaml.load((CHART / "Chart.yaml").read_text(encoding="utf-8"), Strict)  # noqa: S506
    notes = {key.removeprefix("artifacthub.io/"): value for key, value in about["annotations"].items()}
    if not all(isinstance(value, str) for value in notes.values()):
        yield "annotations of Chart.yaml must be text"
    for key in ("version", "appVersion"):
        if not re.fullmatch(r"\d+\.\d+\.\d+(-[\w.]+)?", str(about[key])):
            yield f"{key} of Chart.yaml is no version: {about[key]}"
    if notes["category"] not in CATEGORIES or {notes[key] for key in ("operator", "prerelease", "containsSecurityUpdates")} - {
        "true",
        "false",
    }:
        yield f"Artifact Hub does not take {notes}"
    for change in yaml.safe_load(notes["changes"]):
        if set(change) != {"kind", "description"} or change["kind"] not in KINDS_OF_CHANGE:
            yield f"Artifact Hub does not take the change {change}"
    if [image["image"] for image in yaml.safe_load(notes["images"])] != [f"portolan:{about['appVersion']}"]:
        yield "artifacthub.io/images names another image than the chart"
    with kube_api.Server() as server:
        path, error = Helm(server, folder).call("Package", str(CHART), str(folder))
    if error:
        yield f"package: {error}"
        return
    with tarfile.open(fileobj=io.BytesIO(pathlib.Path(path).read_bytes())) as archive:
        files = {name.removeprefix("portolan/") for name in archive.getnames()}
    wanted = {"Chart.yaml", "README.md", "values.yaml", "values.schema.json", "templates/api.yaml", "files/alerts/portolan.rules.yaml"}
    if not wanted <= files or any(name.startswith("ci/") for name in files):
        yield f"the package holds {sorted(files)}"


def secrets(settings, values, variable):
    """Each secret of the product has a key and a value in values.yaml, and nothing else has."""
    wanted = {name for name, secret in settings.items() if secret}
    for part in ("keys", "values"):
        found = {variable(name) for name in values["secrets"][part]} - {"MIGRATION_URL", "BACKUP_DATABASE_URL"}
        yield from (f"secrets.{part} of values.yaml lacks the setting {name}" for name in sorted(wanted - found))
        yield from (f"secrets.{part} of values.yaml has {name}, which is no secret setting" for name in sorted(found - wanted))


def check(tools, binary):
    writer = generator()
    settings = writer["settings"](SETTINGS.read_text(encoding="utf-8"))
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    yield from secrets(settings, values, writer["secret_variable"])
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted((CHART / "ci").glob("*-values.yaml")):
            yield from (f"{path.name}: {problem}" for problem in scenario(path, settings, tools, binary, folder))
        yield from bounds(binary, folder)
        yield from package(folder)
        yield from refusals(folder)
        yield from life(folder)


if __name__ == "__main__":
    PROBLEMS = list(check(pathlib.Path(sys.argv[1]), str(pathlib.Path(sys.argv[2]).resolve())))
    print(*PROBLEMS, sep="\n", file=sys.stderr, end="")
    with tempfile.TemporaryDirectory() as place:
        print(measure(place), flush=True)
    sys.exit(1 if PROBLEMS else 0)
