"""What controllers make of objects: the pods of a Deployment, and the endpoints of a Service, which follow its selector.

Pods of the old template are gone as soon as those of the new one are ready; until then the old ones stay, as with `maxUnavailable: 0`.
"""

from __future__ import annotations

from kube_objects import Json


def pods(deployment: Json, present: list[Json]) -> tuple[list[Json], list[str]]:
    """The pods that a Deployment makes, and the names of those that it removes. `present` are its pods so far."""
    name, spec = deployment["metadata"]["name"], deployment["spec"]
    template, wanted = spec["template"], spec.get("replicas", 1)
    current = [pod for pod in present if pod["spec"] == template["spec"] and pod["metadata"]["labels"] == template["metadata"]["labels"]]
    old = [pod for pod in present if pod not in current]
    unavailable = deployment.get("status", {}).get("unavailableReplicas", 0)
    count = min(wanted, 1) if unavailable else wanted
    number = max((int(pod["metadata"]["name"].rpartition("-")[2]) for pod in present), default=-1) + 1
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name, "uid": deployment["metadata"]["uid"]}
    made = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": f"{name}-{number + offset}", "labels": dict(template["metadata"]["labels"]), "ownerReferences": [owner]},
            "spec": template["spec"],
        }
        for offset in range(count - len(current))
    ]
    surplus = current[count:] if not unavailable else []
    gone = [*surplus, *(old if not unavailable else old[wanted:])]
    return made, [pod["metadata"]["name"] for pod in gone]


def slice_of(service: Json, everything: list[Json]) -> Json | None:
    """The endpoints of a Service: the pods that its selector meets, ready or not. None for one without selector."""
    selector = service["spec"].get("selector")
    if not selector:
        return None
    met = [pod for pod in everything if selector.items() <= pod["metadata"].get("labels", {}).items()]
    endpoints = [
        {
            "addresses": [f"10.0.0.{1 + sum(map(ord, pod['metadata']['name'])) % 250}"],
            "conditions": {"ready": pod["status"]["phase"] == "Running"},
            "targetRef": {"kind": "Pod", "name": pod["metadata"]["name"]},
        }
        for pod in met
        if pod.get("status", {}).get("phase") in ("Running", "Pending")
    ]
    name = service["metadata"]["name"]
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": f"{name}-1", "labels": {"kubernetes.io/service-name": name}},
        "addressType": "IPv4",
        "endpoints": endpoints,
        "ports": [],
    }


def weights(route: Json) -> list[dict[str, int]]:
    """The weight of each backend, rule by rule."""
    return [{ref["name"]: ref.get("weight", 1) for ref in rule.get("backendRefs", [])} for rule in route["spec"].get("rules", [])]


def permits(role: Json, group: str, resource: str, verb: str) -> bool:
    """Whether a Role lets a verb be done to a resource, given with its subresource."""
    return any(
        group in rule.get("apiGroups", []) and resource in rule.get("resources", []) and verb in rule.get("verbs", [])
        for rule in role.get("rules") or []
    )
