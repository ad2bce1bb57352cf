"""deploy/bluegreen: options and actions."""

import argparse
import functools
from collections.abc import Sequence
from typing import Any

from . import measures
from .bluegreen import ACTIVE, COLORS, PREVIOUS, BlueGreen, Plan, Retirement, active_color, other
from .caller import Caller, DirectCaller, ProxyCaller
from .cluster import Release, Unfit
from .command import Session, World, narrowed, parser
from .engine import Exit
from .state import State, StateError

ACTIONS = {
    "switch": "bring the other color up, ask it, switch to it, watch it; or go on where an interrupted run stood",
    "back": "return to the color that served before",
    "abort": "undo an unfinished switch",
    "retire": "take the pods of the color away that does not serve",
    "status": "show which color serves, pods, and who rolls",
}


def options() -> argparse.ArgumentParser:
    """The command's options."""
    result = parser("bluegreen", "Switches api and mcp between two complete sets of pods.", ACTIONS)
    result.add_argument("--watch", type=float, default=300.0, metavar="SECONDS", help="for which the new color is watched (300)")
    result.add_argument(
        "--smoke",
        default="/version,/health",
        metavar="PATH,…",
        help="paths that must answer with 200 before the switch (/version,/health)",
    )
    result.add_argument(
        "--address",
        default="",
        metavar="URL",
        help="how services are reached, such as http://{service}.docs:{port}; through the proxy of the API without it",
    )
    result.add_argument("--test-mode", action="store_true", help="seconds instead of minutes: watched for 10 s, looks every 2 s")
    return result


def previous(release: Release) -> str | None:
    """The color that is recorded as the one that served before."""
    found = {item["metadata"].get("annotations", {}).get(PREVIOUS) for key, item in release.services().items() if key.track == ACTIVE}
    return found.pop() if len(found) == 1 else None


def _missing(session: Session, color: str) -> str:
    return measures.missing(session.world.source, color, measures.WEB, narrowed(session.arguments.matchers))


def engine(session: Session, state: State) -> BlueGreen:
    """The switch that `state` is about."""
    given = session.arguments
    if state.options.get("target") not in COLORS or not isinstance(state.options.get("watch"), int | float):
        raise StateError(f"this is no plan of a switch: {state.options}")
    chosen = measures.web(given.min_samples, given.max_errors, given.max_p99, given.max_degraded, narrowed(given.matchers))
    caller: Caller = DirectCaller(given.address) if given.address else ProxyCaller(session.world.api, given.namespace)
    missing = functools.partial(_missing, session)
    plan = Plan(state.options["watch"], given.patience, chosen, session.world.source, caller, missing, given.smoke.split(","))
    kind = Retirement if state.options.get("retire") else BlueGreen
    return kind(plan, **session.common(state))


def unfit(action: str, unfinished: State) -> str:
    """Why an action cannot take an unfinished one up; empty when it can."""
    under_way = "retire" if unfinished.options.get("retire") else "back" if unfinished.options.get("by_hand") else "switch"
    allowed = {"switch": ("switch", "back", "abort"), "back": ("back",), "retire": ("retire",)}[under_way]
    return "" if action in allowed else f"a {under_way} has not ended: run {' or '.join(allowed)}"


def begun(session: Session) -> State:
    """A new rollout for the action."""
    given = session.arguments
    color = active_color(session.release)
    plan = {"target": other(color), "watch": given.watch}
    if given.action == "back":
        if previous(session.release) == color:
            raise Unfit(f"{color} serves, and it is what served before")
        plan["by_hand"] = True
    if given.action == "retire":
        plan["retire"] = True
    if given.action == "abort":
        raise Unfit("there is no unfinished switch; `back` returns to the color that served before")
    return session.fresh(plan)


def colors(session: Session) -> dict[str, Any]:
    """Which color serves, and which one did before."""
    return {"active": active_color(session.release), "previous": previous(session.release)}


def main(arguments: Sequence[str] | None = None, world: World | None = None) -> Exit:
    """The command, in the world that the options name or in that of a test."""
    complain = options()
    given = complain.parse_args(arguments)
    if given.test_mode:
        given.watch, given.interval, given.settle, given.pause = 10.0, 2.0, 2.0, 0.2
    if given.action == "switch" and not given.prometheus:
        complain.error("--prometheus is needed: a switch that is not watched is none")
    session = Session.begin(given, "bluegreen", world)
    if given.action == "status":
        return session.show(lambda: colors(session), COLORS)

    def choose(unfinished: State | None) -> State:
        if unfinished and (other_action := unfit(given.action, unfinished)):
            raise StateError(other_action)
        state = unfinished or begun(session)
        if unfinished and given.action in ("abort", "back") and state.ending == "forward" and not state.options.get("by_hand"):
            state.turn_back()
        return state

    return session.conduct(choose, lambda state: engine(session, state))
