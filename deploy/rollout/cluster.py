"""A release of the chart as a rollout sees it: Deployments and Services by component and track, found by their labels."""

import dataclasses
from collections.abc import Iterable, Mapping

from .kubectl import API, Json

DEPLOYMENTS, SERVICES, PODS = "deployments.apps", "services", "pods"
SLICES = "endpointslices.discovery.k8s.io"
SERVICE = "kubernetes.io/service-name"
COMPONENT, TRACK, VERSION = "app.kubernetes.io/component", "portolan/track", "app.kubernetes.io/version"


class Unfit(Exception):
    """The release is not what the rollout needs; nothing was changed."""


class NotReady(Exception):
    """Pods will not become ready."""


@dataclasses.dataclass(frozen=True)
class Key:
    """What a Deployment or a Service is for."""

    component: str
    track: str

    def __str__(self) -> str:
        return f"{self.component}/{self.track}"


class Release:
    """The objects of the release `name`."""

    def __init__(self, api: API, name: str) -> None:
        self.api, self.name = api, name
        self.selector = f"app.kubernetes.io/name=portolan,app.kubernetes.io/instance={name}"

    def _by_key(self, kind: str) -> dict[Key, Json]:
        found: dict[Key, Json] = {}
        for item in self.api.find(kind, f"{self.selector},{TRACK}"):
            labels = item["metadata"]["labels"]
            key = Key(labels.get(COMPONENT, ""), labels[TRACK])
            if key in found:
                raise Unfit(f"{kind}: two objects are for {key}: {name_of(found[key])} and {name_of(item)}")
            found[key] = item
        return found

    def deployments(self) -> dict[Key, Json]:
        """All Deployments that carry a track."""
        return self._by_key(DEPLOYMENTS)

    def services(self) -> dict[Key, Json]:
        """The Services that pods are called through, each with the track that it was made for."""
        return self._by_key(SERVICES)

    def deployment(self, key: Key) -> Json:
        """One Deployment as it is now."""
        found = self.deployments().get(key)
        if found is None:
            raise Unfit(f"the release {self.name} has no Deployment for {key}: does the chart's rollout.strategy fit?")
        return found

    def present(self, keys: Iterable[Key]) -> list[Json]:
        """Deployments as they are now. Raises `NotReady` when one is gone, as after a change of the chart's strategy."""
        deployments, wanted = self.deployments(), list(keys)
        if gone := [str(key) for key in wanted if key not in deployments]:
            raise NotReady(f"there is no Deployment for {', '.join(gone)} any more")
        return [deployments[key] for key in wanted]

    def unready(self, keys: Iterable[Key]) -> str:
        """Which Deployments lack pods, in words; empty when none does. Raises `NotReady` when one is gone, or Kubernetes gave it up."""
        found = self.present(keys)
        ready = [int(item.get("status", {}).get("readyReplicas", 0)) for item in found]
        lacking = [(item, count) for item, count in zip(found, ready, strict=True) if not is_ready(item)]
        return ", ".join(f"{count} of {replicas_of(item)} pods of {name_of(item)} are ready" for item, count in lacking)

    def scale(self, sizes: Mapping[Key, int]) -> None:
        """Sets the numbers of pods, where they are others. What is not there has no pods."""
        deployments = self.deployments()
        for key, count in sizes.items():
            if key not in deployments and not count:
                continue
            if key not in deployments:
                raise Unfit(f"the release {self.name} has no Deployment for {key}: does the chart's rollout.strategy fit?")
            if replicas_of(deployments[key]) != count:
                self.api.patch(DEPLOYMENTS, name_of(deployments[key]), {"spec": {"replicas": count}})

    def adopt(self, key: Key, image: str, version: str) -> None:
        """Gives a Deployment the image and the version of another, the same as the chart would with that tag."""
        item = self.deployment(key)
        container = item["spec"]["template"]["spec"]["containers"][0]["name"]
        template = {
            "metadata": {"labels": {VERSION: version}},
            "spec": {"containers": [{"name": container, "image": image}]},
        }
        self.api.patch(DEPLOYMENTS, name_of(item), {"spec": {"template": template}}, "strategic")

    def endpoints(self, services: Iterable[str]) -> dict[str, int]:
        """How many pods of each Service are ready. One may be in several slices: there is a slice for each family of addresses."""
        found: dict[str, set[str]] = {name: set() for name in services}
        if not found:
            return {}
        for item in self.api.find(SLICES, f"{SERVICE} in ({','.join(sorted(found))})"):
            for point in item.get("endpoints") or []:
                if point.get("conditions", {}).get("ready", True):
                    pod = point.get("targetRef", {}).get("name")
                    found[item["metadata"]["labels"][SERVICE]].update([pod] if pod else point["addresses"])
        return {name: len(pods) for name, pods in found.items()}

    def pods(self, key: Key) -> int:
        """How many pods are there, those that end included."""
        return len(self.api.find(PODS, f"{self.selector},{COMPONENT}={key.component},{TRACK}={key.track}"))


def name_of(item: Json) -> str:
    """The name of an object."""
    return str(item["metadata"]["name"])


def replicas_of(deployment: Json) -> int:
    """How many pods are asked for."""
    return int(deployment["spec"].get("replicas", 1))


def image_of(deployment: Json) -> str:
    """The image of the one container."""
    return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])


def version_of(deployment: Json) -> str:
    """The version that the pods carry as a label."""
    return str(deployment["spec"]["template"]["metadata"]["labels"].get(VERSION, ""))


def is_ready(deployment: Json) -> bool:
    """Whether all pods are of the current template and available. Raises `NotReady` when Kubernetes has given up on them."""
    status, wanted = deployment.get("status", {}), replicas_of(deployment)
    if status.get("observedGeneration", 0) < deployment["metadata"]["generation"]:
        return False
    for condition in status.get("conditions", []):
        if condition["type"] == "Progressing" and condition["status"] == "False":
            raise NotReady(f"{name_of(deployment)}: {condition.get('reason')}: {condition.get('message', '')}"[:300])
    counts = [status.get(field, 0) for field in ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")]
    return counts == [wanted] * 4
