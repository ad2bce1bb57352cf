"""Blue and green: two complete sets of web pods, one of which serves. The other is brought up, asked, given everything, and watched; the
old one stays up until it is retired, so that the way back is one patch.
"""

import contextlib
import dataclasses
import json
from collections.abc import Callable, Sequence
from typing import Any

from .caller import Caller
from .cluster import SERVICES, Key, Release, Unfit, image_of, is_ready, name_of, replicas_of
from .cluster import TRACK as LABEL
from .engine import Breach, Engine, Phase
from .judge import Judge, Measure, Source, Verdict
from .kubectl import Json
from .scalers import scaler_of

COLORS = ("blue", "green")
ACTIVE, PREVIEW = "active", "preview"
PREVIOUS = "portolan/previous-color"
COMPONENTS = ("api", "mcp")


@dataclasses.dataclass(frozen=True)
class Plan:
    """How long it is watched, and how it is measured and asked."""

    watch: float
    patience: float
    measures: Sequence[Measure]
    source: Source
    caller: Caller
    # Why the pods of a color cannot be told from what is measured; empty when they can.
    missing: Callable[[str], str]
    # Paths that must answer with 200 through the preview service.
    smoke: Sequence[str]


def active_color(release: Release) -> str:
    """The color that all active Services select."""
    found = {str(item["spec"]["selector"].get(LABEL, "")) for key, item in release.services().items() if key.track == ACTIVE}
    if len(found) != 1 or not found <= set(COLORS):
        raise Unfit(f"the Services of {release.name} select {sorted(found) or 'no color'}: set rollout.strategy to blueGreen")
    return found.pop()


def other(color: str) -> str:
    """The color that is not this one."""
    return COLORS[1 - COLORS.index(color)]


class BlueGreen(Engine):
    """One switch, to the color in the state's options."""

    repeated = frozenset({"ready", "smoke", "reached", "watch"})

    def __init__(self, plan: Plan, **common: Any) -> None:
        super().__init__(**common)
        self.plan = plan
        self.target = str(self.state.options["target"])
        self.origin = other(self.target)

    @property
    def by_hand(self) -> bool:
        """Whether a person returns to the color that served before: nothing is compared, and nothing is taken down."""
        return bool(self.state.options.get("by_hand"))

    def forward(self) -> list[Phase]:
        phases = [
            Phase("check", self.target, "the release has two colors, and the other one serves", self._check),
            Phase("pin", self.target, "autoscalers take no pods of either color away", self._pin),
            Phase("up", self.target, f"{self.target} gets as many pods as {self.origin} has", self._up),
            Phase("ready", self.target, "wait until all are ready and can be reached", lambda: self._ready(self.target, PREVIEW)),
            Phase("smoke", self.target, f"ask {', '.join(self.plan.smoke)} through the preview service", self._smoke),
            Phase("record", self.target, f"write down that {self.origin} served before", self._record),
            Phase("switch", self.target, f"the Services select {self.target}", lambda: self._switch(self.target)),
            Phase("reached", self.target, "wait until the Services lead to it", lambda: self._ready(self.target, ACTIVE)),
        ]
        if not self.by_hand:
            phases.append(Phase("watch", self.target, f"watch for {self.plan.watch:g} s", self._watch))
        # The other color stays as large as it was: it is the way back.
        phases.append(Phase("unpin", self.target, f"the autoscalers of {self.target} do as they did", lambda: self._unpin(self.target)))
        return phases

    def back(self) -> list[Phase]:
        phases = [
            Phase("healthy", self.origin, "wait until all of its pods are ready", lambda: self._ready(self.origin, None)),
            Phase("switch", self.origin, f"the Services select {self.origin}", lambda: self._switch(self.origin)),
            Phase("reached", self.origin, "wait until the Services lead to it", lambda: self._ready(self.origin, ACTIVE)),
        ]
        if not self.by_hand:
            phases.append(Phase("down", self.target, f"{self.target} loses its pods", lambda: self.release_pods(self.target)))
            phases.append(Phase("unpin", self.target, f"the autoscalers of {self.target} do as they did", lambda: self._unpin(self.target)))
        phases.append(Phase("unpin", self.origin, f"the autoscalers of {self.origin} do as they did", lambda: self._unpin(self.origin)))
        return phases

    def summary(self) -> str:
        if self.state.ending == "forward":
            return f"{self.target} serves. {self.origin} is still up: `back` returns to it at once, `retire` takes its pods away."
        return f"{self.origin} serves, as before."

    # ---- what the phases do

    def _deployments(self, color: str) -> dict[Key, Json]:
        found = {key: item for key, item in self.release.deployments().items() if key.track == color and key.component in COMPONENTS}
        if not found:
            raise Unfit(f"the release {self.release.name} has no pods of color {color}: set rollout.strategy to blueGreen")
        return found

    def _services(self, track: str) -> dict[str, Json]:
        return {key.component: item for key, item in self.release.services().items() if key.track == track}

    def _check(self) -> None:
        color = active_color(self.release)
        if color == self.target:
            raise Unfit(f"{self.target} serves already")
        serving, coming = self._deployments(self.origin), self._deployments(self.target)
        if {key.component for key in serving} != {key.component for key in coming}:
            raise Unfit("the two colors have different components")
        images = {image_of(item) for item in coming.values()}
        if not self.by_hand and images == {image_of(item) for item in serving.values()}:
            raise Unfit(f"both colors run {images.pop()}: set rollout.blueGreen.{self.target}.tag")
        if not self.by_hand and (reason := self.plan.missing(self.origin)):
            raise Unfit(reason)
        self.state.before = {"replicas": {key.component: replicas_of(item) for key, item in serving.items()}}

    def _sizes(self) -> dict[str, int]:
        """How many pods each component has to have: as many as served at the start."""
        return {component: max(1, int(count)) for component, count in self.state.before["replicas"].items()}

    def _pin(self) -> None:
        # A color without requests is idle, and an autoscaler would make it small before it serves, and while it is the way back.
        for key in (Key(component, color) for component in self._sizes() for color in COLORS):
            if name := scaler_of(self.release, key.component).hold(key, self._sizes()[key.component]):
                self.journal.tell("held", scaler=name)

    def _unpin(self, color: str) -> None:
        for key in self._deployments(color):
            if name := scaler_of(self.release, key.component).let_go(key):
                self.journal.tell("let go", scaler=name)

    def _up(self) -> None:
        sizes = {key: self._sizes()[key.component] for key in self._deployments(self.target)}
        self.release.scale(sizes)
        self.journal.tell("scaled", pods={str(key): count for key, count in sizes.items()})

    def _ready(self, color: str, through: str | None) -> None:
        def ready() -> bool:
            found = self._deployments(color)
            if not all(is_ready(item) and replicas_of(item) > 0 for item in found.values()):
                return False
            names = {component: name_of(item) for component, item in (self._services(through) if through else {}).items()}
            reached = self.release.endpoints(names.values())
            wanted = {key.component: replicas_of(item) for key, item in found.items()}
            return all(reached[name] >= wanted[component] for component, name in names.items())

        self.wait(f"the pods of {color} do not become ready", ready, self.plan.patience)

    def _smoke(self) -> None:
        services = self._services(PREVIEW)
        if not services:
            raise Unfit("there is no preview service")
        for service in services.values():
            for path in self.plan.smoke:
                status, body = self.plan.caller.call(name_of(service), int(service["spec"]["ports"][0]["port"]), path)
                self.journal.tell("smoke", service=name_of(service), path=path, status=status)
                if status != 200:
                    raise Breach(Verdict.FAILED, f"{name_of(service)}{path} answers {status} {body[:200]}".strip())
                self._version(path, body)

    def _version(self, path: str, body: str) -> None:
        """Writes down which version answered."""
        if path == "/version":
            with contextlib.suppress(ValueError, AttributeError):
                self.journal.tell("answered", version=json.loads(body).get("version"))

    def _record(self) -> None:
        for service in self._services(ACTIVE).values():
            self.release.api.patch(SERVICES, name_of(service), {"metadata": {"annotations": {PREVIOUS: self.origin}}})

    def _switch(self, color: str) -> None:
        """Each active Service gets the color, and each preview service the other one."""
        for track, selected in ((ACTIVE, color), (PREVIEW, other(color))):
            for service in self._services(track).values():
                self.release.api.patch(SERVICES, name_of(service), {"spec": {"selector": {LABEL: selected}}})
        self.journal.tell("switched", color=color)

    def _watch(self) -> None:
        # The other color has no requests any more, so there is nothing to compare with at the same time: the limits decide.
        judge = Judge(self.plan.source, self.plan.measures, "track", self.target, None)
        self.hold(judge, self.plan.watch, self.target, lambda: self.release.unready(list(self._deployments(self.target))))

    def release_pods(self, color: str) -> None:
        """Takes the pods of a color away, never those of the one that serves."""
        if active_color(self.release) == color:
            raise Unfit(f"{color} serves: its pods stay")
        sizes = dict.fromkeys(self._deployments(color), 0)
        self.release.scale(sizes)
        self.journal.tell("scaled", pods={str(key): 0 for key in sizes})


class Retirement(BlueGreen):
    """Takes the pods of the color in the state's options away, once the other one serves and is healthy."""

    def forward(self) -> list[Phase]:
        return [
            Phase("healthy", self.origin, "wait until all of its pods are ready", lambda: self._ready(self.origin, ACTIVE)),
            Phase("down", self.target, f"{self.target} loses its pods", lambda: self.release_pods(self.target)),
            Phase("unpin", self.target, f"the autoscalers of {self.target} do as they did", lambda: self._unpin(self.target)),
        ]

    def back(self) -> list[Phase]:
        return []

    def summary(self) -> str:
        return f"{self.origin} serves, {self.target} has no pods."
