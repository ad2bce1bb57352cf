"""The canary of workers: their share by number, what either version cannot read, and autoscalers that stand still meanwhile."""

import pytest
from rolling import BY_NAME, SHORT, Direct, Stage, deaths, installed

from rollout.kubectl import CallFailed, Reason

OLD, NEW = "portolan:0.1.0", "portolan:0.2.0"
# Changes of a run with short steps that passes, with the lease before each phase.
WORKERS = range(1, 25)


@pytest.fixture
def workers(tmp_path):
    stage = Stage(installed("canary"), tmp_path, "canary", pause=0.5, part="worker")
    stage.cluster.weights.clear()
    return stage


def test_workers_get_their_share_by_number_and_the_scheduler_publishes_anew_before_the_end(workers):
    published = []
    workers.clock.events += [
        (workers.clock.now() + moment, lambda: published.append(workers.image("scheduler"))) for moment in (1000, 4000)
    ]
    assert workers.run("run") == 0
    assert [line["pods"]["worker/canary"] for line in workers.events("scaled")] == [1, 2, 0]
    assert published == [OLD, NEW]
    assert (workers.image("worker"), workers.image("scheduler"), workers.image("api")) == (NEW, NEW, OLD)
    assert workers.weights() == [] and workers.replicas("worker-canary") == 0


@pytest.mark.parametrize(
    ("moment", "who", "told"), [(1000, "canary", "1 of canary and 0 of others"), (4000, "others", "0 of canary and 1")]
)
def test_a_message_that_a_version_cannot_read_brings_both_back_and_tells_which_one_it_was(workers, moment, who, told):
    workers.clock.events.append((workers.clock.now() + moment, lambda: workers.figures.unread.update({who: 1.0})))
    assert workers.run("run") == 1
    assert [workers.image(name) for name in ("worker", "scheduler")] == [OLD, OLD]
    assert workers.replicas("worker-canary") == 0 and f"unread messages: above the limit, {told}" in workers.last["message"]


def scaled(stage, **annotations):
    """KEDA scales the workers."""
    metadata = {"name": "demo-portolan-worker", "annotations": annotations}
    spec = {"scaleTargetRef": {"name": "demo-portolan-worker"}, "minReplicaCount": 1, "maxReplicaCount": 9, "triggers": []}
    item = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": metadata, "spec": spec}
    stage.cluster.create(BY_NAME["ScaledObject"], "demo", item)


def annotations(stage):
    return stage.cluster.get(BY_NAME["ScaledObject"], "demo", "demo-portolan-worker")["metadata"]["annotations"]


PAUSED = "autoscaling.keda.sh/paused-replicas"


@pytest.mark.parametrize("trouble", [0.0, 0.5])
@pytest.mark.parametrize("before", [{}, {PAUSED: "7"}])
def test_keda_stands_still_while_workers_are_rolled_and_does_as_it_did_afterwards(workers, before, trouble):
    scaled(workers, **before)
    workers.figures.tracks["canary"]["errors"] = trouble
    seen = []
    workers.clock.events.append((workers.clock.now() + 30, lambda: seen.append(annotations(workers)[PAUSED])))
    assert workers.run("run") == (1 if trouble else 0)
    assert (seen, annotations(workers)) == (["2"], before)


# Two more than without an autoscaler: one to hold it, one to let it go.
@pytest.mark.parametrize(("when", "number"), deaths(range(1, 27), "after"))
def test_an_autoscaler_is_let_go_by_whoever_comes_after_a_death(workers, when, number):
    scaled(workers)
    assert workers.dies("run", "--holds=2,2", *SHORT[1:], **{when: number})
    # Another operator, without the state file, after the lease.
    workers.state.unlink(missing_ok=True)
    workers.clock.sleep(61)
    assert workers.run("abort") == 1
    assert annotations(workers) == {} and workers.replicas("worker-canary") == 0


def test_the_deaths_cover_every_change_with_an_autoscaler(workers):
    scaled(workers)
    assert workers.run("run", "--holds=2,2", *SHORT[1:]) == 0
    assert workers.changes == 26


def test_without_keda_in_the_cluster_there_is_nothing_to_hold(workers, monkeypatch):
    get = Direct.get

    def unknown(self, kind, name):
        if kind.startswith("scaledobjects"):
            raise CallFailed(Reason.NOT_FOUND, 'error: the server doesn\'t have a resource type "scaledobjects"')
        return get(self, kind, name)

    monkeypatch.setattr(Direct, "get", unknown)
    assert workers.run("run") == 0


@pytest.mark.parametrize(("when", "number"), deaths(WORKERS))
def test_a_run_of_workers_that_dies_anywhere_is_finished_or_undone(workers, when, number):
    assert workers.dies("run", "--holds=2,2", *SHORT[1:], **{when: number})
    if number % 2:
        assert workers.run("abort") == 1
        image = OLD
    else:
        assert workers.run("run", *SHORT[1:]) == 0
        image = NEW
    assert {workers.image(name) for name in ("worker", "scheduler")} == {image}
    assert workers.replicas("worker-canary") == workers.replicas("worker-baseline") == 0
