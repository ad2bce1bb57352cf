"""The canary: a new version gets more and more of the requests or jobs, beside a baseline that is as fresh and as large.

Web pods (api, mcp) get their share by weights. Workers get theirs by their number in the consumer group. Before their last step the
scheduler publishes with the new version too: then old workers have read new messages, and new ones old messages.
"""

import dataclasses
import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .cluster import Key, Unfit, image_of, is_ready, name_of, replicas_of, version_of
from .engine import Engine, Phase
from .judge import Judge, Measure, Source
from .scalers import scaler_of
from .traffic import BASELINE, CANARY, STABLE, NoSplit, Traffic

WEB, WORKER, PUBLISHER = ("api", "mcp"), "worker", "scheduler"


@dataclasses.dataclass(frozen=True)
class Plan:
    """How far, how long, and how it is measured."""

    steps: Sequence[int]
    holds: Sequence[float]
    drain: float
    # How long pods may take to become ready, and to end.
    patience: float
    measures: Sequence[Measure]
    source: Source
    # Why the stable pods cannot be told from what is measured; empty when they can.
    missing: Callable[[], str]


class Canary(Engine):
    """One run for the web pods, with `traffic`, or for the workers, without."""

    repeated = frozenset({"ready", "route", "publish", "hold"})

    def __init__(self, plan: Plan, traffic: Traffic | None, **common: Any) -> None:
        super().__init__(**common)
        self.plan, self.traffic, self.components = plan, traffic, list[str]()

    # ---- the phases

    def forward(self) -> list[Phase]:
        phases = [Phase("check", "start", "the release is ready, has a canary of another version, and is measured", self._check)]
        phases.append(Phase("pin", "start", "autoscalers keep as many stable pods as there are now", self._pin))
        for number, (step, hold) in enumerate(zip(self.plan.steps, self.plan.holds, strict=True)):
            phases += self._step(step, hold, last=number == len(self.plan.steps) - 1)
        share = f"{self.plan.steps[-1]} %"
        phases.append(Phase("promote", share, "the stable pods get the version of the canary", self._promote))
        phases.append(Phase("rolled", share, "wait until all stable pods are ready with it", self._rolled))
        return phases + [dataclasses.replace(phase, decided=True) for phase in self._home("end") + self._cleared("end")]

    def back(self) -> list[Phase]:
        phases = self._home("back")
        phases.append(Phase("restore", "back", "the stable pods keep or get back their version", self._restore))
        phases.append(Phase("endpoints", "back", "wait until all stable pods are ready and can be reached", self._rolled))
        return phases + self._cleared("back")

    def summary(self) -> str:
        if self.state.ending == "forward":
            images = ", ".join(sorted({image_of(item) for key, item in self.release.deployments().items() if key in self._stable()}))
            return f"{images} serves all of it. Record the version in the release: helm upgrade --set image.tag=…"
        return "The stable version serves all of it, and the canary has no pods."

    def _step(self, step: int, hold: float, last: bool) -> Iterator[Phase]:
        share = f"{step} %"
        count = functools.partial(self._sizes, step)
        yield Phase("scale", share, "baseline and canary get their pods", lambda: self._grow(count))
        yield Phase("ready", share, "wait until they are ready and can be reached", lambda: self._ready(count()))
        if self.traffic:
            yield Phase("route", share, f"weights {self._shares(step)}", lambda: self._route(self._shares(step)))
        elif last:
            yield Phase("publish", share, "the scheduler gets the version of the canary", self._publish)
        yield Phase("hold", share, f"watch for {hold:g} s", lambda: self._hold(step, hold))

    def _hold(self, step: int, seconds: float) -> None:
        keys = [Key(component, CANARY) for component in self._components()]
        self.hold(self._judge(step), seconds, f"{step} %", lambda: self.release.unready(keys))

    def _home(self, step: str) -> list[Phase]:
        if not self.traffic:
            return []
        return [
            Phase("home", step, f"weights {self._shares(0)}", self._go_home),
            Phase("drain", step, f"wait {self.plan.drain:g} s for requests that are under way", lambda: self.idle(self.plan.drain)),
        ]

    def _cleared(self, step: str) -> list[Phase]:
        return [
            Phase("shrink", step, "baseline and canary lose their pods", lambda: self._scale(dict.fromkeys(self._others(), 0))),
            Phase("gone", step, "wait until they have ended what they do", self._gone),
            Phase("unpin", step, "autoscalers do as they did", self._unpin),
        ]

    # ---- what they are about

    def _components(self) -> list[str]:
        # They stay the same for as long as the rollout lasts.
        if not self.components:
            self.components = self._find()
        return self.components

    def _find(self) -> list[str]:
        wanted = set(WEB) if self.traffic else {WORKER}
        # Those that it began with, whatever a change of the chart has left of them.
        if begun := sorted(wanted & set(self.state.before.get("replicas", {}))):
            return begun
        found = {key.component for key in self.release.deployments() if key.track == CANARY}
        if not found & wanted:
            raise Unfit(f"the release {self.release.name} has no canary: set rollout.strategy to canary")
        return sorted(found & wanted)

    def _stable(self) -> list[Key]:
        return [Key(component, STABLE) for component in self._components()]

    def _others(self) -> list[Key]:
        return [Key(component, track) for component in self._components() for track in (BASELINE, CANARY)]

    def _shares(self, step: int) -> dict[str, int]:
        baseline = step if self.traffic and self.traffic.has_baseline and step <= 50 else 0
        return {STABLE: 100 - step - baseline, BASELINE: baseline, CANARY: step}

    def _sizes(self, step: int) -> dict[Key, int]:
        """Pods of baseline and canary: their share of the stable pods, and as many of the one as of the other."""
        sizes = {}
        for component in self._components():
            stable = int(self.state.before["replicas"][component])
            share = step / 100 if self.traffic else step / (100 - step)
            count = max(1, math.ceil(stable * share))
            sizes[Key(component, CANARY)] = count
            sizes[Key(component, BASELINE)] = count if not self.traffic or self._shares(step)[BASELINE] else 0
        return sizes

    def _judge(self, step: int) -> Judge:
        other: str | None = BASELINE
        if self.traffic and not self._shares(step)[BASELINE]:
            # With one weight only, the stable pods are what there is to compare with; at the end there is nothing.
            other = STABLE if step < 100 and not self.traffic.has_baseline else None
        return Judge(self.plan.source, self.plan.measures, "track", CANARY, other)

    # ---- what they do

    def _check(self) -> None:
        deployments = self.release.deployments()
        for component in self._components():
            stable, canary = deployments.get(Key(component, STABLE)), deployments[Key(component, CANARY)]
            baseline = deployments.get(Key(component, BASELINE))
            if stable is None or baseline is None:
                raise Unfit(f"{component} has no stable pods or no baseline")
            if not is_ready(stable):
                raise Unfit(f"{name_of(stable)} is not ready itself")
            if image_of(canary) == image_of(stable):
                raise Unfit(f"the canary of {component} runs {image_of(stable)}, as the stable pods do: set rollout.canary.tag")
            if image_of(baseline) != image_of(stable):
                raise Unfit(f"the baseline of {component} runs {image_of(baseline)}, and the stable pods {image_of(stable)}")
        if self.traffic:
            shares = self.traffic.shares()
            if any(shares.get(track) for track in (BASELINE, CANARY)):
                raise Unfit(f"requests are split already, {shares}: abort first")
        if reason := self.plan.missing():
            raise Unfit(reason)
        noted = [Key(component, STABLE) for component in [*self._components(), *([] if self.traffic else [PUBLISHER])]]
        found = {key.component: deployments[key] for key in noted if key in deployments}
        self.state.before = {
            "replicas": {component: replicas_of(item) for component, item in found.items()},
            "images": {component: [image_of(item), version_of(item)] for component, item in found.items()},
        }

    def _pin(self) -> None:
        for key in self._stable():
            if name := scaler_of(self.release, key.component).hold(key, int(self.state.before["replicas"][key.component])):
                self.journal.tell("held", scaler=name)

    def _unpin(self) -> None:
        for key in self._stable():
            if name := scaler_of(self.release, key.component).let_go(key):
                self.journal.tell("let go", scaler=name)

    def _grow(self, count: Callable[[], dict[Key, int]]) -> None:
        """Pods for a step. Where an autoscaler has added stable pods since the start, the load is that of more: from here on they are what
        the share is of, and what a way back needs.
        """
        before = self.state.before["replicas"]
        for item, key in zip(self.release.present(self._stable()), self._stable(), strict=True):
            before[key.component] = max(int(before[key.component]), replicas_of(item))
        self._pin()
        self._scale(count())

    def _scale(self, sizes: dict[Key, int]) -> None:
        self.release.scale(sizes)
        self.journal.tell("scaled", pods={str(key): count for key, count in sizes.items()})

    def _ready(self, sizes: dict[Key, int]) -> None:
        def ready() -> bool:
            return all(is_ready(item) for item in self.release.present(sizes)) and self._reachable(sizes)

        self.wait("baseline and canary do not become ready", ready, self.plan.patience)

    def _reachable(self, sizes: dict[Key, int]) -> bool:
        """A ready pod gets requests when it is an endpoint of its Service."""
        if not self.traffic:
            return True
        names = {key: name_of(item) for key, item in self.release.services().items() if key in sizes}
        reached = self.release.endpoints(names.values())
        return all(reached[name] >= sizes[key] for key, name in names.items())

    def _route(self, shares: dict[str, int]) -> None:
        assert self.traffic
        self.traffic.set(shares)
        found = {track: share for track, share in self.traffic.shares().items() if share}
        if found != {track: share for track, share in shares.items() if share}:
            raise Unfit(f"the weights are {found} after they were set to {shares}: something else sets them too")
        self.journal.tell("routed", shares=shares)

    def _go_home(self) -> None:
        """Where nothing splits requests any more, as after a change of the chart's strategy, they are at home."""
        try:
            self._route(self._shares(0))
        except NoSplit as error:
            self.journal.tell("routed", shares={STABLE: 100}, reason=str(error))

    def _publish(self) -> None:
        self._adopt(Key(PUBLISHER, STABLE), Key(WORKER, CANARY))
        self.wait("the scheduler does not become ready", lambda: self._all_ready([Key(PUBLISHER, STABLE)]), self.plan.patience)

    def _promote(self) -> None:
        for key in self._stable():
            self._adopt(key, Key(key.component, CANARY))

    def _adopt(self, key: Key, of: Key) -> None:
        canary = self.release.deployment(of)
        self.release.adopt(key, image_of(canary), version_of(canary))
        self.journal.tell("version", pods=str(key), image=image_of(canary))

    def _restore(self) -> None:
        deployments = self.release.deployments()
        for component, (image, version) in self.state.before.get("images", {}).items():
            key = Key(component, STABLE)
            if key not in deployments:
                raise Unfit(f"the release {self.release.name} has no Deployment for {key}, which ran {image}")
            if image_of(deployments[key]) != image:
                self.release.adopt(key, image, version)
                self.journal.tell("version", pods=str(key), image=image)

    def _rolled(self) -> None:
        keys = self._stable() + ([] if self.traffic else [Key(PUBLISHER, STABLE)])
        self.wait("the stable pods do not become ready", lambda: self._all_ready(keys), self.plan.patience)

    def _all_ready(self, keys: Sequence[Key]) -> bool:
        deployments = self.release.deployments()
        present = {key: deployments[key] for key in keys if key in deployments}
        sizes = {key: replicas_of(item) for key, item in present.items()}
        return all(is_ready(item) for item in present.values()) and self._reachable(sizes)

    def _gone(self) -> None:
        """Workers hand their jobs back or end them before they are gone."""
        self.wait("pods do not end", lambda: not any(self.release.pods(key) for key in self._others()), self.plan.patience)
