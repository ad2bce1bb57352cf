"""The commands as they are run: processes, a real kubectl, an API that refuses, is slow, or is not there, and rights that are missing."""

import contextlib
import http.server
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading

import pytest
import yaml
from rolling import ROOT, Figures, Stage, installed

import chart
import kube_api
from kube_cluster import Fault
from rollout.clock import SystemClock
from rollout.kubectl import CallFailed, Kubectl, Reason, classify

FAST = ["--holds=1,1", "--steps=50,100", "--interval=0.5", "--settle=0.1", "--drain=0.1", "--pause=0.1", "--min-samples=1"]


class FakePrometheus(http.server.BaseHTTPRequestHandler):
    """Answers queries with the figures of a server."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        query = dict(pair.split("=", 1) for pair in body.split("&"))["query"]
        import urllib.parse

        found = self.server.figures.ask(urllib.parse.unquote_plus(query))
        result = [{"metric": {"le": key} if key else {}, "value": [0, str(value)]} for key, value in found.items()]
        data = json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        """Nothing to keep."""


@pytest.fixture
def prometheus():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), FakePrometheus)
    server.figures = Figures()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


class Place:
    """A release on an API in memory, and the environment of a command on it."""

    def __init__(self, server, prometheus, folder, values):
        self.stage = Stage(installed(values), folder, "canary")
        self.server, self.cluster, self.folder = server, self.stage.cluster, pathlib.Path(folder)
        server.cluster = self.cluster
        self.config = self.folder / "config"
        self.config.write_text(server.kubeconfig(), encoding="utf-8")
        self.address = f"http://127.0.0.1:{prometheus.server_address[1]}"

    def command(self, name, action, *more):
        arguments = [action, "--release=demo", "--namespace=demo", f"--prometheus={self.address}", f"--state={self.folder / 'state.json'}"]
        return [sys.executable, ROOT / "deploy" / name, *arguments, *more]

    def environment(self, **more):
        return {**os.environ, "KUBECONFIG": str(self.config), "HOME": str(self.folder), **more}

    def run(self, name, action, *more, **environment):
        result = subprocess.run(self.command(name, action, *more), env=self.environment(**environment), capture_output=True, text=True)
        return result.returncode, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


@pytest.fixture
def place(prometheus, tmp_path):
    with kube_api.Server() as server:
        found = Place(server, prometheus, tmp_path, "canary")
        found.cluster.weights.clear()
        yield found


@pytest.fixture
def colors(prometheus, tmp_path):
    with kube_api.Server() as server:
        yield Place(server, prometheus, tmp_path, "bluegreen")


def test_the_canary_runs_with_the_rights_of_its_account_and_kubectl(place):
    place.config.write_text(place.server.kubeconfig("demo/demo-portolan-rollout"), encoding="utf-8")
    code, lines, errors = place.run("canary", "run", *FAST)
    assert (code, errors, lines[-1]["outcome"]) == (0, "", "done")
    assert place.stage.weights() == [(0, 50, 50), (0, 0, 100), (100, 0, 0)]
    assert place.stage.image("api") == "portolan:0.2.0"
    finding = next(line for line in lines if line["event"] == "finding")
    assert {"queries", "value", "threshold", "samples", "verdict", "step", "window", "time"} <= set(finding)


def test_blue_and_green_run_with_the_rights_of_their_account_and_kubectl(colors):
    colors.config.write_text(colors.server.kubeconfig("demo/demo-portolan-rollout"), encoding="utf-8")
    code, lines, errors = colors.run("bluegreen", "switch", "--watch=1", "--interval=0.5", "--settle=0.1", "--pause=0.1", "--min-samples=1")
    assert (code, errors, lines[-1]["outcome"]) == (0, "", "done")
    assert colors.stage.selected("api") == "green"


def test_an_api_that_refuses_for_a_while_or_is_slow_is_waited_for(place):
    place.cluster.faults += [
        Fault("PATCH", 409, "Conflict", kind="HTTPRoute", times=2),
        Fault("PATCH", 429, "TooManyRequests", kind="Deployment", times=3),
        Fault("GET", 503, "ServiceUnavailable", kind="Deployment", times=3),
        Fault("PUT", 503, "ServiceUnavailable", kind="Lease", times=2),
        Fault("PUT", 409, "Conflict", kind="Lease"),
        Fault("POST", 429, "TooManyRequests", kind="Lease", times=2),
        Fault("GET", 0, kind="HTTPRoute", times=3, delay=0.7),
    ]
    code, lines, _ = place.run("canary", "run", *FAST)
    assert code == 0, lines[-1]
    assert not place.cluster.faults and place.stage.image("api") == "portolan:0.2.0"


def test_an_api_that_is_away_is_told_and_nothing_was_changed(place):
    place.config.write_text(place.server.kubeconfig().replace(str(place.server.server_address[1]), "1"), encoding="utf-8")
    clock = SystemClock()
    door = Kubectl(clock, "demo", attempts=2)
    door.command[1:1] = [f"--kubeconfig={place.config}"]
    with pytest.raises(CallFailed) as error:
        door.find("deployments.apps", "a=b")
    assert error.value.reason == Reason.BUSY


def test_a_missing_kubectl_is_told(place):
    code, lines, errors = place.run("canary", "run", "--kubectl=/nowhere/kubectl", *FAST)
    assert (code, errors) == (3, "")
    assert "there is no program /nowhere/kubectl" in lines[-1]["message"] and "Nothing was changed" in lines[-1]["message"]


def test_a_kubectl_that_hangs_is_ended(tmp_path):
    program = tmp_path / "kubectl"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    door = Kubectl(SystemClock(), "demo", program=str(program), attempts=1, timeout=0.1)
    with pytest.raises(CallFailed, match="did not end within"):
        door.get("leases", "x")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("#!/bin/sh\necho a warning\n", "something else than an object: 'a warning"),
        ("#!/bin/sh\necho []\n", "something else than an object"),
        ("#!/bin/sh\nprintf '\\377'\n", "no text"),
        ("no program\n\x00", "cannot be run"),
        ("#!/nowhere/sh\n", "there is no program"),
    ],
)
def test_what_is_no_kubectl_is_told(tmp_path, text, told):
    program = tmp_path / "kubectl"
    program.write_text(text, encoding="utf-8")
    program.chmod(0o755)
    door = Kubectl(SystemClock(), "demo", program=str(program), attempts=1)
    with pytest.raises(CallFailed, match=told):
        door.get("leases", "x")


@contextlib.contextmanager
def running(place, *arguments):
    process = subprocess.Popen(place.command(*arguments), env=place.environment(), stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(process, event, **fields):
    """Reads the journal up to a line."""
    for text in process.stdout:
        line = json.loads(text)
        if line["event"] == event and fields.items() <= line.items():
            return line
    raise AssertionError(f"no {event} came")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_process_that_is_ended_by_a_signal_is_gone_on_with(place, number):
    with running(place, "canary", "run", *FAST, "--holds=30,30") as process:
        until(process, "begin", phase="hold")
        process.send_signal(number)
        # Whoever is in a hurry sends more than one; the first is enough.
        for again in (signal.SIGTERM, signal.SIGHUP):
            process.send_signal(again)
        rest = [json.loads(line) for line in process.stdout]
        assert process.wait() == (3 if number == signal.SIGTERM else -signal.SIGKILL)
    if number == signal.SIGTERM:
        assert rest[-1]["outcome"] == "stopped" and "before the phase hold of 50 %" in rest[-1]["message"]
        assert place.stage.lease()["spec"]["holderIdentity"] == ""
    assert place.stage.shares() == (0, 50, 50)
    assert place.run("canary", "abort", *FAST)[0] == 1
    assert place.stage.shares() == (100, 0, 0) and place.stage.replicas("api-canary") == 0


def test_an_upgrade_in_the_middle_keeps_the_weights_and_one_after_the_end_changes_nothing(prometheus, tmp_path):
    values = yaml.safe_load((chart.CHART / "ci/canary-values.yaml").read_text(encoding="utf-8"))
    with kube_api.Server() as server:
        helm = chart.Helm(server, tmp_path)
        _, error = helm.call("Install", "demo", str(chart.CHART), values=values, wait=False, timeout=120)
        assert error is None
        stage = Stage({}, tmp_path, "canary")
        place = Place.__new__(Place)
        place.stage, place.server, place.cluster, place.folder = stage, server, server.cluster, tmp_path
        stage.cluster, place.config = server.cluster, tmp_path / "config"
        place.config.write_text(server.kubeconfig(), encoding="utf-8")
        place.address = f"http://127.0.0.1:{prometheus.server_address[1]}"
        with running(place, "canary", "run", *FAST, "--steps=25,100", "--holds=30,30") as process:
            until(process, "begin", phase="hold")
            process.terminate()
            process.wait()
        changed = chart.combined(values, {"settings": {"LOG_LEVEL": "debug"}})
        _, error = helm.call("Upgrade", "demo", str(chart.CHART), values=changed, wait=False, timeout=120)
        assert error is None and stage.shares() == (50, 25, 25) and stage.replicas("api-canary") == 1
        assert stage.run("abort") == 1 and stage.shares() == (100, 0, 0)
        assert stage.run("run", *FAST) == 0
        before = {name: stage.deployment(name)["metadata"]["generation"] for name in ("api", "mcp")}
        promoted = chart.combined(changed, {"image": {"tag": "0.2.0"}})
        _, error = helm.call("Upgrade", "demo", str(chart.CHART), values=promoted, wait=False, timeout=120)
        assert error is None
        assert {name: stage.deployment(name)["metadata"]["generation"] for name in ("api", "mcp")} == before


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('Error from server (Conflict): Operation cannot be fulfilled on leases "x"', Reason.CONFLICT),
        ("Error from server (TooManyRequests): injected", Reason.BUSY),
        ('Error from server (NotFound): leases.coordination.k8s.io "x" not found', Reason.NOT_FOUND),
        ('Error from server (AlreadyExists): error when creating "STDIN": leases "x" already exists', Reason.EXISTS),
        ("The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?", Reason.BUSY),
        ("Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded)", Reason.BUSY),
        ('error: the server doesn\'t have a resource type "httproutes"', Reason.NOT_FOUND),
        ('The Deployment "x" is invalid: spec', Reason.INVALID),
        ("error: something", Reason.OTHER),
    ],
)
def test_the_words_of_kubectl_are_told_apart(message, reason):
    assert classify(message) == reason
