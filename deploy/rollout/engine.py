"""Runs a list of phases so that it may die at any moment: each phase can be repeated, and the place in the list is written down after each.

Forward phases end in success. A breach, a verdict or a wish turns it around: then the phases of the way back run, and nothing turns those.
"""

import abc
import contextlib
import dataclasses
import enum
import sys
import traceback
from collections.abc import Callable, Sequence

from .clock import Clock
from .cluster import NotReady, Release, Unfit
from .journal import Journal, JournalLost
from .judge import Finding, Judge, Verdict
from .kubectl import CallFailed, Reason
from .lease import Held, Lease
from .state import State, StateError, StateFile


class Exit(enum.IntEnum):
    """How it ended, as the commands of the product do."""

    DONE = 0
    ROLLED_BACK = 1
    USAGE = 2
    INTERRUPTED = 3
    REFUSED = 4


class Policy(enum.StrEnum):
    """What a verdict that is neither good nor bad leads to, once there is no more time to wait for another."""

    ROLL_BACK = "rollback"
    CONTINUE = "continue"
    STOP = "stop"


class Breach(Exception):
    """The candidate is not good enough, or nobody can tell: back."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict


class Stopped(Exception):
    """A person or a policy stops here, with everything as it is."""


@dataclasses.dataclass(frozen=True)
class Phase:
    """A step that may be repeated. `step` is the share or the color that it belongs to, `plan` what it will do."""

    name: str
    step: str
    plan: str
    action: Callable[[], None]
    # Whether the rollout is decided: what fails from here on is tried again and turns nothing around.
    decided: bool = False


@dataclasses.dataclass(frozen=True)
class Watch:
    """How the judge is asked: every `interval` seconds for `hold` seconds, and as long again while data are missing."""

    interval: float
    settle: float
    confidence: float
    # How often in a row it may be impossible to measure.
    errors: int
    insufficient: Policy
    error: Policy
    failed: Policy


# Looks in a row at which pods are missing before that is a failure: at one of them a node may be about to be emptied. Pods that are away
# answer nothing, and so have no errors.
MISSED = 2
# A candidate is asked about dozens of times an hour: each of these questions must be surer than the last one.
SURE = 0.999


class Engine(abc.ABC):
    """What canary and blue/green have in common."""

    # Phases that rest on the one before them, which a second run repeats.
    repeated: frozenset[str] = frozenset()

    def __init__(
        self, release: Release, lease: Lease, file: StateFile, state: State, journal: Journal, clock: Clock, watch: Watch, pause: float
    ) -> None:
        self.release, self.lease, self.file, self.state = release, lease, file, state
        self.journal, self.clock, self.watch, self.pause = journal, clock, watch, pause

    @abc.abstractmethod
    def forward(self) -> Sequence[Phase]:
        """The phases to success."""

    @abc.abstractmethod
    def back(self) -> Sequence[Phase]:
        """The phases to where it began, from any place."""

    @abc.abstractmethod
    def summary(self) -> str:
        """What is true after all phases, in one sentence."""

    def rewind(self) -> None:
        """Before a second run goes on: back to the phase from which the step stands on its own."""
        phases = self.phases()
        while 0 < self.state.position < len(phases) and phases[self.state.position].name in self.repeated:
            self.state.position -= 1

    def phases(self) -> Sequence[Phase]:
        """The phases of the direction that it goes in."""
        return self.forward() if self.state.ending == "forward" else self.back()

    # ---- the run

    def show(self) -> None:
        """The plan, phase by phase, without doing any of it."""
        phases = self.phases()[self.state.position :]
        for phase in phases:
            self.journal.tell("plan", phase=phase.name, step=phase.step, plan=phase.plan)
        # It only looks, so a dry run tells too whether the rollout would be refused.
        if phases and phases[0].name == "check":
            phases[0].action()
        self.journal.tell("end", outcome="dry run", message="Nothing was changed.")

    def run(self, by_force: bool, has_file: bool) -> Exit:
        """Takes the lease, runs what is left of the phases, and says how it ended in one last line. A file that was not there before is
        left only by a rollout that had the lease.
        """
        try:
            self.file.write(self.state)
            self.lease.take(self.state, by_force)
            self._drive()
            summary = self.summary()
            self.state.finished = True
            self.file.write(self.state)
            self.lease.release(None)
            self.file.remove()
        except Held as error:
            if self.lease.item is None and not has_file:
                self.file.remove()
            return self._end(Exit.REFUSED, "refused", f"{error}. This process has stopped where it was.")
        except Unfit as error:
            begun = self.state.position > 0 or self.state.ending != "forward"
            self._let_go(kept=begun)
            if not begun:
                self.file.remove()
            return self._end(Exit.REFUSED, "refused", f"{error}.")
        except Exception as error:
            # Also a mistake of this program, or an object that is not what it should be: the place is kept all the same.
            known = isinstance(error, CallFailed | StateError | Stopped | JournalLost)
            if not known:
                traceback.print_exc(file=sys.stderr)
            outcome = "interrupted" if not isinstance(error, Stopped | JournalLost) else "stopped"
            return self._interrupted(outcome, str(error) if known else f"{type(error).__name__}: {error}")
        except KeyboardInterrupt as error:
            return self._interrupted("stopped", str(error) or "A signal came")
        if self.state.ending == "forward":
            return self._end(Exit.DONE, "done", summary)
        return self._end(Exit.ROLLED_BACK, "rolled back", f"{summary} Reason: {self.state.reason}.")

    def _drive(self) -> None:
        while self.state.position < len(self.phases()):
            phase = self.phases()[self.state.position]
            # Before each phase, so that one whose lease was taken over changes nothing more.
            self.lease.renew(self.state)
            self.journal.tell("begin", phase=phase.name, step=phase.step)
            try:
                phase.action()
            except (Breach, NotReady) as error:
                self._turn(phase, error)
                continue
            self._save(self.state.position + 1)

    def _turn(self, phase: Phase, error: Breach | NotReady) -> None:
        verdict = error.verdict if isinstance(error, Breach) else Verdict.FAILED
        if self.state.ending != "forward" or phase.decided:
            # Neither the way back nor the last steps forward end because pods are not ready: the next run tries again.
            raise CallFailed(Reason.OTHER, str(error))
        self.state.ending, self.state.verdict, self.state.reason = "back", verdict.value, str(error)
        self.journal.tell("turn", verdict=verdict.value, reason=str(error))
        self._save(0)

    def _save(self, position: int) -> None:
        self.state.position = position
        self.file.write(self.state)

    def _interrupted(self, outcome: str, reason: str) -> Exit:
        self._let_go(kept=True)
        return self._end(Exit.INTERRUPTED, outcome, f"{reason}. {self._place()} Run it again to go on, or abort.")

    def _let_go(self, kept: bool) -> None:
        try:
            self.lease.release(self.state if kept else None)
        except CallFailed:
            # It runs out by itself.
            with contextlib.suppress(JournalLost):
                self.journal.tell("lease", message="The lease could not be released; it runs out by itself.")

    def _place(self) -> str:
        phases = self.phases()
        if not phases:
            return "Nothing is left of it."
        place = phases[min(self.state.position, len(phases) - 1)]
        return f"It stands before the phase {place.name} of {place.step}."

    def _end(self, code: Exit, outcome: str, message: str) -> Exit:
        with contextlib.suppress(JournalLost):
            self.journal.tell("end", outcome=outcome, code=int(code), verdict=self.state.verdict or None, message=message)
        return code

    # ---- what phases are made of

    def wait(self, what: str, until: Callable[[], bool], limit: float) -> None:
        """Asks again and again, for at most `limit` seconds, and keeps the lease meanwhile."""
        begun = self.clock.now()
        while not until():
            if self.clock.now() - begun > limit:
                raise NotReady(f"{what} within {limit:g} s")
            self.idle(self.pause)

    def idle(self, seconds: float) -> None:
        """Waits, and keeps the lease."""
        end = self.clock.now() + seconds
        while (left := end - self.clock.now()) > 0.001:
            if self.clock.now() - self.renewed > self.lease.seconds / 3:
                self.lease.renew(self.state)
            self.clock.sleep(min(left, self.lease.seconds / 4))

    @property
    def renewed(self) -> float:
        """When the lease was renewed last."""
        return self.lease.renewed

    def hold(self, judge: Judge, seconds: float, step: str, unready: Callable[[], str]) -> None:
        """Watches a step. Returns when it may be left forward; raises `Breach` when back, `Stopped` when a person has to decide.
        `unready` tells which pods of the candidate are missing.
        """
        self.idle(self.watch.settle)
        begun, errors, missed = self.clock.now(), 0, 0
        while True:
            self.idle(min(self.watch.interval, max(0.0, seconds - (self.clock.now() - begun))) or self.watch.interval)
            elapsed = self.clock.now() - begun
            over = elapsed >= seconds - 0.001
            window = elapsed if over else min(elapsed, self.watch.interval)
            confidence = self.watch.confidence if over else max(SURE, self.watch.confidence)
            verdict, findings = judge.judge(window, confidence, over)
            missing = unready()
            missed = missed + 1 if missing else 0
            if missed >= MISSED:
                verdict = Verdict.FAILED
                findings.append(Finding("pods", verdict, missing, (), MISSED, missed))
            self._report(verdict, findings, step, window, over)
            errors = errors + 1 if verdict == Verdict.ERROR else 0
            if verdict == Verdict.FAILED:
                self._decide(self.watch.failed, verdict, findings)
            elif verdict == Verdict.ERROR and errors > self.watch.errors:
                self._decide(self.watch.error, verdict, findings)
                return
            elif verdict == Verdict.SUCCESS and over:
                return
            elif verdict == Verdict.INSUFFICIENT and elapsed >= 2 * seconds - 0.001:
                self._decide(self.watch.insufficient, verdict, findings)
                return

    def _report(self, verdict: Verdict, findings: Sequence[Finding], step: str, window: float, over: bool) -> None:
        for finding in findings:
            self.journal.tell("finding", step=step, window=round(window, 3), **finding.record())
        self.journal.tell("verdict", step=step, verdict=verdict.value, at_end=over)

    def _decide(self, policy: Policy, verdict: Verdict, findings: Sequence[Finding]) -> None:
        reasons = "; ".join(f"{finding.measure}: {finding.reason}" for finding in findings if finding.verdict == verdict)
        self.journal.tell("policy", verdict=verdict.value, policy=policy.value, reason=reasons)
        if policy == Policy.STOP:
            raise Stopped(f"The verdict is {verdict.value} ({reasons}), and the policy is to stop")
        if policy == Policy.ROLL_BACK or verdict == Verdict.FAILED:
            raise Breach(verdict, reasons)
