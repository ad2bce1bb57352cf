"""The lease alone: clocks that differ, leases of others."""

import pytest
from rolling import BY_NAME, Direct, StillClock

from kube_cluster import Cluster
from rollout.lease import Held, Lease
from rollout.state import State


class Ahead:
    """The clock of a machine that is ahead of another one."""

    def __init__(self, other, seconds):
        self.other, self.seconds = other, seconds

    def now(self):
        return self.other.now() + self.seconds

    def sleep(self, seconds):
        self.other.sleep(seconds)


@pytest.fixture
def place():
    return Cluster(namespaces=("demo",)), StillClock()


def lease(place, identity, ahead=0.0):
    return Lease(Direct(place[0]), Ahead(place[1], ahead), "demo", identity, 60)


STATE = State("canary", "demo", "demo", "first", {})


def test_a_clock_that_is_ahead_takes_no_lease_from_somebody_who_lives(place):
    first, second = lease(place, "first"), lease(place, "second", ahead=600)
    first.take(STATE)
    place[1].events.append((place[1].now() + 35, lambda: first.renew(STATE)))
    with pytest.raises(Held, match="first rolls this release"):
        second.take(STATE)
    first.renew(STATE)


def test_a_lease_of_somebody_who_is_gone_is_taken_after_it_was_watched(place):
    first, second = lease(place, "first"), lease(place, "second", ahead=600)
    first.take(STATE)
    begun = place[1].now()
    second.take(STATE)
    assert place[1].now() - begun == 60
    with pytest.raises(Held, match="second took the lease over"):
        first.renew(STATE)


def test_by_force_nobody_is_waited_for(place):
    first, second = lease(place, "first"), lease(place, "second")
    first.take(STATE)
    begun = place[1].now()
    second.take(STATE, by_force=True)
    assert place[1].now() == begun


def test_one_that_lets_go_while_it_is_watched_leaves_it(place):
    first, second = lease(place, "first"), lease(place, "second", ahead=600)
    first.take(STATE)
    place[1].events.append((place[1].now() + 10, lambda: first.release(STATE)))
    second.take(STATE)
    assert second.read() == STATE


@pytest.mark.parametrize("spec", [{}, {"holderIdentity": "x"}, {"holderIdentity": "x", "renewTime": None, "leaseDurationSeconds": 60}])
def test_a_lease_that_says_too_little_is_nobodys(place, spec):
    item = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "demo-rollout"}}
    place[0].create(BY_NAME["Lease"], "demo", {**item, "spec": {key: value for key, value in spec.items() if value is not None}})
    lease(place, "first").take(STATE)
