"""The objects of a Kubernetes API in memory, what may be done to them, and what controllers make of a change."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import jsonpatch

import kube_controllers
import kube_schemas
from kube_objects import KINDS, NOW, Json, Kind, clone, merged, settled

VERSION = "1.37"
BY_ADDRESS = {(kind.group_version, kind.plural): kind for kind in KINDS}


class Refused(Exception):
    """An answer that is an error, with the status and the reason of Kubernetes."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason = status, reason


@dataclasses.dataclass
class Fault:
    """What the next `times` calls of a method, of a kind if one is named, are answered with after `delay` seconds; 0 lets them pass."""

    method: str
    status: int
    reason: str = ""
    kind: str = ""
    times: int = 1
    delay: float = 0.0


class Cluster:
    """The objects, under one lock; `changed` is told of each change."""

    def __init__(self, namespaces: Sequence[str] = ("default",)) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.objects: dict[tuple[str, str, str | None, str], Json] = {}
        self.history: list[tuple[int, str, Kind, Json]] = []
        # Verb, kind and name of each change by a client.
        self.log: list[tuple[str, str, str]] = []
        # Every call of a client: account, verb, resource with subresource.
        self.calls: list[tuple[str, str, str]] = []
        # What a route was set to, one after another: its name, and the weights of its rules.
        self.weights: list[tuple[str, list[dict[str, int]]]] = []
        self.faults: list[Fault] = []
        # What answers through a Service: its name and the path to a status and a body. By default: whether it has a ready endpoint.
        self.answer: Callable[[str, str], tuple[int, Any]] = self._reached
        self.ready_after = 0
        self.waiting: dict[str, int] = {}
        self.revision = 1
        self.closed = False
        for name in namespaces:
            namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "status": {"phase": "Active"}}
            self._store(BY_ADDRESS["v1", "namespaces"], None, namespace, "ADDED")

    def fault(self, method: str, kind: str = "") -> None:
        """The fault that waits for this call, which is used up by it."""
        with self.changed:
            fault = next((fault for fault in self.faults if (fault.method, fault.kind) == (method, kind)), None)
            if fault is None:
                return
            fault.times -= 1
            if fault.times <= 0:
                self.faults.remove(fault)
        time.sleep(fault.delay)
        if fault.status:
            raise Refused(fault.status, fault.reason, f"injected: {fault.reason}")

    def permit(self, account: str, group: str, resource: str, verb: str, namespace: str | None) -> None:
        """Refuses what the Roles of a service account do not let it do; without an account everything is permitted."""
        with self.changed:
            self.calls.append((account, verb, resource))
            if not account:
                return
            space, _, name = account.partition("/")
            subject = {"kind": "ServiceAccount", "name": name, "namespace": space}
            bindings = [item for key, item in self.objects.items() if key[1] == "rolebindings" and key[2] == namespace]
            roles = {item["roleRef"]["name"] for item in bindings if subject in item["subjects"]}
            found = [item for key, item in self.objects.items() if key[1] == "roles" and key[2] == namespace and key[3] in roles]
            if not any(kube_controllers.permits(role, group, resource, verb) for role in found):
                message = f'{resource} is forbidden: User "system:serviceaccount:{space}:{name}" cannot {verb} resource "{resource}"'
                raise Refused(403, "Forbidden", message)

    def exists(self, namespace: str | None) -> Callable[[str, str], bool]:
        plurals = {kind.kind: (kind.group_version, kind.plural) for kind in KINDS}
        return lambda kind, name: (*plurals[kind], namespace, name) in self.objects

    def get(self, kind: Kind, namespace: str | None, name: str) -> Json:
        with self.changed:
            self._come(kind, namespace)
            item = self.objects.get((kind.group_version, kind.plural, namespace, name))
            if item is None:
                raise Refused(404, "NotFound", f'{kind.plural} "{name}" not found')
            return clone(item)

    def listed(self, kind: Kind, namespace: str | None, selects: Callable[[Json], bool]) -> list[Json]:
        with self.changed:
            self._come(kind, namespace)
            found = [item for key, item in self.objects.items() if key[:2] == (kind.group_version, kind.plural)]
            return clone([item for item in found if namespace in (None, item["metadata"].get("namespace")) and selects(item)])

    def create(self, kind: Kind, namespace: str | None, item: Json, dry: bool = False) -> Json:
        with self.changed:
            name = item["metadata"].setdefault("name", item["metadata"].get("generateName", "") + str(self.revision))
            if (kind.group_version, kind.plural, namespace, name) in self.objects:
                raise Refused(409, "AlreadyExists", f'{kind.plural} "{name}" already exists')
            return self._write(kind, namespace, item, None, dry)

    def replace(self, kind: Kind, namespace: str | None, name: str, item: Json, dry: bool = False) -> Json:
        with self.changed:
            old = self.get(kind, namespace, name)
            if item["metadata"].get("resourceVersion", old["metadata"]["resourceVersion"]) != old["metadata"]["resourceVersion"]:
                raise Refused(
                    409, "Conflict", "the object has been modified; please apply your changes to the latest version and try again"
                )
            return self._write(kind, namespace, item, old, dry)

    def patch(self, kind: Kind, namespace: str | None, name: str, body: Any, content_type: str, dry: bool = False) -> Json:
        """A JSON, merge, strategic or server-side apply patch; the last one makes the object when it is not there."""
        with self.changed:
            apply = "apply-patch" in content_type
            if apply and (kind.group_version, kind.plural, namespace, name) not in self.objects:
                return self._write(kind, namespace, body, None, dry)
            old = self.get(kind, namespace, name)
            if "json-patch" in content_type:
                try:
                    new = jsonpatch.apply_patch(old, body)
                except jsonpatch.JsonPatchException as error:
                    raise Refused(422, "Invalid", f"the patch does not fit: {error}") from None
            else:
                new = merged(old, body, apply or "strategic" in content_type)
            return self._write(kind, namespace, new, old, dry)

    def delete(self, kind: Kind, namespace: str | None, name: str, verb: str = "delete") -> Json:
        with self.changed:
            item = self.get(kind, namespace, name)
            del self.objects[kind.group_version, kind.plural, namespace, name]
            self._record(verb, "DELETED", kind, item)
            if verb == "delete":
                self._follow(kind, namespace, item, gone=True)
            return item

    def _write(self, kind: Kind, namespace: str | None, item: Json, old: Json | None, dry: bool) -> Json:
        item = {"apiVersion": kind.group_version, "kind": kind.kind, **clone(item)}
        item.get("metadata", {}).pop("managedFields", None)
        if wrong := kube_schemas.problems({key: value for key, value in item.items() if key != "status"}, VERSION):
            raise Refused(422, "Invalid", f"{kind.kind} is invalid: {wrong[0]}")
        metadata = item["metadata"]
        if kind.namespaced:
            metadata["namespace"] = namespace
        if old:
            changed = old.get("spec") != item.get("spec")
            metadata |= {key: old["metadata"][key] for key in ("uid", "creationTimestamp")}
            metadata["generation"] = old["metadata"]["generation"] + int(changed)
        else:
            metadata |= {"uid": f"uid-{self.revision}", "creationTimestamp": NOW, "generation": 1}
        if not dry:
            if old and "status" in old:
                item["status"] = old["status"]
            self._store(kind, namespace, item, "MODIFIED" if old else "ADDED")
            changed = not old or old.get("spec") != item.get("spec")
            if kind.kind == "HTTPRoute" and (found := kube_controllers.weights(item)) != (old and kube_controllers.weights(old)):
                self.weights.append((metadata["name"], found))
            if kind.kind == "Deployment" and old and changed and self.ready_after:
                self.waiting[metadata["name"]] = self.ready_after
            else:
                self._settle(kind, namespace, item)
        return clone(self.objects.get((kind.group_version, kind.plural, namespace, metadata["name"]), item))

    def _come(self, kind: Kind, namespace: str | None) -> None:
        """A read brings Deployments that wait nearer to being ready."""
        deployments = BY_ADDRESS["apps/v1", "deployments"]
        for name, count in list(self.waiting.items()) if kind.kind in ("Deployment", "Pod") else []:
            self.waiting[name] = count - 1
            if count <= 1:
                del self.waiting[name]
                for place in [place for place in self.objects if place[1] == "deployments" and place[3] == name]:
                    self._settle(deployments, place[2], self.objects[place])

    def _settle(self, kind: Kind, namespace: str | None, item: Json) -> None:
        """What controllers do at once: the status of the object, its pods, and the endpoints that follow."""
        status = settled(item, self.exists(namespace))
        if status is not None:
            item = {**item, "status": status}
            self._store(kind, namespace, item, "MODIFIED", "settle")
        self._follow(kind, namespace, item)

    def _follow(self, kind: Kind, namespace: str | None, item: Json, gone: bool = False) -> None:
        if kind.kind == "Deployment":
            everything = self._kind("pods", namespace)
            own = [pod for pod in everything if pod["metadata"].get("ownerReferences", [{}])[0].get("name") == item["metadata"]["name"]]
            made, removed = ([], [pod["metadata"]["name"] for pod in own]) if gone else kube_controllers.pods(item, own)
            pods = BY_ADDRESS["v1", "pods"]
            for pod in made:
                pod["metadata"] |= {"namespace": namespace, "uid": f"uid-{self.revision}", "creationTimestamp": NOW, "generation": 1}
                self._store(pods, namespace, {**pod, "status": settled(pod, self.exists(namespace))}, "ADDED", "settle")
            for name in removed:
                self.delete(pods, namespace, name, "settle")
        if kind.kind in ("Deployment", "Service"):
            self._endpoints(namespace)

    def _endpoints(self, namespace: str | None) -> None:
        slices = BY_ADDRESS["discovery.k8s.io/v1", "endpointslices"]
        everything = self._kind("pods", namespace)
        wanted = {}
        for service in self._kind("services", namespace):
            if found := kube_controllers.slice_of(service, everything):
                wanted[found["metadata"]["name"]] = found
        for old in self._kind("endpointslices", namespace):
            if old["metadata"]["name"] not in wanted:
                self.delete(slices, namespace, old["metadata"]["name"], "settle")
            elif old["endpoints"] == wanted[old["metadata"]["name"]]["endpoints"]:
                del wanted[old["metadata"]["name"]]
        for item in wanted.values():
            item["metadata"]["namespace"] = namespace
            self._store(slices, namespace, item, "MODIFIED", "settle")

    def _kind(self, plural: str, namespace: str | None) -> list[Json]:
        return [item for key, item in self.objects.items() if key[1] == plural and key[2] == namespace]

    def _reached(self, service: str, path: str) -> tuple[int, Any]:
        for item in self.objects.values():
            own = item["kind"] == "EndpointSlice" and item["metadata"]["labels"]["kubernetes.io/service-name"] == service
            if own and any(point["conditions"]["ready"] for point in item["endpoints"]):
                return 200, {"status": "ok", "path": path}
        return 503, {"status": "no endpoints available"}

    def _store(self, kind: Kind, namespace: str | None, item: Json, event: str, verb: str = "write") -> None:
        item = clone(item)
        item["metadata"].setdefault("uid", item["metadata"]["name"])
        self.objects[kind.group_version, kind.plural, namespace, item["metadata"]["name"]] = item
        self._record(verb, event, kind, item)

    def _record(self, verb: str, event: str, kind: Kind, item: Json) -> None:
        with self.changed:
            self.revision += 1
            item["metadata"]["resourceVersion"] = str(self.revision)
            self.history.append((self.revision, event, kind, clone(item)))
            if verb != "settle":
                self.log.append((verb, kind.kind, item["metadata"]["name"]))
            self.changed.notify_all()

    def close(self) -> None:
        with self.changed:
            self.closed = True
            self.changed.notify_all()
