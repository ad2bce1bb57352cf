"""What every rendered manifest must be: valid for Kubernetes and the makers of custom resources, and by the rules of this chart."""

import itertools
import json
import re

import jsonschema
import yaml

import catalog
import dashboards
import kube_schemas
import promql
from kube_objects import references

VERSIONS = ["1.30", "1.37"]
WORKLOADS = ("CronJob", "Deployment", "Job", "Pod")
PROBES = {
    "livenessProbe": ("/livez", 30, 10, 5, 3),
    "readinessProbe": ("/readyz", 10, 5, 3, 2),
    "startupProbe": ("/startupz", None, 5, 5, 24),
}
# Tracks whose pods a rollout scales, not the chart: their number is written as it is, 0 at first.
ROLLED = ("baseline", "canary", "blue", "green")
CUSTOM = yaml.safe_load((catalog.ROOT / "deploy/bundle/custom.yaml").read_text(encoding="utf-8"))


def named(item):
    return f"{item['kind']} {item['metadata']['name']}"


def pod(item):
    """The specification of the pods of a workload, or None."""
    if item["kind"] not in WORKLOADS:
        return None
    spec = item["spec"]["jobTemplate"]["spec"] if item["kind"] == "CronJob" else item["spec"]
    return spec if item["kind"] == "Pod" else spec["template"]["spec"]


def component(item):
    """The role that an object belongs to."""
    return item["metadata"].get("labels", {}).get("app.kubernetes.io/component")


def serves(item):
    """Whether an object is the Deployment of a role, which has probes and is replaced pod by pod."""
    return item["kind"] == "Deployment" and component(item) != "backup"


def valid(item):
    """Whether Kubernetes, or the maker of a custom resource, would take it."""
    custom = CUSTOM.get(f"{item['apiVersion']}/{item['kind']}")
    if custom:
        closed = {"type": "object", "additionalProperties": False, **custom}
        problems = [error.message for error in jsonschema.Draft202012Validator(closed).iter_errors(item["spec"])]
        group, version = item["apiVersion"].split("/")
        file = f"schemas/{item['kind'].lower()}.{group}_{version}.json"
        if folder := dashboards.inputs():
            schema = json.loads((folder / file).read_text(encoding="utf-8"))
            problems += [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(item)]
        yield from (f"{named(item)}: {problem}" for problem in problems)
        return
    for version in VERSIONS:
        if not kube_schemas.known(item, version):
            yield f"{named(item)}: {item['apiVersion']} is unknown to Kubernetes {version}"
        yield from (f"{named(item)}, Kubernetes {version}: {problem}" for problem in kube_schemas.problems(item, version))


# What Kubernetes makes names of others from has to be shorter: pods and Jobs of it have a suffix.
LONGEST = {"CronJob": 52, "Job": 63, "Service": 63, "Deployment": 63, "Cluster": 50}
LABEL = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")


def called(item):
    """Names and labels are such as Kubernetes takes; its schemas do not tell."""
    name, kind = item["metadata"]["name"], item["kind"]
    form = r"[a-z]([-a-z0-9]*[a-z0-9])?" if kind == "Service" else r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?"
    if not re.fullmatch(form, name) or len(name) > LONGEST.get(kind, 253):
        yield f"{named(item)}: a {kind} cannot be called so"
    labels = dict(item["metadata"].get("labels", {}))
    if pod(item) and kind != "Pod":
        spec = item["spec"]["jobTemplate"]["spec"] if kind == "CronJob" else item["spec"]
        labels |= spec["template"]["metadata"].get("labels", {})
    for key, value in labels.items():
        if not LABEL.fullmatch(value) or not LABEL.fullmatch(key.rpartition("/")[2]):
            yield f"{named(item)}: {key}={value} is no label"


def secure(item):
    """The restricted standard for pods, and a root that cannot be written."""
    spec = pod(item)
    if not spec:
        return
    context = spec.get("securityContext", {})
    if not (context.get("runAsNonRoot") and context.get("runAsUser") == 10001 and context["seccompProfile"]["type"] == "RuntimeDefault"):
        yield f"{named(item)} may run as root or without seccomp"
    if spec.get("automountServiceAccountToken") is not False or spec.get("hostNetwork") or spec.get("hostPID"):
        yield f"{named(item)} has a token of the cluster or a part of the host"
    for volume in spec.get("volumes", []):
        if not volume.get("secret", {}).get("items", True):
            yield f"{named(item)} mounts the whole Secret as {volume['name']}"
        if not set(volume) <= {"name", "emptyDir", "secret", "configMap", "persistentVolumeClaim"}:
            yield f"{named(item)} mounts {sorted(volume)}"
    for container in spec["containers"]:
        own = container.get("securityContext", {})
        closed = own.get("allowPrivilegeEscalation") is False and own.get("readOnlyRootFilesystem") is True
        if not closed or own.get("capabilities") != {"drop": ["ALL"]}:
            yield f"{named(item)}: {container['name']} has more rights than it needs"
        if not container.get("resources", {}).get("requests") or "memory" not in container["resources"].get("limits", {}):
            yield f"{named(item)}: {container['name']} has no requests or no limit on memory"
        if re.search(r"(:latest|/[^:@]+)$", container["image"]) or "@" not in container["image"] and ":" not in container["image"]:
            yield f"{named(item)}: {container['name']} runs {container['image']}"
        mounted = {mount["name"] for mount in container.get("volumeMounts", [])}
        if not mounted <= {volume["name"] for volume in spec.get("volumes", [])}:
            yield f"{named(item)}: {container['name']} mounts what is not there"


def mounted(spec, container):
    """The files of the secrets that a container sees, where the pod says which."""
    volumes = {volume["name"]: volume for volume in spec.get("volumes", [])}
    for mount in container.get("volumeMounts", []):
        for entry in volumes.get(mount["name"], {}).get("secret", {}).get("items", []):
            yield f"{mount['mountPath']}/{entry['path']}"


def scaled_by(item, samples):
    """The query of a ScaledObject names metrics that there are."""
    if item["kind"] == "ScaledObject":
        for trigger in item["spec"]["triggers"]:
            yield from (f"{named(item)}: {problem}" for problem in promql.problems(trigger["metadata"]["query"], samples, ()))


def configured(item, settings, data):
    """Variables are settings of the product, secrets come as files that are mounted, and settings come once."""
    spec = pod(item)
    for container in spec["containers"] if spec else []:
        variables = [variable["name"] for variable in container.get("env", [])]
        for source in container.get("envFrom", []):
            variables += data.get(source["configMapRef"]["name"], {})
        for name in variables:
            plain = name.removeprefix("PORTOLAN_")
            if plain not in settings and not settings.get(plain.removesuffix("_FILE")):
                yield f"{named(item)}: {name} is no setting"
            elif settings.get(plain):
                yield f"{named(item)}: {name} is a secret and not a file"
        if len(variables) != len(set(variables)):
            yield f"{named(item)}: a variable is set twice"
        files = set(mounted(spec, container))
        for variable in container.get("env", []):
            if variable["name"].endswith("_FILE") and variable["value"] not in files:
                yield f"{named(item)}: {variable['value']} is not mounted"


def probed(item):
    if not serves(item):
        return
    [container] = pod(item)["containers"]
    for name, (path, *times) in PROBES.items():
        probe = container[name]
        found = [probe.get(key) for key in ("initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold")]
        if probe["httpGet"] != {"path": path, "port": "admin"} or found != times:
            yield f"{named(item)}: {name} is {probe}"


def rolled(items):
    """Replicas have one master, budgets let a node be emptied, and a pod has the time that it may take to stop."""
    scalers = [item["spec"]["scaleTargetRef"]["name"] for item in items if item["kind"] in ("HorizontalPodAutoscaler", "ScaledObject")]
    yield from (f"Deployment {name} has two autoscalers" for name in set(scalers) if scalers.count(name) > 1)
    scaled = set(scalers)
    budgets = {item["metadata"]["name"]: item["spec"] for item in items if item["kind"] == "PodDisruptionBudget"}
    for item in items:
        if (
            item["kind"] == "Deployment"
            and not serves(item)
            and (item["spec"]["replicas"], item["spec"]["strategy"]) != (1, {"type": "Recreate"})
        ):
            yield f"{named(item)} may have two pods, and the replication slot one reader"
        if not serves(item):
            continue
        name, spec = item["metadata"]["name"], item["spec"]
        track = spec["template"]["metadata"]["labels"].get("portolan/track")
        if (name in scaled) == ("replicas" in spec) and track not in ROLLED:
            yield f"{named(item)} has its replicas from two places or from none"
        if name in budgets and (spec.get("replicas", 2) == 1 or budgets[name]["maxUnavailable"] != 1):
            yield f"{named(item)} has a budget that stops nodes from being emptied"
        if spec["strategy"]["rollingUpdate"] != {"maxSurge": 1, "maxUnavailable": 0}:
            yield f"{named(item)} loses replicas while it is rolled"
        [container] = pod(item)["containers"]
        sleep = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        if (sleep > 0) != (container["name"] in ("api", "mcp")) or pod(item)["terminationGracePeriodSeconds"] < sleep + 20:
            yield f"{named(item)} has no time to drain"
        if len(pod(item)["topologySpreadConstraints"]) != 2:
            yield f"{named(item)} is not spread"


def stored(items):
    """The scheduler sees the archives of the workers: it compares them with the database each night."""
    found = {}
    for item in items:
        if item["kind"] == "Deployment" and component(item) in ("worker", "scheduler"):
            claims = {volume["name"]: volume.get("persistentVolumeClaim", {}).get("claimName") for volume in pod(item)["volumes"]}
            mounts = {mount["mountPath"]: claims[mount["name"]] for mount in pod(item)["containers"][0]["volumeMounts"]}
            found[component(item)] = mounts.get("/var/lib/portolan/storage")
    if found.get("worker") != found.get("scheduler"):
        yield f"the archives of worker and scheduler lie in {found}"


def connected(items, outside):
    """Selectors meet pods, routes meet services, ports have names that exist, and what is referred to is there."""
    present = {(item["kind"], item["metadata"]["name"]) for item in items} | set(outside)
    # The operator makes it.
    present |= {("Secret", f"{item['metadata']['name']}-app") for item in items if item["kind"] == "Cluster"}
    templates = [item["spec"]["template"] for item in items if item["kind"] == "Deployment"]
    services = {item["metadata"]["name"]: item for item in items if item["kind"] == "Service"}

    def meets(selector, labels):
        return selector.items() <= labels.items()

    for item in items:
        if pod(item):
            yield from (f"{named(item)} needs {kind} {name}" for kind, name in references(pod(item)) if (kind, name) not in present)
    for name, service in services.items():
        selected = [template for template in templates if meets(service["spec"]["selector"], template["metadata"]["labels"])]
        # For metrics all tracks of a component are one; requests go to one track.
        if len(selected) != 1 and not (selected and service["metadata"]["labels"].get("portolan/metrics")):
            yield f"Service {name} selects {len(selected)} deployments"
        for template, port in itertools.product(selected, service["spec"]["ports"]):
            if port["targetPort"] not in {own["name"] for own in template["spec"]["containers"][0]["ports"]}:
                yield f"Service {name} leads to the port {port['targetPort']}, which is not there"
    for item in items:
        if item["kind"] == "ServiceMonitor":
            selector = item["spec"]["selector"]["matchLabels"]
            if sum(meets(selector, service["metadata"]["labels"]) for service in services.values()) != 1:
                yield f"{named(item)} does not select one service"
        if item["kind"] == "PodDisruptionBudget" and not any(
            meets(item["spec"]["selector"]["matchLabels"], template["metadata"]["labels"]) for template in templates
        ):
            yield f"{named(item)} selects no pod"
        for name in backends(item):
            if name not in services:
                yield f"{named(item)} leads to the service {name}, which is not there"


def backends(item):
    """The services that a route or an Ingress leads to."""
    if item["kind"] == "HTTPRoute":
        return [backend["name"] for rule in item["spec"]["rules"] for backend in rule["backendRefs"]]
    if item["kind"] == "Ingress":
        paths = [path for rule in item["spec"]["rules"] for path in rule["http"]["paths"]]
        return [path["backend"]["service"]["name"] for path in paths]
    return []


def check(items, settings, outside):
    """Everything that is wrong with the manifests of one rendering. `outside` is what exists in the namespace already."""
    samples = catalog.by_sample(catalog.load())
    data = {item["metadata"]["name"]: item.get("data", {}) for item in items if item["kind"] == "ConfigMap"}
    for item in items:
        yield from valid(item)
        yield from called(item)
        yield from secure(item)
        yield from configured(item, settings, data)
        yield from probed(item)
        yield from scaled_by(item, samples)
    yield from rolled(items)
    yield from stored(items)
    yield from connected(items, outside)
