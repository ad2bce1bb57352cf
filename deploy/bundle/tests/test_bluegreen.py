"""Blue and green on a cluster in memory: a switch, failures at each of its phases, deaths at every change, the way back by hand."""

import pytest
from rolling import BY_NAME, Direct, Stage, installed

SHORT = ("--watch=2", "--interval=1", "--settle=1", "--min-samples=10")
# Changes of a switch that passes, and of one that is turned around while it is watched.
FORWARD, BACK = range(1, 24), range(21, 36)


@pytest.fixture
def stage(tmp_path):
    return Stage(installed("bluegreen"), tmp_path, "bluegreen", pause=0.5)


def serves(stage, color, idle):
    """Whether a color has it all; `idle` tells the number of pods of the other one."""
    other = {"blue": "green", "green": "blue"}[color]
    assert [stage.selected(name) for name in ("api", "mcp")] == [color] * 2
    assert [stage.selected(f"{name}-preview") for name in ("api", "mcp")] == [other] * 2
    assert [stage.replicas(f"{name}-{color}") for name in ("api", "mcp")] == [2, 2]
    assert [stage.replicas(f"{name}-{other}") for name in ("api", "mcp")] == [idle] * 2
    assert stage.lease()["spec"]["holderIdentity"] == "" and not stage.state.exists()
    return True


def test_a_good_color_is_switched_to_after_it_was_ready_and_asked(stage):
    assert stage.run("switch") == 0
    assert serves(stage, "green", idle=2)
    assert [line["path"] for line in stage.events("smoke")] == ["/version", "/health"] * 2
    log = [(kind, name) for verb, kind, name in stage.cluster.log if kind in ("Deployment", "Service")][-8:]
    assert [kind for kind, _ in log] == ["Deployment"] * 2 + ["Service"] * 6
    assert 300 <= stage.clock.now() - 1_790_000_000 < 400
    previous = stage.cluster.get(BY_NAME["Service"], "demo", "demo-portolan-api")
    assert previous["metadata"]["annotations"]["portolan/previous-color"] == "blue"


def broken(stage):
    container = {"name": "api", "image": "portolan:broken"}
    body = {"spec": {"template": {"spec": {"containers": [container]}}}}
    Direct(stage.cluster).patch("deployments.apps", "demo-portolan-api-green", body, "strategic")


@pytest.mark.parametrize(
    ("trouble", "reason", "verdict"),
    [
        (broken, "ProgressDeadlineExceeded", "failed"),
        (lambda stage: setattr(stage.cluster, "ready_after", 10**9), "do not become ready within 600 s", "failed"),
        (lambda stage: setattr(stage.cluster, "answer", lambda service, path: (500, {})), "answers 0 the server answers 500", "failed"),
        (
            lambda stage: setattr(stage.cluster, "answer", lambda service, path: (200 if path == "/version" else 503, {})),
            "/health",
            "failed",
        ),
        (lambda stage: stage.figures.tracks["green"].update(errors=0.02), "errors: above the limit", "failed"),
        (lambda stage: stage.figures.tracks["green"].update(latency=[0, 0, 0, 0, 0, 0.5, 0.5, 0, 0]), "p99: above the limit", "failed"),
        (lambda stage: stage.figures.tracks["green"].update(rate=0), "0 samples", "insufficient data"),
    ],
)
def test_a_color_that_is_not_good_does_not_stay(stage, trouble, reason, verdict):
    trouble(stage)
    assert stage.run("switch") == 1
    assert serves(stage, "blue", idle=0)
    assert reason in stage.last["message"] and stage.last["verdict"] == verdict


def test_before_the_switch_nothing_is_switched(stage):
    seen = []
    patch = stage.cluster.patch

    def watched(kind, namespace, name, body, form, dry=False):
        if kind.kind == "Service" and "spec" in body:
            seen.append((name, body["spec"]["selector"]["portolan/track"]))
        return patch(kind, namespace, name, body, form, dry)

    stage.cluster.patch = watched
    stage.cluster.answer = lambda service, path: (500, {})
    assert stage.run("switch") == 1
    assert {color for name, color in seen if not name.endswith("preview")} == {"blue"}


def test_a_color_whose_pods_go_away_is_switched_back_though_it_has_no_errors(stage):
    def gone():
        stage.cluster.objects["apps/v1", "deployments", "demo", "demo-portolan-mcp-green"]["status"]["readyReplicas"] = 0

    stage.clock.events.append((stage.clock.now() + 60, gone))
    assert stage.run("switch") == 1
    assert stage.selected("mcp") == "blue" and "0 of 2 pods of demo-portolan-mcp-green are ready" in stage.last["message"]


def test_a_breach_under_watch_is_switched_back_within_one_interval(stage):
    begun = stage.clock.now() + 200
    stage.clock.events.append((begun, lambda: stage.figures.tracks["green"].update(errors=0.5)))
    seen = []
    stage.clock.events += [(begun + second, lambda: seen.append(stage.selected("api"))) for second in (1, 62)]
    assert stage.run("switch") == 1
    stage.clock.sleep(62)
    assert seen == ["green", "blue"] and serves(stage, "blue", idle=0)


def test_a_prometheus_that_is_away_refuses_the_start_and_turns_the_watch_around(stage):
    stage.figures.away = True
    assert stage.run("switch") == 4 and serves(stage, "blue", idle=0)
    stage.figures.away = False
    stage.clock.events.append((stage.clock.now() + 60, lambda: setattr(stage.figures, "away", True)))
    assert stage.run("switch") == 1 and stage.last["verdict"] == "error"
    assert serves(stage, "blue", idle=0)


@pytest.mark.parametrize(("when", "number"), [(when, number) for when in ("before", "after") for number in FORWARD])
def test_a_switch_that_dies_anywhere_is_finished_or_undone(stage, when, number):
    assert stage.dies("switch", *SHORT, **{when: number})
    if number % 2:
        assert stage.run("switch", *SHORT) == 0 and serves(stage, "green", idle=2)
    else:
        assert stage.run("abort", *SHORT) == 1 and serves(stage, "blue", idle=0)


@pytest.mark.parametrize(("when", "number"), [(when, number) for when in ("before", "after") for number in BACK])
def test_a_way_back_that_dies_anywhere_is_finished_by_the_next_run(stage, when, number):
    stage.figures.tracks["green"]["errors"] = 0.5
    assert stage.dies("switch", *SHORT, **{when: number})
    assert stage.run("switch", *SHORT) == 1 and serves(stage, "blue", idle=0)


def test_the_deaths_cover_every_change(stage):
    assert stage.run("switch", *SHORT) == 0
    assert stage.changes == FORWARD[-1]


def test_the_deaths_cover_every_change_of_the_way_back(stage):
    stage.figures.tracks["green"]["errors"] = 0.5
    assert stage.run("switch", *SHORT) == 1
    assert stage.changes == BACK[-1]


def test_the_way_back_by_hand_is_one_command_and_leaves_both_up(stage):
    assert stage.run("switch") == 0
    begun = stage.clock.now()
    stage.figures.away = True
    assert stage.run("back") == 0
    assert serves(stage, "blue", idle=2) and stage.clock.now() - begun < 5
    assert stage.run("back") == 0 and serves(stage, "green", idle=2)


def test_nobody_switches_back_to_a_color_that_is_not_healthy(stage):
    assert stage.run("switch") == 0 and stage.run("retire") == 0
    assert serves(stage, "green", idle=0)
    container = {"name": "api", "image": "portolan:broken"}
    body = {"spec": {"template": {"spec": {"containers": [container]}}}}
    Direct(stage.cluster).patch("deployments.apps", "demo-portolan-api-blue", body, "strategic")
    assert stage.run("back") == 1
    assert [stage.selected(name) for name in ("api", "mcp")] == ["green"] * 2
    assert "ProgressDeadlineExceeded" in stage.last["message"]


def test_a_color_that_was_retired_is_brought_up_again_for_the_way_back(stage):
    assert stage.run("switch") == 0 and stage.run("retire") == 0
    assert stage.run("back") == 0 and serves(stage, "blue", idle=2)


def test_colors_of_one_image_are_not_switched(stage):
    container = {"name": "api", "image": "portolan:0.1.0"}
    for name in ("api", "mcp"):
        body = {"spec": {"template": {"spec": {"containers": [{**container, "name": name}]}}}}
        Direct(stage.cluster).patch("deployments.apps", f"demo-portolan-{name}-green", body, "strategic")
    assert stage.run("switch") == 4 and "both colors run portolan:0.1.0" in stage.last["message"]
    assert serves(stage, "blue", idle=0)


def test_abort_without_a_switch_and_a_release_without_colors_are_refused(stage, tmp_path):
    assert stage.run("abort") == 4 and "no unfinished switch" in stage.last["message"]
    other = Stage(installed("canary"), tmp_path / "x", "bluegreen")
    assert other.run("switch") == 4 and "rollout.strategy to blueGreen" in other.last["message"]


def test_the_color_that_serves_is_never_retired(stage):
    assert stage.run("switch") == 0
    patch, replace, renewals = Direct(stage.cluster).patch, stage.cluster.replace, []

    def meddled(kind, namespace, name, item, dry=False):
        # Between the look at the color and the phase that takes pods away, somebody switches.
        renewals.append(name)
        for component in ("api", "mcp") if len(renewals) == 3 else ():
            patch("services", f"demo-portolan-{component}", {"spec": {"selector": {"portolan/track": "blue"}}})
        return replace(kind, namespace, name, item, dry)

    stage.cluster.replace = meddled
    assert stage.run("retire") == 4 and "blue serves: its pods stay" in stage.last["message"]
    assert stage.replicas("api-blue") == 2


def minimum(stage, color):
    """The fewest pods that the autoscaler of the api keeps, and what it is remembered to have kept before."""
    item = stage.cluster.get(BY_NAME["HorizontalPodAutoscaler"], "demo", f"demo-portolan-api-{color}")
    return item["spec"]["minReplicas"], item["metadata"].get("annotations", {}).get("portolan/before-rollout")


def shrink(stage):
    """What autoscalers do with pods that have nothing to do."""
    for color in ("blue", "green"):
        if stage.replicas(f"api-{color}"):
            body = {"spec": {"replicas": minimum(stage, color)[0]}}
            Direct(stage.cluster).patch("deployments.apps", f"demo-portolan-api-{color}", body)


def test_autoscalers_make_neither_color_small_while_it_comes_or_is_the_way_back(stage):
    Direct(stage.cluster).patch("deployments.apps", "demo-portolan-api-blue", {"spec": {"replicas": 6}})
    seen = []
    for moment in (1, 100):
        stage.clock.events.append((stage.clock.now() + moment, lambda: (shrink(stage), seen.append(stage.replicas("api-green")))))
    assert stage.run("switch") == 0
    # Green does as it did, blue is as large as it was until it is retired.
    assert seen == [6, 6] and (minimum(stage, "green"), minimum(stage, "blue")) == ((2, None), (6, "2"))
    shrink(stage)
    assert stage.replicas("api-blue") == 6
    Direct(stage.cluster).patch("deployments.apps", "demo-portolan-api-green", {"spec": {"replicas": 6}})
    assert stage.run("back") == 0
    assert (minimum(stage, "green"), minimum(stage, "blue")) == ((6, "2"), (2, None))
    assert stage.run("retire") == 0
    assert (minimum(stage, "green"), minimum(stage, "blue")) == ((2, None), (2, None)) and stage.replicas("api-green") == 0


def test_after_a_switch_that_was_turned_around_both_autoscalers_do_as_they_did(stage):
    stage.figures.tracks["green"]["errors"] = 0.5
    assert stage.run("switch") == 1
    assert (minimum(stage, "green"), minimum(stage, "blue")) == ((2, None), (2, None))


@pytest.mark.parametrize(
    ("under_way", "action", "told"),
    [
        ("switch", "retire", "a switch has not ended: run switch or back or abort"),
        ("retire", "switch", "a retire has not ended: run retire"),
        ("back", "retire", "a back has not ended: run back"),
    ],
)
def test_an_action_does_not_go_on_with_another_one(stage, under_way, action, told):
    if under_way != "switch":
        assert stage.run("switch", *SHORT) == 0
    assert stage.dies(under_way, *SHORT, after=4)
    assert stage.run(action, *SHORT) == 4 and told in stage.last["message"]
    assert stage.run(under_way, *SHORT) == 0


def test_a_dry_run_tells_what_would_be_refused(stage):
    stage.figures.known = False
    assert stage.run("switch", "--dry-run") == 4
    assert "no series of this product" in stage.last["message"] and "Nothing was changed" in stage.last["message"]


def test_a_dry_run_and_status_change_nothing(stage):
    before = len(stage.cluster.log)
    assert stage.run("switch", "--dry-run") == 0
    phases = ["check", "pin", "up", "ready", "smoke", "record", "switch", "reached", "watch", "unpin"]
    assert [line["phase"] for line in stage.events("plan")] == phases
    assert stage.run("status") == 0 and stage.last["active"] == "blue"
    assert len(stage.cluster.log) == before
