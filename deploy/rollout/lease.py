"""One operator at a time: a Lease in the namespace of the release, with the state of the rollout as its annotation."""

import calendar
import time

from .clock import Clock, stamp
from .kubectl import API, CallFailed, Json, Reason
from .state import State, StateError

KIND = "leases.coordination.k8s.io"
STATE = "portolan/rollout"


class Held(Exception):
    """Somebody else rolls this release, or has taken the lease away."""


class Lease:
    """The lease of one release, for the holder `identity`, valid for `seconds` after each renewal."""

    def __init__(self, api: API, clock: Clock, release: str, identity: str, seconds: int) -> None:
        self.api, self.clock, self.name = api, clock, f"{release}-rollout"
        self.identity, self.seconds = identity, seconds
        self.item: Json | None = None
        # When it was written last.
        self.renewed = 0.0

    def read(self) -> State | None:
        """The state of a rollout that has not ended, whoever began it."""
        try:
            found = self.api.get(KIND, self.name)
        except CallFailed as error:
            if error.reason == Reason.NOT_FOUND:
                return None
            raise
        text = (found["metadata"].get("annotations") or {}).get(STATE, "")
        try:
            return State.parse(text) if text else None
        except StateError as error:
            # A rollout of another version of this program, perhaps: to begin anew beside it would lose what it changed.
            advice = f"End it with the version that began it, or by hand, and then: kubectl annotate lease {self.name} {STATE}-"
            raise StateError(f"the Lease {self.name}: {error}. {advice}") from None

    def take(self, state: State, by_force: bool = False) -> None:
        """Becomes the holder, or raises `Held`. A lease that has run out, or is one's own, can be taken; any can by force."""
        wanted = self._item(state)
        try:
            self.item = self.api.create(wanted)
            return
        except CallFailed as error:
            if error.reason != Reason.EXISTS:
                raise
        found = self.api.get(KIND, self.name)
        holder = found["spec"].get("holderIdentity", "")
        if holder not in ("", self.identity) and not by_force:
            found = self._left(found, holder)
        self._replace(self._item(state), found)

    def renew(self, state: State) -> None:
        """Stays the holder, or raises `Held`."""
        assert self.item is not None, "taken first"
        wanted = self._item(state)
        wanted["metadata"]["resourceVersion"] = self.item["metadata"]["resourceVersion"]
        wanted["spec"]["acquireTime"] = self.item["spec"]["acquireTime"]
        try:
            self.item = self.api.replace(wanted)
        except CallFailed as error:
            if error.reason not in (Reason.CONFLICT, Reason.NOT_FOUND):
                raise
            self._again(wanted)

    def release(self, state: State | None) -> None:
        """Lets go: with `state`, when the rollout has not ended and may be gone on with; without, when it has."""
        if self.item is None:
            return
        wanted = self._item(state)
        wanted["spec"]["holderIdentity"] = ""
        wanted["metadata"]["resourceVersion"] = self.item["metadata"]["resourceVersion"]
        self.item = None
        try:
            self.api.replace(wanted)
        except CallFailed as error:
            # It runs out by itself, and is not ours when its version is another.
            if error.reason not in (Reason.CONFLICT, Reason.NOT_FOUND, Reason.BUSY):
                raise

    def _again(self, wanted: Json) -> None:
        """A conflict may be the echo of one's own write whose answer was lost."""
        try:
            found = self.api.get(KIND, self.name)
        except CallFailed as error:
            if error.reason == Reason.NOT_FOUND:
                raise Held("the lease was removed") from None
            raise
        if found["spec"].get("holderIdentity") != self.identity:
            raise Held(f"{found['spec'].get('holderIdentity') or 'somebody'} took the lease over")
        self._replace(wanted, found)

    def _replace(self, wanted: Json, found: Json) -> None:
        wanted["metadata"]["resourceVersion"] = found["metadata"]["resourceVersion"]
        try:
            self.item = self.api.replace(wanted)
        except CallFailed as error:
            if error.reason == Reason.CONFLICT:
                raise Held("somebody else took the lease at this moment") from None
            raise

    def _left(self, found: Json, holder: str) -> Json:
        """The lease of a holder that is gone, or raises `Held`. The clock of its machine may be behind this one, so a lease that seems to
        have run out is watched for as long as it holds: whoever lives renews it meanwhile.
        """
        reason = f"{holder} rolls this release since {found['spec'].get('acquireTime', 'a while')}"
        if self._lives(found):
            raise Held(reason)
        self.clock.sleep(float(found["spec"].get("leaseDurationSeconds") or 0))
        again = self.api.get(KIND, self.name)
        if again["spec"].get("holderIdentity") and again["metadata"]["resourceVersion"] != found["metadata"]["resourceVersion"]:
            raise Held(reason)
        return again

    def _lives(self, found: Json) -> bool:
        renewed = str(found["spec"].get("renewTime") or "")
        try:
            moment = calendar.timegm(time.strptime(renewed[:19], "%Y-%m-%dT%H:%M:%S"))
        except ValueError:
            return False
        return self.clock.now() < moment + int(found["spec"].get("leaseDurationSeconds") or 0)

    def _item(self, state: State | None) -> Json:
        self.renewed = self.clock.now()
        now = stamp(self.renewed)
        annotations = {STATE: state.text() if state else ""}
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self.name, "annotations": annotations},
            "spec": {
                "holderIdentity": self.identity,
                "leaseDurationSeconds": self.seconds,
                "acquireTime": now,
                "renewTime": now,
            },
        }
