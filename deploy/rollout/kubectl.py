"""The door to the cluster: kubectl as a child process, with its failures told apart and those that pass tried again."""

import enum
import json
import random
import re
import subprocess
from typing import Any, Protocol

from .clock import Clock

Json = dict[str, Any]


class Reason(enum.StrEnum):
    """Why a call failed, as far as it decides what to do."""

    NOT_FOUND = "not found"
    EXISTS = "already exists"
    CONFLICT = "conflict"
    FORBIDDEN = "forbidden"
    INVALID = "invalid"
    BUSY = "the API is busy or away"
    MISSING = "kubectl is missing"
    OTHER = "other"


class CallFailed(Exception):
    """A call that failed for good, with the words of kubectl."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class API(Protocol):
    """What a rollout asks of a cluster, in one namespace. Kinds are plural names with their group, such as `deployments.apps`."""

    def find(self, kind: str, selector: str) -> list[Json]: ...

    def get(self, kind: str, name: str) -> Json: ...

    def patch(self, kind: str, name: str, body: Json | list[Json], form: str = "merge") -> None: ...

    def create(self, item: Json) -> Json: ...

    def replace(self, item: Json) -> Json: ...

    def raw(self, path: str) -> str: ...


_STATUS = re.compile(r"Error from server \((\w+)\)")
_REASONS = {
    "NotFound": Reason.NOT_FOUND,
    "AlreadyExists": Reason.EXISTS,
    "Conflict": Reason.CONFLICT,
    "Forbidden": Reason.FORBIDDEN,
    "Unauthorized": Reason.FORBIDDEN,
    "Invalid": Reason.INVALID,
    "BadRequest": Reason.INVALID,
    **dict.fromkeys(("TooManyRequests", "ServiceUnavailable", "InternalError", "Timeout", "ServerTimeout"), Reason.BUSY),
}
_AWAY = re.compile(
    r"Unable to connect|connection refused|was refused|i/o timeout|TLS handshake|deadline exceeded|EOF|connection reset"
    r"|ServiceUnavailable|Too ?Many ?Requests|currently unable|etcdserver|timed out",
    re.I,
)


def classify(message: str) -> Reason:
    """The reason in the words of kubectl, which has one exit code for everything."""
    if found := _STATUS.search(message):
        return _REASONS.get(found[1], Reason.OTHER)
    if _AWAY.search(message):
        return Reason.BUSY
    if "the server doesn't have a resource type" in message or "not found" in message:
        return Reason.NOT_FOUND
    if "Operation cannot be fulfilled" in message:
        return Reason.CONFLICT
    if "is invalid" in message:
        return Reason.INVALID
    return Reason.OTHER


class Kubectl:
    """kubectl in `namespace`. A call that meets a busy API is repeated, up to `attempts` times; each may take `timeout` seconds.

    Everything that is repeated may be: patches set values, and creating and replacing are done with names and versions.
    """

    def __init__(
        self, clock: Clock, namespace: str, context: str = "", program: str = "kubectl", attempts: int = 6, timeout: float = 15.0
    ) -> None:
        self.clock, self.attempts, self.timeout = clock, attempts, timeout
        self.command = [program, f"--namespace={namespace}", f"--request-timeout={timeout:g}s"]
        if context:
            self.command.append(f"--context={context}")

    def find(self, kind: str, selector: str) -> list[Json]:
        """The objects with these labels."""
        items: list[Json] = self._object("get", kind, f"--selector={selector}", "--output=json").get("items") or []
        return items

    def get(self, kind: str, name: str) -> Json:
        """One object."""
        return self._object("get", kind, name, "--output=json")

    def patch(self, kind: str, name: str, body: Json | list[Json], form: str = "merge") -> None:
        """Sets fields. `form` is merge, strategic or json; a conflict passes, because no version is named."""
        self._run("patch", kind, name, f"--type={form}", f"--patch={json.dumps(body)}", repeated=(Reason.BUSY, Reason.CONFLICT))

    def create(self, item: Json) -> Json:
        """Makes an object; one of its name must not exist."""
        return self._object("create", "--output=json", "--filename=-", given=item)

    def replace(self, item: Json) -> Json:
        """Writes an object over the version that it names."""
        return self._object("replace", "--output=json", "--filename=-", given=item)

    def raw(self, path: str) -> str:
        """What the API answers on a path, such as that of a Service through its proxy."""
        return self._run("get", "--raw", path)

    def _object(self, *arguments: str, given: Json | None = None) -> Json:
        text = self._run(*arguments, given=given)
        try:
            result = json.loads(text)
        except ValueError:
            result = None
        if not isinstance(result, dict):
            raise CallFailed(Reason.OTHER, f"kubectl {arguments[0]} answers something else than an object: {text[:200]!r}")
        return result

    def _run(self, *arguments: str, given: Json | None = None, repeated: tuple[Reason, ...] = (Reason.BUSY,)) -> str:
        for attempt in range(1, self.attempts + 1):
            try:
                return self._once(arguments, given)
            except CallFailed as error:
                if error.reason not in repeated or attempt == self.attempts:
                    raise
            # Half of the wait is chance, so that two clients that were refused together do not come back together.
            self.clock.sleep(min(8.0, 0.25 * 2**attempt) * random.uniform(0.5, 1.0))
        raise AssertionError("the last attempt returns or raises")

    def _once(self, arguments: tuple[str, ...], given: Json | None) -> str:
        text = json.dumps(given) if given is not None else None
        try:
            result = subprocess.run(
                [*self.command, *arguments], input=text, capture_output=True, text=True, timeout=self.timeout * 2, check=False
            )
        except FileNotFoundError:
            raise CallFailed(Reason.MISSING, f"there is no program {self.command[0]}: install kubectl, or name it with --kubectl") from None
        except OSError as error:
            raise CallFailed(Reason.MISSING, f"{self.command[0]} cannot be run: {error}") from None
        except UnicodeError:
            raise CallFailed(Reason.OTHER, f"kubectl {arguments[0]} answers something that is no text") from None
        except subprocess.TimeoutExpired:
            raise CallFailed(Reason.BUSY, f"kubectl {arguments[0]} did not end within {self.timeout * 2:g} s") from None
        if result.returncode:
            message = (result.stderr.strip() or result.stdout.strip())[-600:]
            raise CallFailed(classify(message), message)
        return result.stdout
