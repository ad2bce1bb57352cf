"""Autoscalers of a release, held while it is rolled: as a canary takes load off, they would take the pods away that a way back needs.

What they did before is kept on the objects themselves, so that any run can let them go, whoever has held them and whatever it knew.
"""

import abc

from .cluster import Key, Release, name_of
from .kubectl import CallFailed, Json, Reason

SCALERS, SCALED = "horizontalpodautoscalers.autoscaling", "scaledobjects.keda.sh"
BEFORE = "portolan/before-rollout"
PAUSED = "autoscaling.keda.sh/paused-replicas"


class Scaler(abc.ABC):
    """One kind of autoscaler, found by the name of the Deployment that it scales, which is also its own."""

    kind: str

    def __init__(self, release: Release) -> None:
        self.release = release

    def hold(self, key: Key, pods: int) -> str | None:
        """Lets it keep at least `pods`; its name, if there is one that kept fewer. One that is held already is held for more, and keeps the
        memory of what it did at first.
        """
        found = self._find(key)
        if found is None or not (change := self.held(found, pods)):
            return None
        self.release.api.patch(self.kind, name_of(found), change)
        return name_of(found)

    def let_go(self, key: Key) -> str | None:
        """Gives it back what it had before; its name, if it was held."""
        found = self._find(key)
        if found is None or BEFORE not in _annotations(found):
            return None
        self.release.api.patch(self.kind, name_of(found), self.free(found, _annotations(found)[BEFORE]))
        return name_of(found)

    @abc.abstractmethod
    def held(self, item: Json, pods: int) -> Json | None:
        """The patch that holds it, or None when it holds as much already."""

    @abc.abstractmethod
    def free(self, item: Json, before: str) -> Json:
        """The patch that lets it go."""

    def _find(self, key: Key) -> Json | None:
        try:
            return self.release.api.get(self.kind, name_of(self.release.deployment(key)))
        except CallFailed as error:
            # There is none, or the cluster does not know the kind.
            if error.reason == Reason.NOT_FOUND:
                return None
            raise


class PodAutoscaler(Scaler):
    """A HorizontalPodAutoscaler may still add pods: its minimum is raised."""

    kind = SCALERS

    def held(self, item: Json, pods: int) -> Json | None:
        minimum, before = int(item["spec"].get("minReplicas", 1)), _annotations(item).get(BEFORE)
        # A minimum above the maximum would be refused.
        wanted = max(minimum, min(pods, int(item["spec"]["maxReplicas"])))
        if before is not None and wanted == minimum:
            return None
        return {"metadata": {"annotations": {BEFORE: before or str(minimum)}}, "spec": {"minReplicas": wanted}}

    def free(self, item: Json, before: str) -> Json:
        return {"metadata": {"annotations": {BEFORE: None}}, "spec": {"minReplicas": int(before)}}


class PausedObject(Scaler):
    """A ScaledObject of KEDA stands still: the share of a canary among workers is its number, which must not change beside it."""

    kind = SCALED

    def held(self, item: Json, pods: int) -> Json | None:
        if BEFORE in _annotations(item):
            return None
        return {"metadata": {"annotations": {BEFORE: _annotations(item).get(PAUSED, ""), PAUSED: str(pods)}}}

    def free(self, item: Json, before: str) -> Json:
        # Somebody may have paused it for reasons of their own.
        return {"metadata": {"annotations": {BEFORE: None, PAUSED: before or None}}}


def scaler_of(release: Release, component: str) -> Scaler:
    """The kind of autoscaler that the chart makes for a component."""
    return PausedObject(release) if component == "worker" else PodAutoscaler(release)


def _annotations(item: Json) -> dict[str, str]:
    return dict(item["metadata"].get("annotations") or {})
