"""Where requests go: weights of an HTTPRoute, or the one weight that ingress-nginx has. Each object is set by one patch."""

from collections.abc import Mapping
from typing import Protocol

from .cluster import Key, Release, Unfit, name_of
from .kubectl import Json

ROUTES, INGRESSES = "httproutes.gateway.networking.k8s.io", "ingresses.networking.k8s.io"
STABLE, BASELINE, CANARY = "stable", "baseline", "canary"
NGINX = "nginx.ingress.kubernetes.io"


class NoSplit(Unfit):
    """Nothing splits requests: all of them go to the stable pods."""


class Traffic(Protocol):
    """Shares of the requests in percent, by track; the same for each component."""

    # Whether a baseline can have a share of its own.
    has_baseline: bool

    def shares(self) -> dict[str, int]: ...

    def set(self, shares: Mapping[str, int]) -> None: ...


class RouteTraffic:
    """Weights in the HTTPRoutes of the release. A patch names the backends that it expects, so it fails rather than hit another."""

    has_baseline = True

    def __init__(self, release: Release) -> None:
        self.release = release
        self.tracks: dict[str, Key] = {}

    def _routes(self) -> list[Json]:
        # Services keep their names and what they are for.
        self.tracks = self.tracks or {name_of(item): key for key, item in self.release.services().items()}
        found = self.release.api.find(ROUTES, self.release.selector)
        if not any(self._split(rule) for route in found for rule in route["spec"]["rules"]):
            raise NoSplit(f"no HTTPRoute of {self.release.name} splits requests: set gateway.enabled and rollout.strategy to canary")
        return found

    def _split(self, rule: Json) -> bool:
        return {self.tracks[ref["name"]].track for ref in rule.get("backendRefs") or [] if ref["name"] in self.tracks} >= {STABLE, CANARY}

    def shares(self) -> dict[str, int]:
        """The shares of all rules, which must agree."""
        found: list[dict[str, int]] = []
        for route in self._routes():
            for rule in filter(self._split, route["spec"]["rules"]):
                if others := [ref["name"] for ref in rule["backendRefs"] if ref["name"] not in self.tracks]:
                    raise Unfit(f"a rule of the route {name_of(route)} leads to {', '.join(others)} too, which is not of this release")
                weights = {self.tracks[ref["name"]].track: int(ref.get("weight", 1)) for ref in rule["backendRefs"]}
                if weights not in found:
                    found.append(weights)
        if len(found) > 1:
            raise Unfit(f"the rules of the routes split requests differently: {found}")
        return found[0]

    def set(self, shares: Mapping[str, int]) -> None:
        """Sets the weights of all rules of a route at once."""
        for route in self._routes():
            patch: list[Json] = []
            for number, rule in enumerate(route["spec"]["rules"]):
                for place, ref in enumerate(rule["backendRefs"] if self._split(rule) else []):
                    if ref["name"] not in self.tracks:
                        continue
                    path = f"/spec/rules/{number}/backendRefs/{place}"
                    weight = shares.get(self.tracks[ref["name"]].track, 0)
                    patch.append({"op": "test", "path": f"{path}/name", "value": ref["name"]})
                    patch.append({"op": "add", "path": f"{path}/weight", "value": weight})
            if patch:
                self.release.api.patch(ROUTES, name_of(route), patch, "json")


class IngressTraffic:
    """The annotations of ingress-nginx: one canary for each rule, so no baseline: it is compared with the stable pods."""

    has_baseline = False

    def __init__(self, release: Release) -> None:
        self.release = release

    def _canary(self) -> Json:
        for item in self.release.api.find(INGRESSES, self.release.selector):
            if (item["metadata"].get("annotations") or {}).get(f"{NGINX}/canary") == "true":
                return item
        raise NoSplit(f"no Ingress of {self.release.name} is a canary: set ingress.enabled, ingress.canary, and rollout.strategy to canary")

    def shares(self) -> dict[str, int]:
        """The share of the canary, and the rest."""
        weight = int(self._canary()["metadata"]["annotations"].get(f"{NGINX}/canary-weight", "0"))
        return {STABLE: 100 - weight, CANARY: weight}

    def set(self, shares: Mapping[str, int]) -> None:
        """Sets the weight of the canary."""
        annotations = {f"{NGINX}/canary-weight": str(shares.get(CANARY, 0))}
        self.release.api.patch(INGRESSES, name_of(self._canary()), {"metadata": {"annotations": annotations}})
