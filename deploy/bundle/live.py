"""Canaries on real processes, and one alert from end to end.

`live.py TOOLS BINARY`: a real Prometheus scrapes real `portolan api` processes as stable, baseline and canary behind an nginx that splits
requests by the weights that deploy/canary sets. A healthy canary is promoted; a slow one, a failing one and one without requests are not.
A feature is switched while a process runs. Then a process is killed, and Alertmanager calls a webhook.
"""

import contextlib
import http.server
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request

import live_stack
import yaml

import alerts
import catalog
import chart
import kube_api
from kube_objects import KINDS

OPTIONS = ["--release=demo", "--namespace=demo", "--holds=5,4,4,4", "--interval=2", "--settle=2", "--drain=0.5", "--pause=0.2"]
# Two cores that run everything make outliers: a comparison must be surer than in a cluster, and seconds are nothing to fail by alone. That
# a slow canary is found all the same is the second scenario.
OPTIONS += ["--min-samples=15", "--confidence=0.99999", "--max-p99=10", "--on-insufficient=rollback", "--lease=30"]
HOME = [100, 0, 0]


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what Alertmanager sends."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Nothing to keep."""


def scraped(targets):
    """The configuration of a Prometheus that knows a process by its track."""
    groups = [{"targets": [f"127.0.0.1:{process.admin}"], "labels": {"track": track}} for track, process in targets.items()]
    return [{"job_name": "portolan-api", "static_configs": groups}]


@contextlib.contextmanager
def watched(tools, folder, targets, rules=(), alertmanager=None):
    """A Prometheus that scrapes each second."""
    config = {"global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "scrape_configs": scraped(targets)}
    config["rule_files"] = [str(file) for file in rules]
    if alertmanager:
        config["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [alertmanager.removeprefix("http://")]}]}]}
    place = pathlib.Path(tempfile.mkdtemp(dir=folder))
    (place / "prometheus.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    command = [tools / "prometheus", f"--config.file={place / 'prometheus.yaml'}", f"--storage.tsdb.path={place / 'data'}"]
    with live_stack.program([*command, "--web.listen-address=127.0.0.1:0", "--log.level=error"], "Prometheus") as (address, _):
        count = len(targets)
        live_stack.until("the first scrapes", lambda: live_stack.asked(address, "count(portolan_build_info)") == count)
        yield address


def canary(server, folder, prometheus, *more):
    """Runs deploy/canary with kubectl; gives the exit code and the journal."""
    config = pathlib.Path(folder) / "kubeconfig"
    config.write_text(server.kubeconfig("demo/demo-portolan-rollout"), encoding="utf-8")
    command = [
        sys.executable,
        catalog.ROOT / "deploy/canary",
        "run",
        *OPTIONS,
        f"--prometheus={prometheus}",
        f"--state={folder}/canary.json",
    ]
    result = subprocess.run([*command, *more], env={**os.environ, "KUBECONFIG": str(config)}, capture_output=True, text=True)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return result.returncode, lines or [{"message": result.stderr}]


def scenario(name, tools, stack, folder, database, expected, verdict, load=True):
    """One canary on `database`, from installation to its end; problems as text."""
    values = yaml.safe_load((chart.CHART / "ci/canary-values.yaml").read_text(encoding="utf-8"))
    place = pathlib.Path(folder) / name
    place.mkdir()
    with contextlib.ExitStack() as opened:
        server = opened.enter_context(kube_api.Server())
        _, error = chart.Helm(server, place).call("Install", "demo", str(chart.CHART), values=values, wait=False, timeout=120)
        if error:
            yield f"{name}: {error}"
            return
        server.cluster.weights.clear()
        targets = {"stable": stack.database(), "baseline": stack.database(), "canary": database}
        processes = {track: opened.enter_context(stack.api(target)) for track, target in targets.items()}
        proxy = live_stack.Proxy("/usr/sbin/nginx", place, server.cluster, free_port())
        proxy.backends = processes
        opened.enter_context(proxy)
        requests = opened.enter_context(live_stack.Load(proxy.port, stack.token)) if load else None
        prometheus = opened.enter_context(watched(tools, place, processes))
        code, lines = canary(server, place, prometheus)
        last = lines[-1]
        weights = [list(rules[-1].values()) for _, rules in server.cluster.weights]
        deployments = next(kind for kind in KINDS if kind.kind == "Deployment")
        stable = server.cluster.get(deployments, "demo", "demo-portolan-api")["spec"]["template"]["spec"]["containers"][0]["image"]
    promoted = stable == "portolan:0.2.0"
    told = requests.statuses if requests else "no requests"
    print(f"live: {name}: {last.get('outcome')}, weights {weights}, {told}: {last.get('message')}", flush=True)
    if code != expected or promoted != (expected == 0) or not weights or weights[-1] != HOME:
        findings = [line for line in lines if line["event"] == "finding" and line["verdict"] != "success"]
        yield f"{name}: ended with {code}, {stable}, weights {weights}: {last.get('message')} {findings}"
    if verdict not in last.get("message", ""):
        yield f"{name}: {last.get('message')!r} does not tell {verdict!r}"
    if expected == 0 and requests and set(requests.statuses) != {200}:
        yield f"{name}: requests were answered with {requests.statuses}"


def compressed(folder):
    """The rules of the product with their waits cut to seconds, and its routing with the addresses of this machine."""
    rules = alerts.load(alerts.RULES[0])
    for group in rules["groups"]:
        for rule in group["rules"]:
            if "for" in rule:
                rule["for"] = "2s"
    file = pathlib.Path(folder) / "rules.yaml"
    file.write_text(yaml.safe_dump(rules), encoding="utf-8")
    return file


@contextlib.contextmanager
def routed(tools, folder):
    """Alertmanager with the routing of alerts/, and a receiver in place of those outside; gives its address and what was received."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.received = []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    routing = alerts.load(alerts.ROUTING)
    routing["route"] |= {"group_wait": "0s", "group_interval": "1s"}
    for receiver in routing["receivers"]:
        for webhook in receiver["webhook_configs"]:
            webhook["url"] = f"http://127.0.0.1:{server.server_address[1]}/{receiver['name']}"
    file = pathlib.Path(folder) / "alertmanager.yaml"
    file.write_text(yaml.safe_dump(routing), encoding="utf-8")
    command = [tools / "prometheus-alertmanager", f"--config.file={file}", f"--storage.path={folder}/alertmanager"]
    try:
        with live_stack.program([*command, "--web.listen-address=127.0.0.1:0", "--cluster.listen-address="], "Alertmanager") as (
            address,
            _,
        ):
            yield address, server.received
    finally:
        server.shutdown()
        server.server_close()


def alert(tools, stack, folder):
    """A process is killed: Prometheus sees it, Alertmanager calls whom it should, with the way to the runbook."""
    place = pathlib.Path(folder) / "alert"
    place.mkdir()
    with contextlib.ExitStack() as opened:
        address, received = opened.enter_context(routed(tools, place))
        processes = {track: opened.enter_context(stack.api(stack.database())) for track in ("stable", "canary")}
        opened.enter_context(watched(tools, place, processes, [compressed(place)], address))
        if any(item["labels"]["alertname"] == "ServiceDown" for _, body in received for item in body["alerts"]):
            yield "alert: ServiceDown fires while everything is up"
        processes["canary"].child.kill()

        def told():
            found = [(path, item) for path, body in list(received) for item in body["alerts"]]
            killed = {"alertname": "ServiceDown", "track": "canary"}.items()
            return [(path, item) for path, item in found if killed <= item["labels"].items() and item["status"] == "firing"]

        path, item = live_stack.until("the call of the webhook", told)[0]
    print(f"live: alert: {item['labels']['alertname']} of {item['labels']['instance']} came to {path}", flush=True)
    if path != "/page" or item["labels"]["track"] != "canary" or item["annotations"]["runbook_url"] != "docs/runbook.md#servicedown":
        yield f"alert: {path} {item}"


def bring(folder, number, text):
    """Puts a ConfigMap's file in place as the kubelet does: in a folder of its own, to which a link is moved by one rename."""
    own = folder / f"..{number}"
    own.mkdir(parents=True)
    (own / "features.yaml").write_text(text, encoding="utf-8")
    (folder / "..data_tmp").symlink_to(own.name)
    (folder / "..data_tmp").rename(folder / "..data")
    if not (folder / "features.yaml").is_symlink():
        (folder / "features.yaml").symlink_to("..data/features.yaml")


def features(stack, folder):
    """A feature of the chart's ConfigMap is switched while a process runs."""
    with kube_api.Server() as server:
        values = chart.combined(chart.EXISTING, {"features": {"vector_search": {"enabled": True, "percentage": 25}}})
        place = pathlib.Path(folder) / "features"
        place.mkdir()
        helm, shares = chart.Helm(server, place), []

        def brought(number):
            kind = next(kind for kind in KINDS if kind.kind == "ConfigMap")
            bring(place / "mount", number, server.cluster.get(kind, "demo", "demo-portolan-features")["data"]["features.yaml"])

        _, error = helm.call("Install", "demo", str(chart.CHART), values=values, wait=False, timeout=120)
        if error:
            yield f"features: {error}"
            return
        brought(1)
        with stack.api(stack.database(), PORTOLAN_FEATURES_FILE=str(place / "mount/features.yaml")) as process:

            def share(wanted):
                with urllib.request.urlopen(f"http://127.0.0.1:{process.admin}/metrics", timeout=live_stack.PATIENCE) as reply:
                    return f'portolan_feature_enabled_ratio{{feature="vector_search"}} {wanted}\n' in reply.read().decode()

            for number, (wanted, value) in enumerate([("0.25", None), ("0", False), ("1", {"enabled": True})], start=1):
                if value is not None:
                    before = [item["metadata"]["generation"] for item in server.cluster.objects.values() if item["kind"] == "Deployment"]
                    changed = chart.combined(chart.EXISTING, {"features": {"vector_search": value}})
                    _, error = helm.call("Upgrade", "demo", str(chart.CHART), values=changed, wait=False, timeout=120)
                    after = [item["metadata"]["generation"] for item in server.cluster.objects.values() if item["kind"] == "Deployment"]
                    if error or before != after:
                        yield f"features: {error or 'new pods for a feature'}"
                    brought(number)
                live_stack.until(f"a share of {wanted}", lambda wanted=wanted: share(wanted))
                shares.append(wanted)
    print(f"live: features: vector_search went through {shares} in one process", flush=True)


def check(tools, binary):
    with tempfile.TemporaryDirectory() as folder, live_stack.Stack(binary, folder) as stack:
        yield from scenario("healthy", tools, stack, folder, stack.database(), 0, "portolan:0.2.0 serves all of it")
        with live_stack.slow_database(stack, folder, 0.2) as sockets:
            yield from scenario("slow", tools, stack, folder, stack.database(sockets=sockets), 1, "slower than baseline")
        yield from scenario("failing", tools, stack, folder, stack.broken_database(), 1, "errors: above the limit")
        yield from scenario("idle", tools, stack, folder, stack.database(), 1, "0 samples, fewer than 15", load=False)
        yield from features(stack, folder)
        yield from alert(tools, stack, folder)


def leave(*_):
    """Ends what was started, as an error does."""
    raise SystemExit("live: ended by a signal")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, leave)
    PROBLEMS = list(check(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()))
    print(*PROBLEMS, sep="\n", file=sys.stderr, end="")
    sys.exit(1 if PROBLEMS else 0)
