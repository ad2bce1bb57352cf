"""The documents, done: commands of docs/deployment.md, docs/rollouts.md and the chart's README as they stand, one after another, on the
cluster in memory. kubectl is real; helm is its library; rollouts run in the process on a still clock.
"""

import contextlib
import io
import json
import os
import re
import shlex
import subprocess

import pytest
import yaml
from rolling import BY_NAME, ROOT, Direct, Figures, StillClock

import chart
import kube_api
from rollout import bluegreen_command, canary_command
from rollout.command import World

PROGRAMS = {"deploy/canary": canary_command, "deploy/bluegreen": bluegreen_command}
DEPLOYMENTS = BY_NAME["Deployment"]
# What helm is told that the library is told in another way, or that stays as it is here.
FLAGS, VALUED = {"--wait", "--create-namespace", "--reset-then-reuse-values"}, {"-n", "--namespace", "--timeout", "--set"}


def blocks(document, heading):
    """The commands of the shell blocks below a heading of a document, line by line."""
    text = (ROOT / document).read_text(encoding="utf-8")
    section = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.S | re.M)[1]
    for block in re.findall(r"^```sh\n(.*?)^```", section, re.S | re.M):
        yield from (line for line in block.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#"))


def told(values, setting):
    """Values with one of --set put over them, as Helm reads it."""
    path, _, value = setting.partition("=")
    own = yaml.safe_load(value.replace("REGISTRY", "registry.internal"))
    for key in reversed(path.split(".")):
        own = {key: own}
    return chart.combined(values, own)


class Place:
    """A namespace `portolan`, and whoever types what documents say."""

    def __init__(self, server, folder, outside=()):
        self.server, self.cluster, self.folder = server, server.cluster, folder
        self.figures, self.clock, self.revisions = Figures(), StillClock(), []
        self.config = folder / "config"
        self.config.write_text(server.kubeconfig(), encoding="utf-8")
        self.helm_library = chart.Helm(server, folder, "portolan", outside)

    def type(self, line):
        """Does one line; gives what a rollout said last."""
        words = shlex.split(line, comments=True)
        if words[0] == "helm":
            return self.helm(words[1], words[2], words[3:])
        if words[0] in PROGRAMS:
            return self.rollout(words[0], words[1:])
        assert words[0] == "kubectl", line
        environment = {**os.environ, "KUBECONFIG": str(self.config), "HOME": str(self.folder)}
        result = subprocess.run(["bash", "-euc", line], env=environment, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
        return None

    def helm(self, action, release, rest):
        assert release == "portolan"
        chart_given = rest.pop(0) if action in ("install", "upgrade") else None
        assert chart_given in (None, "helm/portolan")
        settings, waits = [], "--wait" in rest
        while rest:
            option = rest.pop(0)
            assert option in FLAGS | VALUED, option
            if option in VALUED:
                value = rest.pop(0)
                settings += [value] if option == "--set" else []
                assert option not in ("-n", "--namespace") or value == "portolan"
        if action == "test":
            _, error = self.helm_library.call("Test", "portolan")
        else:
            # The library cannot roll back: the values of the revision before do what `helm rollback` does.
            values = self.revisions[-2] if action == "rollback" else self.revisions[-1] if action == "upgrade" else {}
            for setting in settings:
                values = told(values, setting)
            call = "Install" if action == "install" else "Upgrade"
            _, error = self.helm_library.call(call, "portolan", str(chart.CHART), values=values, wait=waits, timeout=120)
            self.revisions.append(values)
        assert error is None, error

    def rollout(self, program, words):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = PROGRAMS[program].main(words, World(Direct(self.cluster, namespace="portolan"), self.figures, self.clock))
        text = out.getvalue()
        return int(code), json.loads(text if words[0] == "status" else text.splitlines()[-1])

    def begin(self, values, **over):
        """A release that is there already, of one of the examples; without the migration, which others try and which takes its time."""
        given = chart.combined(yaml.safe_load((chart.CHART / f"ci/{values}-values.yaml").read_text(encoding="utf-8")), over)
        given = chart.combined(given, {"migration": {"enabled": False}})
        _, error = self.helm_library.call("Install", "portolan", str(chart.CHART), values=given, wait=False, timeout=120)
        assert error is None, error
        self.revisions.append(given)

    def deployment(self, name):
        return self.cluster.get(DEPLOYMENTS, "portolan", f"portolan-{name}")

    def images(self, *names):
        return {self.deployment(name)["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2] for name in names}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with kube_api.Server() as server:
        yield lambda outside=(): Place(server, tmp_path, outside)


def test_the_guide_leads_to_a_release_and_back(place):
    found = place()
    lines = list(blocks("docs/deployment.md", "In a cluster"))
    assert [line.split()[0] for line in lines] == ["kubectl", "kubectl", "helm", "helm"]
    for line in lines:
        found.type(line)
    secret = found.cluster.get(BY_NAME["Secret"], "portolan", "portolan")
    assert set(secret["data"]) == {"database-url", "migration-url", "redis-url", "token"}
    assert found.images("api", "mcp", "worker", "scheduler") == {"0.1.0"}
    text = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    found.type("helm upgrade portolan helm/portolan -n portolan --reset-then-reuse-values --set image.tag=0.2.0 --wait")
    assert found.images("api", "mcp", "worker", "scheduler") == {"0.2.0"}
    found.type(re.search(r"`(helm rollback portolan -n portolan --wait)`", text)[1])
    assert found.images("api", "mcp", "worker", "scheduler") == {"0.1.0"}


def test_the_readme_of_the_chart_leads_to_a_release(place):
    found = place([("Secret", "portolan")])
    for line in blocks("helm/portolan/README.md", "portolan"):
        found.type(line)
    assert found.images("api", "mcp", "worker", "scheduler") == {"0.1.0"}


def test_the_canary_of_the_guide_is_promoted_and_recorded(place):
    found = place([("Secret", "portolan")])
    found.begin("canary", rollout={"canary": {"tag": ""}})
    lines = list(blocks("docs/rollouts.md", "A canary"))
    assert [line.split()[0] for line in lines] == ["helm", "deploy/canary", "deploy/canary", "helm"]
    found.type(lines[0])
    assert found.type("deploy/canary run -n portolan --prometheus http://prometheus:9090 --dry-run")[0] == 0
    for line in lines[1:3]:
        code, last = found.type(line)
        assert (code, last["outcome"]) == (0, "done"), last
    assert found.images("api", "mcp", "worker", "scheduler") == {"0.2.0"}
    before = {name: found.deployment(name)["metadata"]["generation"] for name in ("api", "mcp", "worker", "scheduler")}
    # As the guide says: no pod is replaced.
    found.type(lines[3])
    assert before == {name: found.deployment(name)["metadata"]["generation"] for name in before}
    assert found.type("deploy/canary status -n portolan")[1]["shares"] == {"stable": 100, "baseline": 0, "canary": 0}


def test_the_colors_of_the_guide_are_switched_back_and_retired(place):
    found = place([("Secret", "portolan")])
    found.begin("bluegreen", rollout={"blueGreen": {"green": {"tag": "0.1.0"}}}, migration={"tag": "0.1.0"})
    lines = list(blocks("docs/rollouts.md", "Blue and green"))
    assert [line.split()[0] for line in lines] == ["helm", "deploy/bluegreen", "helm", "deploy/bluegreen"]
    found.type(lines[0])
    code, last = found.type(lines[1])
    assert (code, last["outcome"]) == (0, "done"), last
    assert found.type("deploy/bluegreen back -n portolan")[0] == found.type("deploy/bluegreen back -n portolan")[0] == 0
    for line in lines[2:]:
        found.type(line)
    status = found.type("deploy/bluegreen status -n portolan")[1]
    assert status["active"] == "green" and status["pods"]["api/blue"]["replicas"] == 0
    assert found.images("api-green", "mcp-green", "worker", "scheduler") == {"0.2.0"}
