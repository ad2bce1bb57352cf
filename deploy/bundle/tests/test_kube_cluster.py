"""What a cluster in memory does by itself: pods, endpoints, rights, slowness, and what it keeps of a rollout."""

import subprocess

import pytest
from test_kube_api import DEPLOYMENTS, MERGE, call, deployment

import kube_api

SERVICES = "/api/v1/namespaces/demo/services"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/demo/endpointslices"
PODS = "/api/v1/namespaces/demo/pods"
ROUTES = "/apis/gateway.networking.k8s.io/v1/namespaces/demo/httproutes"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/demo/leases"


@pytest.fixture
def server():
    with kube_api.Server() as running:
        yield running


def service(name="web", **selector):
    spec = {"selector": selector or {"app": name}, "ports": [{"port": 80}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def ready(server, name="web"):
    """How many endpoints of a Service are ready."""
    items = call(server, "GET", f"{SLICES}?labelSelector=kubernetes.io/service-name%3D{name}")[1]["items"]
    return sum(point["conditions"]["ready"] for item in items for point in item["endpoints"])


def test_endpoints_follow_pods_and_selectors(server):
    call(server, "POST", SERVICES, service())
    assert ready(server) == 0
    call(server, "POST", DEPLOYMENTS, deployment())
    assert ready(server) == 2
    call(server, "PATCH", f"{DEPLOYMENTS}/web", {"spec": {"replicas": 5}}, MERGE)
    assert ready(server) == 5
    call(server, "PATCH", f"{SERVICES}/web", {"spec": {"selector": {"app": "other"}}}, MERGE)
    assert ready(server) == 0
    call(server, "PATCH", f"{SERVICES}/web", {"spec": {"selector": {"app": "web"}}}, MERGE)
    call(server, "DELETE", f"{DEPLOYMENTS}/web")
    assert (ready(server), call(server, "GET", PODS)[1]["items"]) == (0, [])


def test_old_pods_stay_until_new_ones_are_ready(server):
    call(server, "POST", SERVICES, service())
    call(server, "POST", DEPLOYMENTS, deployment())
    broken = {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "app:broken"}]}}}}
    call(server, "PATCH", f"{DEPLOYMENTS}/web", broken, MERGE)
    assert ready(server) == 2
    images = sorted(pod["spec"]["containers"][0]["image"] for pod in call(server, "GET", PODS)[1]["items"])
    assert images == ["app:1", "app:1", "app:broken"]


def test_pods_become_ready_after_some_reads(server):
    call(server, "POST", DEPLOYMENTS, deployment())
    server.cluster.ready_after = 3
    call(server, "PATCH", f"{DEPLOYMENTS}/web", {"spec": {"replicas": 4}}, MERGE)
    seen = [call(server, "GET", f"{DEPLOYMENTS}/web")[1]["status"]["readyReplicas"] for _ in range(3)]
    assert seen == [2, 2, 4]


def test_weights_are_kept_one_after_another_and_patches_must_fit(server):
    rule = {"backendRefs": [{"name": "a", "port": 80, "weight": 100}, {"name": "b", "port": 80, "weight": 0}]}
    route = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "r"}, "spec": {"rules": [rule]}}
    call(server, "POST", ROUTES, route)
    test = {"op": "test", "path": "/spec/rules/0/backendRefs/1/name", "value": "b"}
    weight = {"op": "replace", "path": "/spec/rules/0/backendRefs/1/weight", "value": 5}
    assert call(server, "PATCH", f"{ROUTES}/r", [test, weight], "application/json-patch+json")[0] == 200
    test["value"] = "c"
    status, answer = call(server, "PATCH", f"{ROUTES}/r", [test, weight], "application/json-patch+json")
    assert (status, answer["reason"]) == (422, "Invalid")
    assert server.cluster.weights == [("r", [{"a": 100, "b": 0}]), ("r", [{"a": 100, "b": 5}])]


def test_faults_can_be_for_one_kind_and_more_than_one_call(server):
    server.cluster.faults.append(kube_api.Fault("GET", 503, "ServiceUnavailable", kind="Pod", times=2))
    assert call(server, "GET", DEPLOYMENTS)[0] == 200
    assert [call(server, "GET", PODS)[0] for _ in range(3)] == [503, 503, 200]


@pytest.fixture
def account(server, tmp_path):
    """A kubectl with the rights of a service account that may only read Deployments and make leases."""
    rules = [
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list"]},
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]},
    ]
    base, group = "/apis/rbac.authorization.k8s.io/v1/namespaces/demo", "rbac.authorization.k8s.io"
    role = {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": {"name": "r"}, "rules": rules}
    reference = {"apiGroup": group, "kind": "Role", "name": "r"}
    subjects = [{"kind": "ServiceAccount", "name": "runner", "namespace": "demo"}]
    binding = {"apiVersion": f"{group}/v1", "kind": "RoleBinding", "metadata": {"name": "r"}, "roleRef": reference, "subjects": subjects}
    assert call(server, "POST", f"{base}/roles", role)[0] == 201
    assert call(server, "POST", f"{base}/rolebindings", binding)[0] == 201
    config = tmp_path / "config"
    config.write_text(server.kubeconfig("demo/runner"), encoding="utf-8")

    def run(*arguments, **options):
        command = ["kubectl", f"--kubeconfig={config}", f"--cache-dir={tmp_path}", *arguments]
        return subprocess.run(command, capture_output=True, text=True, **options)

    return run


def test_an_account_may_do_what_its_roles_say_and_no_more(server, account):
    call(server, "POST", DEPLOYMENTS, deployment())
    assert account("get", "deployments.apps", "--output=name").stdout == "deployment.apps/web\n"
    refused = account("patch", "deployments.apps", "web", "--type=merge", '--patch={"spec":{"replicas":3}}')
    assert refused.returncode == 1 and "Forbidden" in refused.stderr and "cannot patch" in refused.stderr
    lease = '{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l"},"spec":{"holderIdentity":"me"}}'
    assert account("create", "--filename=-", input=lease).returncode == 0
    assert account("get", "leases.coordination.k8s.io", "l").returncode == 1
    assert ("demo/runner", "patch", "deployments") in server.cluster.calls


def test_services_are_reached_through_the_proxy_while_they_have_endpoints(server):
    call(server, "POST", SERVICES, service())
    address = f"{SERVICES}/http:web:80/proxy/version"
    assert call(server, "GET", address)[0] == 503
    call(server, "POST", DEPLOYMENTS, deployment())
    assert call(server, "GET", address) == (200, {"status": "ok", "path": "/version"})
