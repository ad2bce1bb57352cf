"""The canary on a cluster in memory: passes, breaches, nothing to measure, deaths at every place, strangers."""

import io
import json

import pytest
from rolling import BY_NAME, SHORT, Direct, Stage, deaths, installed

from kube_cluster import Fault

HOME, OLD, NEW = (100, 0, 0), "portolan:0.1.0", "portolan:0.2.0"
PASSED = [(90, 5, 5), (50, 25, 25), (0, 50, 50), (0, 0, 100), HOME]


@pytest.fixture
def stage(tmp_path):
    found = Stage(installed("canary"), tmp_path, "canary", pause=0.5, min_samples=100)
    found.cluster.weights.clear()
    return found


def at_home(stage, image):
    """Whether nothing half is left: requests, pods, lease and file."""
    assert stage.shares() == HOME
    assert [stage.image(name) for name in ("api", "mcp")] == [image, image]
    assert [stage.replicas(f"{name}-{track}") for name in ("api", "mcp") for track in ("baseline", "canary")] == [0] * 4
    assert [stage.replicas(name) for name in ("api", "mcp")] == [2, 2]
    assert stage.lease()["spec"]["holderIdentity"] == "" and stage.lease()["metadata"]["annotations"]["portolan/rollout"] == ""
    assert not stage.state.exists()
    return True


def test_a_good_canary_is_promoted_step_by_step(stage):
    assert stage.run("run") == 0
    assert stage.weights() == PASSED
    assert at_home(stage, NEW)
    assert stage.last["outcome"] == "done" and NEW in stage.last["message"]
    # The worker waits for its own part.
    assert stage.image("worker") == OLD
    # An hour at 5 %, a quarter of one at each other step.
    assert 6300 < stage.clock.now() - 1_790_000_000 < 6600
    assert {finding["verdict"] for finding in stage.events("finding")} == {"success"}


def test_pods_are_ready_before_they_get_requests_and_gone_only_after_they_get_none(stage):
    stage.run("run")
    log = [(kind, name.removeprefix("demo-portolan-")) for verb, kind, name in stage.cluster.log if kind in ("Deployment", "HTTPRoute")]
    first, last = log.index(("HTTPRoute", "demo-portolan")), len(log) - 1 - log[::-1].index(("HTTPRoute", "demo-portolan"))
    assert ("Deployment", "api-canary") in log[:first] and ("Deployment", "mcp-baseline") in log[:first]
    # The baseline has lost its pods before, with its share.
    assert log[last + 1 :] == [("Deployment", "api-canary"), ("Deployment", "mcp-canary")]


def test_the_sizes_of_baseline_and_canary_follow_the_share(stage):
    for name in ("api", "mcp"):
        Direct(stage.cluster).patch("deployments.apps", f"demo-portolan-{name}", {"spec": {"replicas": 10}})
    stage.run("run")
    pods = [line["pods"] for line in stage.events("scaled")]
    assert [found["api/canary"] for found in pods] == [1, 3, 5, 10, 0]
    assert [found["api/baseline"] for found in pods] == [1, 3, 5, 0, 0]


@pytest.mark.parametrize("step", [0, 1, 2, 3])
@pytest.mark.parametrize(
    ("trouble", "measure"),
    [({"errors": 0.03}, "errors"), ({"latency": [0, 0, 0, 0, 0, 0.2, 0.8, 0, 0]}, "p99"), ({"searches": 20, "fallbacks": 0.5}, "degraded")],
)
def test_a_breach_at_any_step_leads_home_within_one_interval(stage, step, trouble, measure):
    begun = stage.clock.now() + [600, 3700, 4700, 5600][step]
    stage.clock.events.append((begun, lambda: stage.figures.tracks["canary"].update(trouble)))
    routed = []
    stage.clock.events += [(begun + second, lambda: routed.append(stage.shares())) for second in (1, 62)]
    assert stage.run("run") == 1
    stage.clock.sleep(62)
    assert stage.weights() == [*PASSED[: step + 1], HOME]
    # The next look finds it.
    assert routed == [PASSED[step], HOME]
    assert at_home(stage, OLD)
    assert (stage.last["outcome"], stage.last["verdict"]) == ("rolled back", "failed")
    assert f"{measure}: above the limit" in stage.last["message"]


def test_a_canary_that_is_worse_than_its_baseline_is_not_promoted_below_the_limits(stage):
    stage.figures.tracks["canary"]["errors"] = 0.008
    assert stage.run("run") == 1 and at_home(stage, OLD)
    assert "worse than baseline" in stage.last["message"]


def test_without_requests_nothing_is_promoted(stage):
    stage.figures.tracks["canary"]["rate"] = 0
    assert stage.run("run") == 1 and at_home(stage, OLD)
    assert stage.weights() == [(90, 5, 5), HOME]
    assert stage.last["verdict"] == "insufficient data" and "0 samples, fewer than 100" in stage.last["message"]
    # Twice its time: requests may come late.
    assert 7200 <= stage.clock.now() - 1_790_000_000 < 7400


def test_requests_that_come_late_are_waited_for(stage):
    stage.figures.tracks["canary"]["rate"] = 0.0
    stage.clock.events.append((stage.clock.now() + 4000, lambda: stage.figures.tracks["canary"].update(rate=20.0)))
    assert stage.run("run") == 0 and at_home(stage, NEW)


@pytest.mark.parametrize(("policy", "code", "image"), [("rollback", 1, OLD), ("continue", 0, NEW), ("stop", 3, OLD)])
def test_missing_data_do_what_the_policy_says(stage, policy, code, image):
    stage.figures.tracks["canary"]["rate"] = 0
    assert stage.run("run", f"--on-insufficient={policy}") == code
    if policy == "stop":
        assert stage.shares() == PASSED[0] and stage.state.exists() and stage.lease()["spec"]["holderIdentity"] == ""
        assert stage.run("abort") == 1
    assert at_home(stage, image)


def test_a_prometheus_that_is_away_refuses_the_start(stage):
    stage.figures.away = True
    assert stage.run("run") == 4
    assert stage.last["outcome"] == "refused" and "cannot be asked" in stage.last["message"]
    assert stage.weights() == [] and at_home(stage, OLD)
    stage.figures.away, stage.figures.known = False, False
    assert stage.run("run") == 4 and "no series of this product" in stage.last["message"]


def test_a_prometheus_that_goes_away_for_long_leads_home(stage):
    stage.clock.events.append((stage.clock.now() + 1000, lambda: setattr(stage.figures, "away", True)))
    assert stage.run("run") == 1 and at_home(stage, OLD)
    assert stage.last["verdict"] == "error"
    assert len([line for line in stage.events("verdict") if line["verdict"] == "error"]) == 5


def test_a_prometheus_that_is_away_for_a_moment_changes_nothing(stage):
    stage.clock.events.append((stage.clock.now() + 1000, lambda: setattr(stage.figures, "away", True)))
    stage.clock.events.append((stage.clock.now() + 1200, lambda: setattr(stage.figures, "away", False)))
    assert stage.run("run") == 0 and at_home(stage, NEW)


def test_a_canary_that_does_not_start_gets_no_requests(stage):
    direct = Direct(stage.cluster)
    container = {"name": "api", "image": "portolan:broken"}
    body = {"spec": {"template": {"spec": {"containers": [container]}}}}
    direct.patch("deployments.apps", "demo-portolan-api-canary", body, "strategic")
    assert stage.run("run") == 1
    assert stage.weights() == [] and stage.shares() == HOME and stage.replicas("api-canary") == 0
    assert "ProgressDeadlineExceeded" in stage.last["message"]


def test_pods_that_take_their_time_are_waited_for_and_not_for_ever(stage):
    stage.cluster.ready_after = 20
    assert stage.run("run") == 0 and stage.weights() == PASSED
    stage.cluster.ready_after = 10**9
    direct = Direct(stage.cluster)
    for name in ("api", "mcp"):
        direct.patch("deployments.apps", f"demo-portolan-{name}-canary", {"spec": {"template": {"metadata": {"labels": {"n": "3"}}}}})
    assert stage.run("run") == 4 and "runs portolan:0.2.0, as the stable pods do" in stage.last["message"]


def test_pods_that_do_not_end_do_not_turn_a_promotion_around(stage):
    left = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "left", "labels": {}},
        "spec": {"containers": [{"name": "a", "image": "b:1"}]},
    }
    labels = {"app.kubernetes.io/name": "portolan", "app.kubernetes.io/instance": "demo"}
    left["metadata"]["labels"] = {**labels, "app.kubernetes.io/component": "api", "portolan/track": "canary"}
    stage.cluster.create(BY_NAME["Pod"], "demo", left)
    assert stage.run("run", *SHORT) == 3
    assert "pods do not end within 600 s" in stage.last["message"] and "before the phase gone of end" in stage.last["message"]
    assert stage.shares() == HOME and stage.image("api") == NEW
    stage.cluster.delete(BY_NAME["Pod"], "demo", "left")
    assert stage.run("run", *SHORT) == 0 and at_home(stage, NEW)


# ---- deaths

# Changes of a run with short steps that passes, and of the way back after a breach at its second step, with the lease before each phase.
FORWARD, BACK = range(1, 45), range(18, 31)


@pytest.mark.parametrize(("when", "number"), deaths(FORWARD, "before"))
def test_a_run_that_dies_anywhere_is_finished_by_the_next(stage, when, number):
    assert stage.dies("run", *SHORT, **{when: number})
    # A lease that was not released is one's own by the state file.
    assert stage.run("run", *SHORT) == 0
    assert at_home(stage, NEW)


@pytest.mark.parametrize(("when", "number"), deaths(FORWARD, "after"))
def test_a_run_that_dies_anywhere_is_undone_by_abort(stage, when, number):
    assert stage.dies("run", *SHORT, **{when: number})
    assert stage.run("abort") == 1 and stage.last["outcome"] == "rolled back"
    # With the last change everything is done: there is nothing to undo.
    image = NEW if (when, number) == ("after", FORWARD[-1]) else OLD
    assert at_home(stage, image)


@pytest.mark.parametrize(("when", "number"), deaths(BACK))
def test_a_way_back_that_dies_anywhere_is_finished_by_the_next_run(stage, when, number):
    stage.clock.events.append((stage.clock.now() + 6, lambda: stage.figures.tracks["canary"].update(errors=0.5)))
    assert stage.dies("run", *SHORT, **{when: number})
    stage.figures.tracks["canary"]["errors"] = 0.5
    assert stage.run("run", *SHORT) == 1
    assert at_home(stage, OLD)


def test_the_deaths_cover_every_change(stage):
    assert stage.run("run", *SHORT) == 0
    assert stage.changes == len(FORWARD)


def test_the_deaths_cover_every_change_of_the_way_back(stage):
    stage.clock.events.append((stage.clock.now() + 6, lambda: stage.figures.tracks["canary"].update(errors=0.5)))
    assert stage.run("run", *SHORT) == 1
    assert stage.changes == BACK[-1]


def test_another_operator_goes_on_without_the_file_once_the_lease_has_run_out(stage):
    assert stage.dies("run", after=9)
    stage.state.unlink()
    assert stage.run("run") == 4 and "rolls this release" in stage.last["message"]
    stage.clock.sleep(61)
    assert stage.run("run") == 0 and stage.lines[0]["event"] == "resume"
    assert at_home(stage, NEW)


def test_abort_needs_no_file_and_no_lease(stage):
    direct = Direct(stage.cluster)
    direct.patch("deployments.apps", "demo-portolan-api-canary", {"spec": {"replicas": 3}})
    path = "/spec/rules/{}/backendRefs/{}/weight"
    values = {(rule, place): weight for rule in (0, 1) for place, weight in enumerate((30, 0, 70))}
    operations = [{"op": "replace", "path": path.format(*at), "value": weight} for at, weight in values.items()]
    direct.patch("httproutes.gateway.networking.k8s.io", "demo-portolan", operations, "json")
    assert stage.run("run") == 4 and "abort first" in stage.last["message"]
    assert stage.run("abort") == 1 and at_home(stage, OLD)


# ---- what was kept, and what is not as it was


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no state of a rollout"),
        ('{"kind": "canary", "rel', "no state of a rollout"),
        ("[]", "no state of a rollout"),
        (b"\xff\xfe", "decode"),
        ({"form": 2}, "unexpected keyword argument"),
        ({"position": "12"}, "position is '12'"),
        ({"position": -1}, "stands at -1"),
        ({"ending": "sideways"}, "sideways"),
        ({"position": 99}, "stands at 99"),
        ({"release": "other"}, "belongs to the canary of demo/other"),
        ({"namespace": "other"}, "belongs to the canary of other/demo"),
        ({"kind": "bluegreen"}, "belongs to the bluegreen"),
        ({"options": {}}, "no plan of a canary"),
        ({"options": {"part": "web", "via": "httproute", "steps": [5, "x"], "holds": [1, 1]}}, "no plan of a canary"),
    ],
)
def test_a_state_file_that_is_torn_or_of_another_rollout_is_refused_and_the_lease_still_knows(stage, text, told):
    assert stage.dies("run", *SHORT, after=14)
    kept = json.loads(stage.state.read_text(encoding="utf-8"))
    torn = text if isinstance(text, bytes) else (json.dumps(kept | text) if isinstance(text, dict) else text).encode()
    stage.state.write_bytes(torn)
    shares, lease = stage.shares(), stage.lease()
    assert stage.run("run", *SHORT) == 4
    assert told in stage.last["message"] and "Nothing was changed" in stage.last["message"]
    assert (stage.shares(), stage.lease()) == (shares, lease)
    stage.state.unlink()
    stage.clock.sleep(61)
    assert stage.run("run", *SHORT) == 0 and at_home(stage, NEW)


def test_an_older_copy_of_the_state_file_does_not_lead_back(stage):
    assert stage.dies("run", *SHORT, after=8)
    copy = stage.state.read_text(encoding="utf-8")
    assert stage.dies("run", *SHORT, after=24)
    reached = json.loads(stage.state.read_text(encoding="utf-8"))["position"]
    stage.state.write_text(copy, encoding="utf-8")
    assert stage.run("run", *SHORT) == 0 and at_home(stage, NEW)
    # It goes on with the step that it was in, as without the old copy.
    assert reached - 4 <= stage.events("resume")[0]["position"] <= reached


def test_an_older_copy_does_not_undo_the_decision_to_go_back(stage):
    assert stage.dies("run", *SHORT, after=12)
    copy = stage.state.read_text(encoding="utf-8")
    stage.figures.tracks["canary"]["errors"] = 0.5
    assert stage.dies("run", *SHORT, after=9) and json.loads(stage.state.read_text(encoding="utf-8"))["ending"] == "back"
    stage.state.write_text(copy, encoding="utf-8")
    stage.figures.tracks["canary"]["errors"] = 0.0
    assert stage.run("run", *SHORT) == 1 and at_home(stage, OLD)


def test_a_lease_that_cannot_be_read_is_nobodys_to_begin_anew_on(stage):
    assert stage.dies("run", *SHORT, after=14)
    stage.state.unlink()
    body = {"metadata": {"annotations": {"portolan/rollout": '{"form": 2}'}}}
    stage.cluster.patch(BY_NAME["Lease"], "demo", "demo-rollout", body, "application/merge-patch+json")
    for action in ("run", "abort"):
        assert stage.run(action, *SHORT) == 4
        assert "kubectl annotate lease demo-rollout portolan/rollout-" in stage.last["message"]
    assert stage.shares() != HOME


def test_a_disk_that_is_full_keeps_the_place(stage, monkeypatch):
    import os

    calls, fsync = [], os.fsync

    def full(number):
        calls.append(number)
        if len(calls) > 6:
            raise OSError(28, "No space left on device")
        fsync(number)

    monkeypatch.setattr(os, "fsync", full)
    assert stage.run("run", *SHORT) == 3
    assert "No space left on device" in stage.last["message"] and "Run it again to go on, or abort" in stage.last["message"]
    assert stage.lease()["spec"]["holderIdentity"] == ""
    monkeypatch.setattr(os, "fsync", fsync)
    assert stage.run("run", *SHORT) == 0 and at_home(stage, NEW)


def test_an_object_that_is_not_what_it_should_be_ends_it_with_a_last_line(stage, monkeypatch):
    find, calls = Direct.find, []

    def odd(self, kind, selector):
        found = find(self, kind, selector)
        calls.extend([kind] if kind.startswith("deployments") else [])
        if len(calls) == 12:
            calls.append("once")
            return [{key: value for key, value in item.items() if key != "spec"} for item in found]
        return found

    monkeypatch.setattr(Direct, "find", odd)
    assert stage.run("run", *SHORT) == 3
    assert "KeyError" in stage.last["message"] and stage.last["outcome"] == "interrupted" and stage.state.exists()
    assert stage.run("run", *SHORT) == 0 and at_home(stage, NEW)


class Closed(io.StringIO):
    """A reader that leaves after some lines."""

    def __init__(self, lines):
        super().__init__()
        self.left = lines

    def write(self, text):
        self.left -= text.count("\n")
        if self.left < 0:
            raise BrokenPipeError(32, "Broken pipe")
        return super().write(text)


@pytest.mark.parametrize("lines", range(1, 40, 6))
def test_without_a_reader_of_the_record_nothing_goes_on(stage, lines):
    assert stage.run("run", *SHORT, out=Closed(lines)) == 3
    assert stage.state.exists() and stage.lease()["spec"]["holderIdentity"] == ""
    assert stage.run("run", *SHORT) == 0 and at_home(stage, NEW)


def test_a_canary_that_is_taken_away_while_it_has_requests_is_taken_back(stage):
    gone = stage.clock.now() + 1000
    stage.clock.events.append((gone, lambda: stage.cluster.delete(BY_NAME["Deployment"], "demo", "demo-portolan-api-canary")))
    stage.clock.events.append((gone + 61, lambda: stage.lines.append(stage.shares())))
    assert stage.run("run") == 1
    assert stage.weights() == [PASSED[0], HOME] and stage.replicas("mcp-canary") == 0
    assert "there is no Deployment for api/canary any more" in stage.last["message"]
    assert stage.lease()["spec"]["holderIdentity"] == "" and not stage.state.exists()


def test_a_rollout_whose_strategy_was_taken_away_can_be_ended(stage):
    assert stage.dies("run", *SHORT, after=20)
    # helm upgrade --set rollout.strategy=rolling
    for component in ("api", "mcp", "worker"):
        for track in ("baseline", "canary"):
            stage.cluster.delete(BY_NAME["Deployment"], "demo", f"demo-portolan-{component}-{track}")
            if component != "worker":
                stage.cluster.delete(BY_NAME["Service"], "demo", f"demo-portolan-{component}-{track}")
    operations = [
        {"op": "replace", "path": f"/spec/rules/{rule}/backendRefs", "value": [{"name": f"demo-portolan-{name}", "port": 8080}]}
        for rule, name in enumerate(("mcp", "api"))
    ]
    Direct(stage.cluster).patch("httproutes.gateway.networking.k8s.io", "demo-portolan", operations, "json")
    assert stage.run("abort", *SHORT) == 1
    assert stage.lease()["metadata"]["annotations"]["portolan/rollout"] == "" and not stage.state.exists()


def test_a_route_that_leads_elsewhere_too_is_refused(stage):
    value = {"name": "somebody-else", "port": 80, "weight": 1}
    operation = {"op": "add", "path": "/spec/rules/0/backendRefs/-", "value": value}
    Direct(stage.cluster).patch("httproutes.gateway.networking.k8s.io", "demo-portolan", [operation], "json")
    assert stage.run("run") == 4 and "leads to somebody-else too" in stage.last["message"]


def test_one_part_does_not_go_on_with_the_other(stage):
    assert stage.dies("run", *SHORT, after=14)
    assert stage.run("run", "--part=worker") == 4 and "a rollout of web has not ended" in stage.last["message"]
    assert stage.run("run", *SHORT) == 0


def test_figures_of_two_namespaces_are_not_mixed(stage):
    stage.figures.spaces = 2.0
    assert stage.run("run") == 4 and "in 2 namespaces" in stage.last["message"] and "--matchers" in stage.last["message"]
    stage.figures.asked.clear()
    stage.figures.spaces = 1.0
    assert stage.run("run", '--matchers=namespace="demo"') == 0
    assert all('namespace="demo",' in query for query in stage.figures.asked)


def test_two_failed_requests_of_a_hundred_at_one_look_are_chance(stage):
    begun = stage.clock.now()
    for track in stage.figures.tracks.values():
        track["rate"] = 2.0
    for second in range(300, 3600, 180):
        for moment, share in ((second, 0.02), (second + 60, 0.0)):
            stage.clock.events.append((begun + moment, lambda share=share: stage.figures.tracks["canary"].update(errors=share)))
    assert stage.run("run") == 0 and at_home(stage, NEW)
    assert any("may be chance" in line["reason"] for line in stage.events("finding"))


def test_a_dry_run_tells_what_would_be_refused(stage):
    stage.figures.known = False
    assert stage.run("run", "--dry-run") == 4 and "no series of this product" in stage.last["message"]
    assert not stage.state.exists()


# ---- others


def rival(stage):
    """A second operator, on another machine."""
    other = Stage({}, stage.state.parent / "other", "canary", pause=0.5)
    other.cluster, other.clock, other.figures = stage.cluster, stage.clock, stage.figures
    return other


def test_of_two_operators_the_second_is_refused(stage):
    other, codes = rival(stage), []
    stage.clock.events.append((stage.clock.now() + 1000, lambda: codes.append(other.run("run"))))
    assert stage.run("run") == 0 and at_home(stage, NEW)
    assert codes == [4] and other.last["outcome"] == "refused" and "rolls this release" in other.last["message"]
    assert not other.state.exists()


def test_one_whose_lease_is_taken_over_changes_nothing_more(stage):
    other, codes = rival(stage), []
    stage.clock.events.append((stage.clock.now() + 1000, lambda: codes.append(other.run("abort", "--take-over"))))
    assert stage.run("run") == 4
    assert codes == [1] and stage.weights() == [PASSED[0], HOME]
    assert "took the lease" in stage.last["message"] or "lease" in stage.last["message"]
    # Its file is of no use any more, and says so.
    assert stage.run("run") == 4 and "ended by somebody else" in stage.last["message"]


def test_two_processes_with_one_file_are_not_let_in(stage):
    codes = []
    stage.clock.events.append((stage.clock.now() + 10, lambda: codes.append(stage.run("run"))))
    stage.run("run")
    assert codes == [4]


def test_weights_that_somebody_else_sets_are_not_fought_over(stage, monkeypatch):
    patch = stage.cluster.patch

    def meddled(kind, namespace, name, body, form, dry=False):
        result = patch(kind, namespace, name, body, form, dry)
        if kind.kind == "HTTPRoute":
            for place, weight in enumerate((100, 0, 0)):
                for rule in (0, 1):
                    operation = {"op": "replace", "path": f"/spec/rules/{rule}/backendRefs/{place}/weight", "value": weight}
                    patch(kind, namespace, name, [operation], "application/json-patch+json")
        return result

    monkeypatch.setattr(stage.cluster, "patch", meddled)
    assert stage.run("run") == 4
    assert "something else sets them too" in stage.last["message"]
    assert stage.run("abort") == 1 and at_home(stage, OLD)


def autoscaled(stage):
    """Gives the api an autoscaler of 1 to 9 pods, and returns its kind."""
    scaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "demo-portolan-api"},
        "spec": {"minReplicas": 1, "maxReplicas": 9, "scaleTargetRef": {"kind": "Deployment", "name": "demo-portolan-api"}},
    }
    kind = BY_NAME["HorizontalPodAutoscaler"]
    stage.cluster.create(kind, "demo", scaler)
    return kind


def test_an_autoscaler_keeps_what_a_way_back_needs(stage):
    kind = autoscaled(stage)
    seen = []

    def minimum():
        return stage.cluster.get(kind, "demo", "demo-portolan-api")["spec"]["minReplicas"]

    stage.clock.events.append((stage.clock.now() + 1000, lambda: seen.append(minimum())))
    assert stage.run("run") == 0
    assert (seen, minimum()) == ([2], 1)
    assert stage.cluster.get(kind, "demo", "demo-portolan-api")["metadata"]["annotations"] == {}


def test_a_release_that_grows_meanwhile_gets_a_canary_that_fits(stage):
    kind = autoscaled(stage)
    direct, seen = Direct(stage.cluster), []

    def scaled(pods):
        direct.patch("deployments.apps", "demo-portolan-api", {"spec": {"replicas": pods}})

    def idle():
        scaled(stage.cluster.get(kind, "demo", "demo-portolan-api")["spec"]["minReplicas"])
        seen.append(stage.replicas("api"))

    # More load while the canary has little of it; later the stable pods have nothing to do.
    stage.clock.events += [(stage.clock.now() + 1000, lambda: scaled(8)), (stage.clock.now() + 6000, idle)]
    assert stage.run("run") == 0
    pods = [line["pods"] for line in stage.events("scaled")]
    assert [found["api/canary"] for found in pods] == [1, 2, 4, 8, 0] and [found["mcp/canary"] for found in pods] == [1, 1, 1, 2, 0]
    # They are needed again when the requests come home.
    assert seen == [8] and stage.cluster.get(kind, "demo", "demo-portolan-api")["spec"]["minReplicas"] == 1


def test_a_minimum_is_not_raised_above_the_maximum(stage):
    scaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "demo-portolan-mcp"},
        "spec": {"maxReplicas": 1, "scaleTargetRef": {"kind": "Deployment", "name": "demo-portolan-mcp"}},
    }
    stage.cluster.create(BY_NAME["HorizontalPodAutoscaler"], "demo", scaler)
    assert stage.run("run") == 0


@pytest.mark.parametrize(("looks", "code"), [(1, 0), (2, 1)])
def test_a_canary_whose_pods_go_away_is_taken_back_though_it_has_no_errors(stage, looks, code):
    def unready(count):
        item = stage.cluster.objects["apps/v1", "deployments", "demo", "demo-portolan-api-canary"]
        item["status"]["readyReplicas"] = count

    begun = stage.clock.now() + 1000
    stage.clock.events.append((begun, lambda: unready(0)))
    stage.clock.events.append((begun + 60 * looks, lambda: unready(1)))
    assert stage.run("run") == code
    assert at_home(stage, OLD if code else NEW)
    if code:
        assert "pods: 0 of 1 pods of demo-portolan-api-canary are ready" in stage.last["message"]


def test_a_dry_run_shows_the_phases_and_changes_nothing(stage):
    before = len(stage.cluster.log)
    assert stage.run("run", "--dry-run") == 0
    assert len(stage.cluster.log) == before and not stage.state.exists()
    phases = [line["phase"] for line in stage.events("plan")]
    assert phases == [
        "check",
        "pin",
        *["scale", "ready", "route", "hold"] * 4,
        "promote",
        "rolled",
        "home",
        "drain",
        "shrink",
        "gone",
        "unpin",
    ]


def test_status_tells_shares_pods_and_who_rolls(stage):
    assert stage.dies("run", after=12)
    assert stage.run("status") == 0
    assert stage.last["shares"]["canary"] == 5 and stage.last["pods"]["api/canary"]["replicas"] == 1
    assert stage.last["unfinished"]["ending"] == "forward"


def test_a_conflict_of_the_lease_that_was_an_echo_is_no_loss(stage, monkeypatch):
    direct, lost = Direct(stage.cluster), []
    replace = direct.replace

    def echoed(item):
        if not lost:
            # The write arrives, its answer does not: the client tries again with the version that it knew.
            lost.append(replace(item))
        return replace(item)

    monkeypatch.setattr(direct, "replace", echoed)
    assert stage.run("run", api=direct) == 0 and at_home(stage, NEW)


@pytest.mark.parametrize(
    "options", [["--steps=50,25,100"], ["--steps=5,50"], ["--steps=5,100", "--holds=1"], ["--max-errors=2"], ["--interval=-1"]]
)
def test_options_that_do_not_fit_are_refused(stage, options):
    with pytest.raises(SystemExit) as error:
        stage.run("run", *options)
    assert error.value.code == 2


# ---- the other way of routing


def test_with_an_ingress_the_canary_has_its_weight_and_is_compared_with_the_stable_pods(tmp_path):
    stage = Stage(installed("ingress"), tmp_path, "canary", pause=0.5, via="ingress")
    seen = []

    def weight():
        ingress = stage.cluster.get(BY_NAME["Ingress"], "demo", "demo-portolan-canary")
        return ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/canary-weight"]

    stage.clock.events += [(stage.clock.now() + moment, lambda: seen.append(weight())) for moment in (1000, 4000, 5000, 6000)]
    assert stage.run("run") == 0
    assert (seen, weight()) == (["5", "25", "50", "100"], "0")
    assert stage.image("api").startswith("portolan@sha256:1f34") and stage.replicas("api-baseline") == 0
    assert any('track="stable"' in query for query in stage.figures.asked)
    stage = Stage(installed("ingress"), tmp_path, "canary", pause=0.5, via="ingress")
    stage.figures.tracks["canary"]["errors"] = 0.5
    assert stage.run("run") == 1
    assert (weight(), stage.image("api")) == ("0", "portolan:0.1.0-rc1")


def test_a_busy_api_is_no_reason_to_end(stage):
    """The API refuses for longer than one call waits: the run says where it stands, and the next goes on."""
    stage.cluster.faults.append(Fault("PATCH", 503, "ServiceUnavailable", kind="HTTPRoute", times=1))
    patch, count = stage.cluster.patch, []

    def refusing(kind, namespace, name, body, form, dry=False):
        if kind.kind == "HTTPRoute" and not count:
            count.append(1)
            stage.cluster.fault("PATCH", "HTTPRoute")
        return patch(kind, namespace, name, body, form, dry)

    stage.cluster.patch = refusing
    assert stage.run("run") == 3
    assert "It stands before the phase route of 5 %" in stage.last["message"] and stage.state.exists()
    assert stage.run("run") == 0 and at_home(stage, NEW)


RIGHTS = ["deployments", "services", "pods", "endpointslices", "horizontalpodautoscalers", "httproutes", "leases"]


@pytest.mark.parametrize("missing", RIGHTS)
def test_without_one_of_its_rights_nothing_is_left_half_done(stage, missing):
    role = next(item for item in stage.cluster.objects.values() if item["kind"] == "Role")
    removed = next(rule for rule in role["rules"] if missing in rule["resources"])
    role["rules"].remove(removed)
    account = "demo/demo-portolan-rollout"
    assert stage.run("run", *SHORT, api=Direct(stage.cluster, account=account)) == 3
    assert stage.last["outcome"] == "interrupted" and "is forbidden" in stage.last["message"]
    role["rules"].append(removed)
    assert stage.run("abort", *SHORT, api=Direct(stage.cluster, account=account)) == 1
    assert at_home(stage, OLD)
