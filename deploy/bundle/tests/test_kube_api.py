import json
import threading
import urllib.error
import urllib.request

import pytest
import yaml

import kube_api

POD = {"containers": [{"name": "main", "image": "app:1"}]}


def deployment(name="web", image="app:1", **pod):
    labels = {"app": name}
    spec = {"containers": [{"name": "main", "image": image}], **pod}
    template = {"metadata": {"labels": labels}, "spec": spec}
    metadata = {"name": name, "labels": labels}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": template},
    }


@pytest.fixture
def server():
    with kube_api.Server() as running:
        yield running


def call(server, method, path, body=None, content_type="application/json"):
    """Status and body of an answer."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(server.address + path, data, {"Content-Type": content_type}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, json.loads(reply.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


DEPLOYMENTS = "/apis/apps/v1/namespaces/demo/deployments"
MERGE, STRATEGIC = "application/merge-patch+json", "application/strategic-merge-patch+json"


def test_discovery_names_groups_and_kinds(server):
    assert call(server, "GET", "/version")[1]["minor"] == "37"
    assert "apps" in {group["name"] for group in call(server, "GET", "/apis")[1]["groups"]}
    resources = call(server, "GET", "/apis/apps/v1")[1]["resources"]
    assert {"deployments", "deployments/scale"} <= {resource["name"] for resource in resources}
    assert call(server, "GET", "/apis/nothing/v1")[0] == 404


def test_objects_are_made_read_listed_and_removed(server):
    status, made = call(server, "POST", DEPLOYMENTS, deployment())
    assert (status, made["metadata"]["namespace"], made["metadata"]["generation"]) == (201, "demo", 1)
    assert call(server, "POST", DEPLOYMENTS, deployment())[1]["reason"] == "AlreadyExists"
    assert call(server, "GET", f"{DEPLOYMENTS}/web")[1]["spec"] == made["spec"]
    assert len(call(server, "GET", f"{DEPLOYMENTS}?labelSelector=app%3Dweb")[1]["items"]) == 1
    assert call(server, "GET", f"{DEPLOYMENTS}?labelSelector=app%21%3Dweb")[1]["items"] == []
    assert call(server, "DELETE", f"{DEPLOYMENTS}/web")[0] == 200
    assert call(server, "GET", f"{DEPLOYMENTS}/web")[0] == 404
    assert [entry[:2] for entry in server.cluster.log[2:]] == [("write", "Deployment"), ("delete", "Deployment")]


def test_what_kubernetes_would_refuse_is_refused(server):
    wrong = deployment()
    wrong["spec"]["replica"] = 3
    status, answer = call(server, "POST", DEPLOYMENTS, wrong)
    assert status == 422 and "replica" in answer["message"]


def test_patches_keep_the_rest_and_count_generations(server):
    call(server, "POST", DEPLOYMENTS, deployment())
    body = {"spec": {"template": {"spec": {"$setElementOrder/containers": [], "containers": [{"name": "main", "image": "app:2"}]}}}}
    patched = call(server, "PATCH", f"{DEPLOYMENTS}/web", body, STRATEGIC)[1]
    assert patched["spec"]["template"]["spec"]["containers"] == [{"name": "main", "image": "app:2"}]
    assert (patched["metadata"]["generation"], patched["spec"]["replicas"]) == (2, 2)
    patched = call(server, "PATCH", f"{DEPLOYMENTS}/web", {"metadata": {"annotations": {"a": "b"}}}, MERGE)[1]
    assert patched["metadata"]["generation"] == 2
    operations = [{"op": "replace", "path": "/spec/replicas", "value": 5}]
    assert call(server, "PATCH", f"{DEPLOYMENTS}/web", operations, "application/json-patch+json")[1]["spec"]["replicas"] == 5


def test_a_dry_run_changes_nothing(server):
    assert call(server, "POST", f"{DEPLOYMENTS}?dryRun=All", deployment())[0] == 201
    assert call(server, "GET", f"{DEPLOYMENTS}/web")[0] == 404


def test_an_old_version_is_not_written_over_a_new_one(server):
    old = call(server, "POST", DEPLOYMENTS, deployment())[1]
    assert call(server, "PUT", f"{DEPLOYMENTS}/web", old)[0] == 200
    assert call(server, "PUT", f"{DEPLOYMENTS}/web", old)[1]["reason"] == "Conflict"


@pytest.mark.parametrize(
    ("item", "ready"),
    [
        (deployment(), True),
        (deployment(image="app:broken"), False),
        (deployment(serviceAccountName="nobody"), False),
        (deployment(volumes=[{"name": "v", "secret": {"secretName": "none"}}]), False),
    ],
)
def test_a_deployment_is_ready_when_its_image_works_and_what_it_needs_is_there(server, item, ready):
    status = call(server, "POST", DEPLOYMENTS, item)[1]["status"]
    assert ("unavailableReplicas" not in status) == ready


def test_a_job_fails_when_its_secret_comes_later(server):
    volumes = [{"name": "v", "secret": {"secretName": "late"}}]
    spec = {"template": {"spec": {**POD, "restartPolicy": "Never", "volumes": volumes}}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": spec}
    assert call(server, "POST", "/apis/batch/v1/namespaces/demo/jobs", job)[1]["status"]["failed"] == 1
    call(server, "POST", "/api/v1/namespaces/demo/secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "late"}})
    job["metadata"]["name"] = "k"
    assert call(server, "POST", "/apis/batch/v1/namespaces/demo/jobs", job)[1]["status"]["succeeded"] == 1


def test_a_fault_is_answered_once(server):
    server.cluster.faults.append(kube_api.Fault("POST", 429, "TooManyRequests"))
    assert call(server, "GET", DEPLOYMENTS)[0] == 200
    assert call(server, "POST", DEPLOYMENTS, deployment())[0] == 429
    assert call(server, "POST", DEPLOYMENTS, deployment())[0] == 201


def test_a_watch_tells_what_is_there_then_what_changes(server):
    call(server, "POST", DEPLOYMENTS, deployment())
    lines = []
    with urllib.request.urlopen(f"{server.address}{DEPLOYMENTS}?watch=true&sendInitialEvents=true", timeout=60) as reply:
        lines.append(json.loads(reply.readline()))
        lines.append(json.loads(reply.readline()))
        thread = threading.Thread(target=call, args=(server, "DELETE", f"{DEPLOYMENTS}/web"))
        thread.start()
        lines.append(json.loads(reply.readline()))
        thread.join()
    assert [line["type"] for line in lines] == ["ADDED", "BOOKMARK", "DELETED"]
    assert lines[1]["object"]["kind"] == "Deployment"


def test_the_kubeconfig_leads_to_it(server):
    assert yaml.safe_load(server.kubeconfig())["clusters"][0]["cluster"]["server"] == server.address
