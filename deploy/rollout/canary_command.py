"""deploy/canary: options and actions."""

import argparse
import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

from . import measures
from .canary import Canary, Plan
from .cluster import Unfit
from .command import Session, World, narrowed, parser
from .engine import Exit
from .state import State, StateError
from .traffic import BASELINE, CANARY, STABLE, IngressTraffic, RouteTraffic, Traffic

ACTIONS = {
    "run": "begin, or go on where an interrupted run stood",
    "abort": "give everything back to the stable version, from any state and as often as you like",
    "status": "show shares, pods, and who rolls",
}
WEB_STEPS, WORKER_STEPS = [5, 25, 50, 100], [25, 50]
# Minutes: an hour for the first step, a quarter of one for each other.
HOLDS = [60, 15, 15, 15]


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def options() -> argparse.ArgumentParser:
    """The command's options."""
    result = parser("canary", "Gives a new version more and more of the requests or jobs, judged at each step.", ACTIONS)
    result.add_argument("--part", choices=["web", "worker"], default="web", help="api and mcp, or worker and scheduler (web)")
    result.add_argument("--via", choices=["httproute", "ingress"], default="httproute", help="where weights are set (httproute)")
    result.add_argument("--steps", type=_numbers, metavar="PERCENT,…", help="rising shares (5,25,50,100; worker 25,50)")
    result.add_argument("--holds", type=_numbers, metavar="SECONDS,…", help="how long each step is watched (3600,900,900,900)")
    result.add_argument("--drain", type=float, default=30.0, metavar="SECONDS", help="for requests that are under way (30)")
    result.add_argument("--max-failed-jobs", type=float, default=0.05, metavar="SHARE", help="share of failed jobs that is allowed (0.05)")
    result.add_argument("--min-jobs", type=int, default=5, metavar="N", help="jobs without which there is no verdict on workers (5)")
    result.add_argument("--test-mode", action="store_true", help="seconds instead of minutes: holds of 10 s, looks every 2 s")
    return result


def settle(given: argparse.Namespace, complain: argparse.ArgumentParser) -> None:
    """Fills what depends on other options in, and refuses what does not fit together."""
    if given.steps is None:
        given.steps = WEB_STEPS if given.part == "web" else WORKER_STEPS
    if given.holds is None:
        given.holds = [10.0] * len(given.steps) if given.test_mode else [60.0 * minutes for minutes in HOLDS[: len(given.steps)]]
    if given.test_mode:
        given.interval, given.settle, given.drain, given.pause = 2.0, 2.0, 1.0, 0.2
    given.steps = [int(step) for step in given.steps]
    largest = 100 if given.part == "web" else 50
    rising = given.steps == sorted(set(given.steps)) and given.steps and given.steps[0] >= 1 and given.steps[-1] <= largest
    if not rising or given.part == "web" and given.steps[-1] != 100:
        complain.error(f"--steps are whole, rise, and end with {largest} at most; those of web with 100")
    if len(given.holds) != len(given.steps) or min(given.holds) <= 0:
        complain.error("--holds are as many as --steps, and above zero")
    if given.action == "run" and not given.prometheus:
        complain.error("--prometheus is needed: a canary that is not measured is none")


def checked(kept: dict[str, Any]) -> dict[str, Any]:
    """The plan that a rollout began with, as it was kept."""
    steps, holds = kept.get("steps"), kept.get("holds")
    known = kept.get("part") in ("web", "worker") and kept.get("via") in ("httproute", "ingress")
    whole = isinstance(steps, list) and isinstance(holds, list) and len(steps) == len(holds) > 0
    if not known or not whole or not all(type(step) is int and 0 < step <= 100 for step in kept["steps"]):
        raise StateError(f"this is no plan of a canary: {kept}")
    if not all(isinstance(hold, int | float) and hold > 0 for hold in kept["holds"]):
        raise StateError(f"this is no plan of a canary: {kept}")
    return kept


def engine(session: Session, state: State) -> Canary:
    """The canary that `state` is about, with the plan that it began with."""
    given, kept = session.arguments, checked(state.options)
    narrow = narrowed(given.matchers)
    traffic: Traffic | None = None
    if kept["part"] == "web":
        traffic = IngressTraffic(session.release) if kept["via"] == "ingress" else RouteTraffic(session.release)
        chosen = measures.web(given.min_samples, given.max_errors, given.max_p99, given.max_degraded, narrow)
    else:
        chosen = measures.worker(given.min_jobs, given.max_failed_jobs, narrow)
    jobs = measures.WEB if kept["part"] == "web" else measures.WORKERS
    missing = functools.partial(measures.missing, session.world.source, STABLE, jobs, narrow)
    plan = Plan(kept["steps"], kept["holds"], given.drain, given.patience, chosen, session.world.source, missing)
    return Canary(plan, traffic, **session.common(state))


def shares(session: Session) -> dict[str, Any]:
    """The shares of the requests, or null where there is nothing that splits them."""
    traffic = IngressTraffic(session.release) if session.arguments.via == "ingress" else RouteTraffic(session.release)
    try:
        return {"shares": traffic.shares()}
    except Unfit:
        return {"shares": None}


def main(arguments: Sequence[str] | None = None, world: World | None = None) -> Exit:
    """The command, in the world that the options name or in that of a test."""
    complain = options()
    given = complain.parse_args(arguments)
    settle(given, complain)
    session = Session.begin(given, "canary", world)
    if given.action == "status":
        return session.show(lambda: shares(session), (STABLE, BASELINE, CANARY))

    def choose(unfinished: State | None) -> State:
        plan = {"part": given.part, "via": given.via, "steps": given.steps, "holds": given.holds}
        part = checked(unfinished.options)["part"] if unfinished else given.part
        if given.action == "run" and part != given.part:
            raise StateError(f"a rollout of {part} has not ended: run it with --part {part}, or abort it")
        state = unfinished or session.fresh(plan)
        if given.action == "abort" and state.finished:
            # Done but for the last word: there is nothing to undo but what may have come since.
            state = dataclasses.replace(session.fresh(plan), identity=state.identity)
        if given.action == "abort" and state.ending == "forward":
            state.turn_back()
        return state

    return session.conduct(choose, lambda state: engine(session, state))
