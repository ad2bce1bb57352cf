"""What NetworkPolicies let through, as Kubernetes reads them: a pod that a policy selects may only what some policy of it allows."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence

from kube_objects import Json

EGRESS, INGRESS = "Egress", "Ingress"


def selects(selector: Json, labels: Mapping[str, str]) -> bool:
    """Whether a selector meets labels; an empty one meets all."""
    if not selector.get("matchLabels", {}).items() <= labels.items():
        return False
    for rule in selector.get("matchExpressions", []):
        value, values = labels.get(rule["key"]), rule.get("values", [])
        met = {"In": value in values, "NotIn": value not in values, "Exists": value is not None, "DoesNotExist": value is None}
        if not met[rule["operator"]]:
            return False
    return True


class Pod:
    """A pod with its labels, in a namespace with labels; `address` makes it one outside of the cluster."""

    def __init__(self, labels: dict[str, str] | None = None, namespace: dict[str, str] | None = None, address: str | None = None) -> None:
        self.labels, self.namespace, self.address = labels or {}, {"kubernetes.io/metadata.name": "demo", **(namespace or {})}, address


def meets(peer: Json, pod: Pod, own: Pod) -> bool:
    """Whether a peer of a rule is this pod, seen from a policy in the namespace of the pod `own`."""
    if "ipBlock" in peer:
        if not pod.address:
            return False
        block, address = peer["ipBlock"], ipaddress.ip_address(pod.address)
        return address in ipaddress.ip_network(block["cidr"]) and not any(
            address in ipaddress.ip_network(part) for part in block.get("except", [])
        )
    if pod.address:
        return False
    spaces = selects(peer["namespaceSelector"], pod.namespace) if "namespaceSelector" in peer else pod.namespace == own.namespace
    return spaces and selects(peer.get("podSelector", {}), pod.labels)


def one_way(policies: Sequence[Json], direction: str, own: Pod, other: Pod, port: int, protocol: str) -> bool:
    """Whether the policies of one end let it through."""
    applied = [
        item["spec"] for item in policies if direction in item["spec"]["policyTypes"] and selects(item["spec"]["podSelector"], own.labels)
    ]
    if not applied:
        return True
    where, whom = ("egress", "to") if direction == EGRESS else ("ingress", "from")
    for rule in (rule for spec in applied for rule in spec.get(where, [])):
        ports = rule.get("ports")
        fits = ports is None or any((found["port"], found.get("protocol", "TCP")) == (port, protocol) for found in ports)
        # No peers, or none in the list, means everybody.
        if fits and (not rule.get(whom) or any(meets(peer, other, own) for peer in rule[whom])):
            return True
    return False


def passes(policies: Sequence[Json], source: Pod, target: Pod, port: int, protocol: str = "TCP", names: Sequence[str] = ("demo",)) -> bool:
    """Whether a connection is let through at both ends; policies apply to pods of the namespaces `names`."""
    ends = [(EGRESS, source, target), (INGRESS, target, source)]
    return all(
        one_way(policies, direction, own, other, port, protocol)
        for direction, own, other in ends
        if not own.address and own.namespace["kubernetes.io/metadata.name"] in names
    )
