"""What both commands have in common: options, the lease, the state file, and what ends them."""

import argparse
import dataclasses
import getpass
import json
import pathlib
import signal
import socket
import sys
import uuid
from collections.abc import Callable, Container
from typing import Any

from .clock import Clock, SystemClock
from .cluster import Release, Unfit, image_of, replicas_of
from .engine import Engine, Exit, Policy, Watch
from .journal import Journal, JournalLost
from .judge import Source
from .kubectl import API, CallFailed, Kubectl
from .lease import Held, Lease
from .prometheus import Prometheus
from .state import State, StateError, StateFile


def parser(name: str, about: str, actions: dict[str, str]) -> argparse.ArgumentParser:
    """The options of both."""
    lines = "\n".join(f"  {action:8} {text}" for action, text in actions.items())
    result = argparse.ArgumentParser(
        prog=f"deploy/{name}",
        description=about,
        epilog=f"actions:\n{lines}\n\nexit codes: 0 done, 1 rolled back, 2 usage, 3 interrupted (run it again, or abort), 4 refused",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    result.add_argument("action", choices=actions, help="what to do")
    result.add_argument("--release", default="portolan", help="name of the Helm release (portolan)")
    result.add_argument("--namespace", "-n", default="default", help="its namespace (default)")
    result.add_argument("--context", default="", help="context of the kubeconfig; the current one without it")
    result.add_argument("--kubectl", default="kubectl", help="the program (kubectl)")
    result.add_argument("--prometheus", default="", metavar="URL", help="address of the Prometheus that scrapes the release")
    result.add_argument(
        "--prometheus-headers",
        type=pathlib.Path,
        metavar="FILE",
        help="sent to it: a Name: value a line, such as Authorization: Bearer …; read for each query",
    )
    result.add_argument("--matchers", default="", help='matchers that narrow its series, such as namespace="docs"')
    result.add_argument("--state", type=pathlib.Path, help=f"state file (.portolan-{name}-RELEASE.json in this folder)")
    result.add_argument("--dry-run", action="store_true", help="show the phases and change nothing")
    result.add_argument("--take-over", action="store_true", help="take the lease from whoever holds it; that process stops by itself")
    judge = result.add_argument_group("the judge")
    judge.add_argument("--max-errors", type=_share, default=0.01, metavar="SHARE", help="share of 5xx that is allowed (0.01)")
    judge.add_argument("--max-p99", type=_seconds, default=2.0, metavar="SECONDS", help="99th percentile that is allowed (2)")
    judge.add_argument("--max-degraded", type=_share, default=0.05, metavar="SHARE", help="share of degraded answers allowed (0.05)")
    judge.add_argument("--min-samples", type=_count, default=100, metavar="N", help="requests without which there is no verdict (100)")
    judge.add_argument("--confidence", type=_share, default=0.98, help="how sure a comparison must be (0.98)")
    judge.add_argument("--interval", type=_seconds, default=60.0, metavar="SECONDS", help="between two looks (60)")
    judge.add_argument("--settle", type=_seconds, default=15.0, metavar="SECONDS", help="before the first figures of a step count (15)")
    judge.add_argument("--measuring-errors", type=_count, default=4, metavar="N", help="failures to measure in a row (4)")
    judge.add_argument("--on-failed", type=Policy, choices=[Policy.ROLL_BACK, Policy.STOP], default=Policy.ROLL_BACK, help="(rollback)")
    judge.add_argument(
        "--on-insufficient",
        type=Policy,
        choices=list(Policy),
        default=Policy.ROLL_BACK,
        help="when a step has had twice its time and still too few samples (rollback)",
    )
    judge.add_argument(
        "--on-error", type=Policy, choices=list(Policy), default=Policy.ROLL_BACK, help="when nothing is measured (rollback)"
    )
    times = result.add_argument_group("times")
    times.add_argument("--patience", type=_seconds, default=600.0, metavar="SECONDS", help="for pods to become ready, and to end (600)")
    times.add_argument("--pause", type=_seconds, default=2.0, metavar="SECONDS", help="between two looks at pods (2)")
    times.add_argument("--lease", type=_count, default=60, metavar="SECONDS", help="after which another operator may go on (60)")
    return result


def _share(text: str) -> float:
    if not 0 <= (value := float(text)) <= 1:
        raise argparse.ArgumentTypeError("a share is from 0 to 1")
    return value


def _seconds(text: str) -> float:
    if not 0 <= (value := float(text)) <= 86400 * 7:
        raise argparse.ArgumentTypeError("from 0 to 604800 seconds")
    return value


def _count(text: str) -> int:
    if not 1 <= (value := int(text)) <= 1_000_000:
        raise argparse.ArgumentTypeError("from 1 to 1000000")
    return value


@dataclasses.dataclass(frozen=True)
class World:
    """What is outside: the cluster, the figures, the time. A test brings its own."""

    api: API
    source: Source
    clock: Clock


@dataclasses.dataclass
class Session:
    """What a command works with."""

    arguments: argparse.Namespace
    kind: str
    world: World
    release: Release
    journal: Journal
    file: StateFile

    @classmethod
    def begin(cls, arguments: argparse.Namespace, kind: str, world: World | None = None) -> "Session":
        """Everything that the options name."""
        if world is None:
            clock = SystemClock()
            door = Kubectl(clock, arguments.namespace, arguments.context, arguments.kubectl)
            world = World(door, Prometheus(arguments.prometheus, arguments.prometheus_headers), clock)
        journal = Journal(sys.stdout, world.clock, rollout=kind, release=arguments.release, namespace=arguments.namespace)
        path = arguments.state or pathlib.Path(f".portolan-{kind}-{arguments.release}.json")
        return cls(arguments, kind, world, Release(world.api, arguments.release), journal, StateFile(path))

    def watch(self) -> Watch:
        """How the judge is asked."""
        given = self.arguments
        return Watch(
            given.interval,
            given.settle,
            given.confidence,
            given.measuring_errors,
            insufficient=given.on_insufficient,
            error=given.on_error,
            failed=given.on_failed,
        )

    def lease(self, state: State) -> Lease:
        """The lease of the release for the holder of `state`."""
        return Lease(self.world.api, self.world.clock, self.arguments.release, state.identity, self.arguments.lease)

    def fresh(self, options: dict[str, Any]) -> State:
        """A rollout that has not begun."""
        identity = f"{getpass.getuser()}@{socket.gethostname()}/{uuid.uuid4().hex[:12]}"
        return State(self.kind, self.arguments.release, self.arguments.namespace, identity, options)

    def interrupted(self) -> State | None:
        """The rollout that did not end: by the file, or, where there is none or an old copy, by the lease in the cluster."""
        own = self.file.read()
        shared = self.lease(self.fresh({})).read()
        if own and (own.release, own.namespace, own.kind) != (self.arguments.release, self.arguments.namespace, self.kind):
            raise StateError(f"{self.file.path} belongs to the {own.kind} of {own.namespace}/{own.release}")
        if own and own.position and not own.finished and (shared is None or shared.identity != own.identity):
            # Ended by somebody else: what this file says about the cluster is not true any more.
            raise StateError(f"the rollout of {self.file.path} was ended by somebody else: remove the file")
        if shared and shared.kind != self.kind:
            raise StateError(f"a {shared.kind} of this release has not ended: abort it first")
        if own and shared and shared.identity == own.identity and shared.further(own):
            # The file is written before the lease is, so this is a copy from an earlier moment: what it says of the cluster is over.
            return shared
        if own is None and shared is not None:
            # Gone on with by somebody else, who is another holder: the first one may still be alive.
            shared.identity = self.fresh({}).identity
        return own or shared

    def common(self, state: State) -> dict[str, Any]:
        """What an engine takes besides its plan."""
        return {
            "release": self.release,
            "lease": self.lease(state),
            "file": self.file,
            "state": state,
            "journal": self.journal,
            "clock": self.world.clock,
            "watch": self.watch(),
            "pause": self.arguments.pause,
        }

    def conduct(self, choose: Callable[[State | None], State], make: Callable[[State], Engine]) -> Exit:
        """Carries an action out. `choose` makes the state to go on with of that of a rollout that did not end, or of none, and `make` the
        engine for it.
        """
        try:
            self.file.hold()
            has_file = self.file.path.exists()
            unfinished = self.interrupted()
            state = choose(unfinished)
            engine = make(state)
            if state.position > len(engine.phases()):
                raise StateError(f"the state of the rollout stands at {state.position}, and there are {len(engine.phases())} phases")
            if unfinished:
                engine.rewind()
                self.journal.tell("resume", ending=state.ending, position=state.position)
            if self.arguments.dry_run:
                engine.show()
                return Exit.DONE
        except (CallFailed, StateError, Unfit, Held, JournalLost, KeyboardInterrupt) as error:
            return self._refuse(error)
        return engine.run(self.arguments.take_over, has_file)

    def show(self, tell: Callable[[], dict[str, Any]], tracks: Container[str]) -> Exit:
        """Prints as one JSON object what `tell` knows, the pods of the tracks, and who rolls."""
        try:
            found, pods = tell(), {}
            for key, item in sorted(self.release.deployments().items(), key=str):
                if key.track in tracks:
                    ready = item.get("status", {}).get("readyReplicas", 0)
                    pods[str(key)] = {"image": image_of(item), "replicas": replicas_of(item), "ready": ready}
            state = self.lease(self.fresh({})).read()
            begun = {"ending": state.ending, "position": state.position, "by": state.identity} if state else None
        except (CallFailed, StateError, Unfit, KeyboardInterrupt) as error:
            return self._refuse(error)
        print(json.dumps(found | {"pods": pods, "unfinished": begun}, indent=2))
        return Exit.DONE

    def _refuse(self, error: BaseException) -> Exit:
        """A last line for what ended it before it began."""
        refused = not isinstance(error, CallFailed | JournalLost | KeyboardInterrupt)
        code, outcome = (Exit.REFUSED, "refused") if refused else (Exit.INTERRUPTED, "interrupted")
        self.journal.tell("end", outcome=outcome, code=int(code), message=f"{error or 'A signal came'}. Nothing was changed.")
        return code


def stop_on_signals() -> None:
    """SIGTERM and a terminal that is closed end it as Ctrl-C does: with a last line, and the state kept. What comes after the first is not
    heard, so that the lease is let go and the last line is written.
    """
    signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def stop(number: int, _: object) -> None:
        for later in signals:
            signal.signal(later, signal.SIG_IGN)
        raise KeyboardInterrupt(f"{signal.Signals(number).name} came")

    for number in signals:
        signal.signal(number, stop)


def narrowed(matchers: str) -> str:
    """Matchers with the comma that follows them in a selector."""
    return f"{matchers.strip().rstrip(',')}," if matchers.strip() else ""
