"""Where a rollout stands: written after each phase to a file, and to the lease in the cluster, so that it can go on after any death."""

import dataclasses
import fcntl
import json
import os
import pathlib
from typing import IO, Any


class StateError(Exception):
    """What was kept of a rollout cannot be used."""


@dataclasses.dataclass
class State:
    """The plan as far as a second run needs it, and the place in it."""

    kind: str
    release: str
    namespace: str
    # Made at the start: whose lease it is, and which rollout the traces in the cluster belong to.
    identity: str
    options: dict[str, Any]
    # The phase that comes next.
    position: int = 0
    # The list of phases: forward, or back.
    ending: str = "forward"
    verdict: str = ""
    reason: str = ""
    # Whether all phases are done, and only the lease and the file are left.
    finished: bool = False
    # What was there before, by name, for the way back.
    before: dict[str, Any] = dataclasses.field(default_factory=dict)

    def turn_back(self) -> None:
        """Makes an abort by hand of it."""
        self.ending, self.position, self.verdict, self.reason = "back", 0, "aborted", "aborted by hand"

    def text(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    def further(self, other: "State") -> bool:
        """Whether this one is from a later moment of the same rollout than `other`."""
        order = [(state.finished, state.ending == "back", state.position) for state in (self, other)]
        return order[0] > order[1]

    @classmethod
    def parse(cls, text: str) -> "State":
        """The state in `text`, checked for its fields, their types, and what they may be."""
        try:
            state = cls(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise StateError(f"this is no state of a rollout: {error}") from None
        for field in dataclasses.fields(cls):
            wanted = {"str": str, "int": int, "bool": bool}.get(str(getattr(field.type, "__name__", field.type)), dict)
            if type(getattr(state, field.name)) is not wanted:
                raise StateError(f"this is no state of a rollout: {field.name} is {getattr(state, field.name)!r}")
        if state.ending not in ("forward", "back") or state.position < 0:
            raise StateError(f"this is no state of a rollout: it stands at {state.position} on its way {state.ending}")
        return state


class StateFile:
    """The file at `path`. It is held by one process at a time, and replaced as a whole."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.holder: IO[str] | None = None

    def hold(self) -> None:
        """Keeps others out until the process ends."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.holder = self.path.with_name(self.path.name + ".lock").open("w")
            fcntl.flock(self.holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateError(f"another process uses {self.path}") from None
        except OSError as error:
            raise StateError(f"the state cannot be kept: {error}") from None

    def read(self) -> State | None:
        """The state, or None when there is none."""
        try:
            return State.parse(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (StateError, OSError, UnicodeError) as error:
            advice = "What the cluster knows of it is in the Lease: remove the file and run again"
            raise StateError(f"{self.path}: {error}. {advice}") from None

    def write(self, state: State) -> None:
        """Puts the state in place by rename: a death leaves the old one or this one."""
        temporary = self.path.with_name(self.path.name + ".part")
        try:
            with temporary.open("w", encoding="utf-8") as file:
                file.write(state.text())
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
        except OSError as error:
            raise StateError(f"the state cannot be kept: {error}") from None

    def remove(self) -> None:
        """After the end nothing is left to go on with."""
        self.path.unlink(missing_ok=True)
