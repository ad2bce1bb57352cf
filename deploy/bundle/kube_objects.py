"""Objects of a Kubernetes API in memory: kinds, merging of patches, and what controllers would do to an object as soon as it is written.

A workload whose image tag contains `broken` never becomes ready, and neither does a pod that refers to what is not there.
"""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

Json = dict[str, Any]
Copied = TypeVar("Copied")
NOW = "2026-01-01T00:00:00Z"


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind and how its address begins."""

    group_version: str
    plural: str
    kind: str
    namespaced: bool = True
    subresources: tuple[str, ...] = ()


def _kinds(group_version: str, subresources: tuple[str, ...] = (), namespaced: bool = True, **names: str) -> list[Kind]:
    return [Kind(group_version, plural, kind, namespaced, subresources) for plural, kind in names.items()]


KINDS = [
    *_kinds("v1", ("proxy",), services="Service"),
    *_kinds("v1", configmaps="ConfigMap", secrets="Secret", serviceaccounts="ServiceAccount"),
    *_kinds("v1", persistentvolumeclaims="PersistentVolumeClaim", events="Event"),
    *_kinds("v1", ("status", "log"), pods="Pod"),
    *_kinds("v1", namespaced=False, namespaces="Namespace"),
    *_kinds("apps/v1", ("status", "scale"), deployments="Deployment", replicasets="ReplicaSet", statefulsets="StatefulSet"),
    *_kinds("batch/v1", ("status",), jobs="Job", cronjobs="CronJob"),
    *_kinds("networking.k8s.io/v1", ingresses="Ingress", networkpolicies="NetworkPolicy"),
    *_kinds("policy/v1", poddisruptionbudgets="PodDisruptionBudget"),
    *_kinds("autoscaling/v2", horizontalpodautoscalers="HorizontalPodAutoscaler"),
    *_kinds("rbac.authorization.k8s.io/v1", roles="Role", rolebindings="RoleBinding"),
    *_kinds("gateway.networking.k8s.io/v1", httproutes="HTTPRoute"),
    *_kinds("monitoring.coreos.com/v1", servicemonitors="ServiceMonitor", prometheusrules="PrometheusRule"),
    *_kinds("keda.sh/v1alpha1", scaledobjects="ScaledObject"),
    *_kinds("discovery.k8s.io/v1", endpointslices="EndpointSlice"),
    *_kinds("coordination.k8s.io/v1", leases="Lease"),
    *_kinds("postgresql.cnpg.io/v1", clusters="Cluster", scheduledbackups="ScheduledBackup"),
]
# By what the members of a list are told apart in a strategic merge.
_MERGE_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "conditions": "type",
    "ports": "port",
}


def clone(item: Copied) -> Copied:
    """A copy of an object that shares nothing with it; several times quicker than the library's."""
    copied: Copied = pickle.loads(pickle.dumps(item))
    return copied


def merged(old: Any, patch: Any, strategic: bool) -> Any:
    """`old` with a merge patch; lists of named members are merged when it is a strategic one."""
    if not isinstance(old, dict) or not isinstance(patch, dict):
        return clone(patch)
    result = clone(old)
    for key, value in patch.items():
        if key.startswith("$"):
            # Directives about the order of lists, which does not matter here.
            continue
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = merged(result.get(key, {}), value, strategic)
        elif strategic and isinstance(value, list) and isinstance(result.get(key), list) and key in _MERGE_KEYS:
            result[key] = _merged_list(result[key], value, _MERGE_KEYS[key])
        else:
            result[key] = clone(value)
    return result


def _merged_list(old: list[Any], patch: list[Any], key: str) -> list[Any]:
    result = clone(old)
    for member in patch:
        name = member.get(key, member.get("containerPort"))
        place = next((i for i, other in enumerate(result) if other.get(key, other.get("containerPort")) == name), None)
        if member.get("$patch") == "delete":
            result = [other for i, other in enumerate(result) if i != place]
        elif place is None:
            result.append(clone(member))
        else:
            result[place] = merged(result[place], member, True)
    return result


def references(pod: Json) -> Iterator[tuple[str, str]]:
    """What a pod needs to start, as pairs of kind and name."""
    if pod.get("serviceAccountName", "default") != "default":
        yield "ServiceAccount", pod["serviceAccountName"]
    for container in [*pod.get("initContainers", []), *pod.get("containers", [])]:
        for source in container.get("envFrom", []):
            for key, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
                if key in source and not source[key].get("optional"):
                    yield kind, source[key]["name"]
        for variable in container.get("env", []):
            for key, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
                if key in variable.get("valueFrom", {}) and not variable["valueFrom"][key].get("optional"):
                    yield kind, variable["valueFrom"][key]["name"]
    for volume in pod.get("volumes", []):
        if "secret" in volume and not volume["secret"].get("optional"):
            yield "Secret", volume["secret"]["secretName"]
        if "configMap" in volume and not volume["configMap"].get("optional"):
            yield "ConfigMap", volume["configMap"]["name"]
        if "persistentVolumeClaim" in volume:
            yield "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]
    for secret in pod.get("imagePullSecrets", []):
        yield "Secret", secret["name"]


def _condition(kind: str, status: str, reason: str) -> Json:
    return {"type": kind, "status": status, "reason": reason, "message": reason, "lastTransitionTime": NOW, "lastUpdateTime": NOW}


def settled(item: Json, exists: Callable[[str, str], bool]) -> Json | None:
    """The status that an object reaches, or None when it has none. `exists` tells whether an object of a kind and name is there."""
    kind, spec = item["kind"], item.get("spec", {})
    if kind not in ("Deployment", "Job", "Pod"):
        return None
    pod = spec if kind == "Pod" else spec["template"]["spec"]
    broken = any("broken" in container["image"] for container in pod["containers"])
    works = not broken and all(exists(*reference) for reference in references(pod))
    if kind == "Deployment":
        replicas, generation = spec.get("replicas", 1), item["metadata"]["generation"]
        if works or replicas == 0:
            counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), replicas)
            conditions = [
                _condition("Available", "True", "MinimumReplicasAvailable"),
                _condition("Progressing", "True", "NewReplicaSetAvailable"),
            ]
        else:
            counts = {"replicas": replicas + 1, "updatedReplicas": 1, "readyReplicas": replicas, "availableReplicas": replicas}
            counts["unavailableReplicas"] = 1
            conditions = [_condition("Progressing", "False", "ProgressDeadlineExceeded")]
        return {"observedGeneration": generation, **counts, "conditions": conditions}
    if kind == "Job":
        if works:
            ends = [_condition("SuccessCriteriaMet", "True", "CompletionsReached"), _condition("Complete", "True", "CompletionsReached")]
            return {"startTime": NOW, "completionTime": NOW, "succeeded": 1, "ready": 0, "conditions": ends}
        ends = [_condition("FailureTarget", "True", "BackoffLimitExceeded"), _condition("Failed", "True", "BackoffLimitExceeded")]
        return {"startTime": NOW, "failed": 1, "ready": 0, "conditions": ends}
    if "ownerReferences" in item["metadata"]:
        # A pod of a Deployment goes on running.
        return {"phase": "Running" if works else "Pending", "conditions": [_condition("Ready", str(works), "ContainersReady")]}
    phase = "Succeeded" if works else "Failed"
    return {"phase": phase, "conditions": [_condition("Ready", "False", "PodCompleted")]}
