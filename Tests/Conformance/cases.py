"""The table of scenarios, and what one run of a scenario collects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from validation import Schemas

LEGACY = "2025-11-25"
MODERN = "2026-07-28"


@dataclass
class Check:
    """One thing that a scenario has looked at."""

    id: str
    passed: bool
    detail: str = ""


@dataclass
class Run:
    """One scenario on one wire, while it runs."""

    scenario: str
    wire: str
    url: str
    schemas: Schemas
    checks: list[Check] = field(default_factory=list)
    # What the server sent in answer to which method, and what it sent by itself.
    seen: list[tuple[str | None, dict[str, Any]]] = field(default_factory=list)

    def check(self, check_id: str, condition: Any, detail: Any = "") -> bool:
        """Records a check. A broken SHOULD counts like a broken MUST."""
        self.checks.append(Check(check_id, bool(condition), "" if condition else str(detail)[:2000]))
        return bool(condition)

    def saw(self, method: str | None, message: dict[str, Any]) -> None:
        """Keeps a message of the server's for the check of the schema; `method` is the one that it answers."""
        self.seen.append((method, message))

    def check_wire(self) -> None:
        """Every message seen fits the official schema of the revision and the validators of mcp-types."""
        problems = [problem for method, message in self.seen for problem in self.schemas.problems(self.wire, method, message)]
        self.check("wire-schema-valid", self.seen and not problems, problems or "no message was seen")


@dataclass(frozen=True)
class Case:
    """A scenario and the wires that it runs on."""

    id: str
    wires: tuple[str, ...]
    body: Callable[[Run], None]
    scored: bool = True
    checks_wire: bool = True


CASES: list[Case] = []


def scenario(
    identifier: str, *wires: str, scored: bool = True, checks_wire: bool = True
) -> Callable[[Callable[[Run], None]], Callable[[Run], None]]:
    """Declares a scenario of the official suite under its own name."""

    def declare(body: Callable[[Run], None]) -> Callable[[Run], None]:
        CASES.append(Case(identifier, wires or (LEGACY, MODERN), body, scored, checks_wire))
        return body

    return declare


def runs() -> Iterator[tuple[Case, str]]:
    """Every scenario on every wire that it has."""
    for case in CASES:
        for wire in case.wires:
            yield case, wire
