"""A cluster, figures and a clock of their own for tests of the rollouts."""

import contextlib
import copy
import functools
import io
import json
import pathlib
import re
import tempfile

import yaml

import catalog
import chart
import kube_api
from kube_cluster import BY_ADDRESS, Cluster, Refused
from kube_objects import KINDS
from rollout import bluegreen_command, canary_command
from rollout.command import World
from rollout.judge import Unmeasured
from rollout.kubectl import CallFailed, Reason

PLURALS = {f"{kind.plural}.{kind.group_version.split('/')[0]}": kind for kind in KINDS if "/" in kind.group_version}
PLURALS |= {kind.plural: kind for kind in KINDS if "/" not in kind.group_version}
REASONS = {404: Reason.NOT_FOUND, 403: Reason.FORBIDDEN, 422: Reason.INVALID, 429: Reason.BUSY, 503: Reason.BUSY}
FORMS = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
}


class Died(BaseException):
    """The process is gone, at this very place."""


class Direct:
    """The API that rollouts ask for, without kubectl in between. It may die before or after the change of a number."""

    def __init__(self, cluster, dies_before=None, dies_after=None, account="", namespace="demo"):
        self.cluster, self.dies_before, self.dies_after, self.changes = cluster, dies_before, dies_after, 0
        self.account, self.namespace = account, namespace

    def _permit(self, kind, verb):
        plural, _, group = kind.partition(".")
        self._call(lambda: self.cluster.permit(self.account, group, plural, verb, self.namespace))

    def _change(self, action):
        self.changes += 1
        if self.changes == self.dies_before:
            raise Died
        result = self._call(action)
        if self.changes == self.dies_after:
            raise Died
        return result

    def _call(self, action):
        try:
            return action()
        except Refused as error:
            reason = {"AlreadyExists": Reason.EXISTS, "Conflict": Reason.CONFLICT}.get(
                error.reason, REASONS.get(error.status, Reason.OTHER)
            )
            raise CallFailed(reason, str(error)) from None

    def find(self, kind, selector):
        self._permit(kind, "list")
        return self._call(lambda: self.cluster.listed(PLURALS[kind], self.namespace, kube_api.selector({"labelSelector": selector})))

    def get(self, kind, name):
        self._permit(kind, "get")
        return self._call(lambda: self.cluster.get(PLURALS[kind], self.namespace, name))

    def patch(self, kind, name, body, form="merge"):
        self._permit(kind, "patch")
        self._change(lambda: self.cluster.patch(PLURALS[kind], self.namespace, name, body, FORMS[form]))

    def create(self, item):
        self._permit("leases.coordination.k8s.io", "create")
        return self._change(lambda: self.cluster.create(BY_ADDRESS[item["apiVersion"], "leases"], self.namespace, item))

    def replace(self, item):
        self._permit("leases.coordination.k8s.io", "update")
        kind = BY_ADDRESS[item["apiVersion"], "leases"]
        return self._change(lambda: self.cluster.replace(kind, self.namespace, item["metadata"]["name"], item))

    def raw(self, path):
        found = re.fullmatch(rf"/api/v1/namespaces/{self.namespace}/services/http:([^:]+):\d+/proxy(/.*)", path)
        status, body = self.cluster.answer(found[1], found[2])
        if status != 200:
            raise CallFailed(Reason.BUSY, f"the server answers {status}")
        return json.dumps(body)


class StillClock:
    """Time that passes only where it is slept, and what happens at given moments."""

    def __init__(self, moment=1_790_000_000.0):
        self.moment, self.events = moment, []

    def now(self):
        return self.moment

    def sleep(self, seconds):
        end = self.moment + max(seconds, 0.001)
        for event in sorted(self.events, key=lambda event: event[0]):
            if event[0] <= end:
                self.events.remove(event)
                self.moment = event[0]
                event[1]()
        self.moment = end


class Figures:
    """A Prometheus that knows what the pods of each track do: requests a second, shares of errors and of fallbacks, and their latency."""

    BOUNDS = [0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, float("inf")]
    GOOD = {"rate": 20.0, "errors": 0.0, "searches": 2.0, "fallbacks": 0.0, "latency": [0.5, 0.4, 0.095, 0.005, 0, 0, 0, 0, 0]}

    def __init__(self, **tracks):
        self.tracks = {track: dict(self.GOOD) for track in ("stable", "baseline", "canary", "blue", "green")}
        for track, changes in tracks.items():
            self.tracks[track].update(changes)
        # Messages that the canary and the others could not read.
        self.unread = {"canary": 0.0, "others": 0.0}
        self.known, self.away, self.asked, self.spaces = True, False, [], 1.0

    def ask(self, query):
        self.asked.append(query)
        if self.away:
            raise Unmeasured("Prometheus cannot be asked: connection refused")
        if "build_info" in query:
            return {"": self.spaces if "by (namespace)" in query else 3.0} if self.known else {}
        if "dead_letters" in query:
            return {"": self.unread["others" if 'track!="canary"' in query else "canary"]}
        track = self.tracks[re.search(r'track="(\w+)"', query)[1]]
        window = float(re.search(r"\[(\d+)s\]", query)[1])
        if "bucket" in query:
            answer, below = {}, 0.0
            for bound, share in zip(self.BOUNDS, track["latency"]):
                below += share * track["rate"] * window
                answer["+Inf" if bound == float("inf") else str(bound)] = below
            return answer if below else {}
        if "searches" in query:
            return {"": track["searches"] * window * (track["fallbacks"] if "keyword_fallback" in query else 1)}
        failed = 'status="5xx"' in query or 'status="failed"' in query
        return {"": track["rate"] * window * (track["errors"] if failed else 1)}


@functools.cache
def installed(values):
    """A cluster in which Helm has installed the chart with the values of ci/."""
    text = (chart.CHART / f"ci/{values}-values.yaml").read_text(encoding="utf-8")
    with kube_api.Server() as server, tempfile.TemporaryDirectory() as folder:
        helm = chart.Helm(server, folder)
        _, error = helm.call("Install", "demo", str(chart.CHART), values=yaml.safe_load(text), wait=False, timeout=120)
        assert error is None, error
        return server.cluster.objects


class Stage:
    """A release of the chart, what its pods do, and the commands on it."""

    def __init__(self, objects, folder, command, **options):
        self.cluster = Cluster(namespaces=())
        self.cluster.objects, self.cluster.revision = copy.deepcopy(objects), 1_000_000
        self.clock, self.figures = StillClock(), Figures()
        self.state = pathlib.Path(folder) / "state.json"
        self.command, self.options = command, options
        self.lines = []

    def run(self, action, *more, api=None, out=None):
        """The exit code; the lines of the journal are in `lines`."""
        arguments = [action, "--release=demo", "--namespace=demo", "--prometheus=http://p", f"--state={self.state}"]
        arguments += [f"--{key.replace('_', '-')}={value}" for key, value in self.options.items()]
        arguments += more
        out = out or io.StringIO()
        api = api or Direct(self.cluster)
        main = canary_command.main if self.command == "canary" else bluegreen_command.main
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
                return int(main(arguments, World(api, self.figures, self.clock)))
        finally:
            self.lines = [json.loads(line) for line in out.getvalue().splitlines()] if action != "status" else [json.loads(out.getvalue())]
            self.changes = api.changes if isinstance(api, Direct) else 0

    def dies(self, action, *more, before=None, after=None):
        """Runs it with a death at a change; whether it was reached."""
        try:
            self.run(action, *more, api=Direct(self.cluster, before, after))
        except Died:
            return True
        return False

    # ---- what is there

    def deployment(self, name):
        return self.cluster.get(PLURALS["deployments.apps"], "demo", f"demo-portolan-{name}")

    def image(self, name):
        return self.deployment(name)["spec"]["template"]["spec"]["containers"][0]["image"]

    def replicas(self, name):
        return self.deployment(name)["spec"].get("replicas", 1)

    def selected(self, name):
        return self.cluster.get(PLURALS["services"], "demo", f"demo-portolan-{name}")["spec"]["selector"]["portolan/track"]

    def weights(self):
        """The shares of stable, baseline and canary, one after another; equal for both components."""
        found = []
        for _, rules in self.cluster.weights:
            assert [list(rule.values()) for rule in rules] == [list(rules[0].values())] * len(rules)
            found.append(tuple(rules[0].values()))
        return found

    def shares(self):
        """The shares now."""
        route = self.cluster.get(PLURALS["httproutes.gateway.networking.k8s.io"], "demo", "demo-portolan")
        return tuple(ref["weight"] for ref in route["spec"]["rules"][0]["backendRefs"])

    def lease(self):
        return self.cluster.get(PLURALS["leases.coordination.k8s.io"], "demo", "demo-rollout")

    def events(self, *names):
        return [line for line in self.lines if line["event"] in names]

    @property
    def last(self):
        return self.lines[-1]


ROOT = catalog.ROOT
BY_NAME = {kind.kind: kind for kind in KINDS}
# Seconds in place of minutes.
SHORT = ("--holds=2,2,2,2", "--interval=1", "--settle=1", "--min-samples=10", "--drain=1")


def deaths(numbers, *when):
    """Before and after each of the changes, or one of the two: after one is nearly before the next."""
    return [(moment, number) for moment in when or ("before", "after") for number in numbers]
