import copy
import pathlib

import pytest
import yaml

import chart
import manifests

SETTINGS = {"BIND": False, "PORT": False, "TOKEN": True, "DATABASE_URL": True}
DEPLOYMENT = yaml.safe_load("""
apiVersion: apps/v1
kind: Deployment
metadata: {name: p-api, labels: {app: api}}
spec:
  replicas: 2
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: 35
      securityContext: {runAsNonRoot: true, runAsUser: 10001, seccompProfile: {type: RuntimeDefault}}
      topologySpreadConstraints:
        - {maxSkew: 1, topologyKey: a, whenUnsatisfiable: ScheduleAnyway}
        - {maxSkew: 1, topologyKey: b, whenUnsatisfiable: ScheduleAnyway}
      containers:
        - name: api
          image: portolan:1
          securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
          envFrom: [{configMapRef: {name: p-settings}}]
          env: [{name: PORTOLAN_TOKEN_FILE, value: /secrets/token}]
          ports: [{name: http, containerPort: 8080}, {name: admin, containerPort: 9464}]
          lifecycle: {preStop: {sleep: {seconds: 5}}}
          resources: {requests: {cpu: 1}, limits: {memory: 1Gi}}
          startupProbe: {httpGet: {path: /startupz, port: admin}, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 24}
          livenessProbe:
            {httpGet: {path: /livez, port: admin}, initialDelaySeconds: 30, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3}
          readinessProbe:
            {httpGet: {path: /readyz, port: admin}, initialDelaySeconds: 10, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 2}
          volumeMounts: [{name: secrets, mountPath: /secrets}]
      volumes: [{name: secrets, secret: {secretName: outside, items: [{key: token, path: token}]}}]
""")
OTHERS = list(
    yaml.safe_load_all("""
apiVersion: v1
kind: ConfigMap
metadata: {name: p-settings}
data: {PORTOLAN_BIND: 0.0.0.0}
---
apiVersion: v1
kind: Service
metadata: {name: p-api, labels: {app: api}}
spec: {selector: {app: api}, ports: [{port: 8080, targetPort: http}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: p-api}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: api}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: p}
spec:
  parentRefs: [{name: g}]
  rules: [{matches: [{path: {type: PathPrefix, value: /}}], timeouts: {request: 0s}, backendRefs: [{name: p-api, port: 8080}]}]
""")
)


def check(change=lambda items: None):
    items = copy.deepcopy([DEPLOYMENT, *OTHERS])
    change({f"{item['kind']}": item for item in items})
    return list(manifests.check(items, SETTINGS, [("Secret", "outside")]))


def container(items):
    return items["Deployment"]["spec"]["template"]["spec"]["containers"][0]


def test_good_manifests_have_no_problems():
    assert check() == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda items: items["Deployment"]["spec"].update(replica=1), "Additional properties are not allowed"),
        (lambda items: items["PodDisruptionBudget"].update(apiVersion="policy/v1beta1"), "policy/v1beta1 is unknown"),
        (lambda items: items["HTTPRoute"]["spec"]["rules"][0].update(timeout="1s"), "HTTPRoute p: "),
        (lambda items: container(items)["securityContext"].update(readOnlyRootFilesystem=False), "more rights than it needs"),
        (lambda items: items["Deployment"]["spec"]["template"]["spec"].pop("automountServiceAccountToken"), "has a token of the cluster"),
        (lambda items: container(items).update(image="portolan:latest"), "runs portolan:latest"),
        (lambda items: container(items).update(image="portolan"), "runs portolan"),
        (lambda items: items["Service"]["metadata"].update(name="1-api"), "a Service cannot be called so"),
        (lambda items: items["Deployment"]["metadata"].update(name="p" * 64), "a Deployment cannot be called so"),
        (lambda items: items["Deployment"]["metadata"]["labels"].update(version="v" * 64), "is no label"),
        (lambda items: items["Deployment"]["spec"]["template"]["metadata"]["labels"].update(version="1.0-"), "version=1.0- is no label"),
        (lambda items: items["Deployment"]["spec"]["template"]["spec"]["volumes"][0]["secret"].update(items=[]), "mounts the whole Secret"),
        (lambda items: container(items)["resources"].pop("limits"), "no limit on memory"),
        (lambda items: items["ConfigMap"]["data"].update(PORTOLAN_BINT="x"), "PORTOLAN_BINT is no setting"),
        (lambda items: items["ConfigMap"]["data"].update(PORTOLAN_TOKEN="x"), "is a secret and not a file"),
        (lambda items: items["ConfigMap"]["data"].update(PORTOLAN_TOKEN_FILE="x"), "is set twice"),
        (lambda items: container(items)["env"][0].update(value="/elsewhere/token"), "/elsewhere/token is not mounted"),
        (lambda items: container(items)["readinessProbe"].update(periodSeconds=60), "readinessProbe is"),
        (lambda items: items["Deployment"]["spec"].pop("replicas"), "replicas from two places or from none"),
        (lambda items: items["Deployment"]["spec"].update(replicas=1), "stops nodes from being emptied"),
        (lambda items: container(items).pop("lifecycle"), "no time to drain"),
        (lambda items: items["Service"]["spec"].update(selector={"app": "web"}), "Service p-api selects 0 deployments"),
        (lambda items: items["Service"]["spec"]["ports"][0].update(targetPort="web"), "leads to the port web"),
        (lambda items: items["HTTPRoute"]["spec"]["rules"][0]["backendRefs"][0].update(name="x"), "leads to the service x"),
        (lambda items: items["Deployment"]["spec"]["template"]["spec"].update(serviceAccountName="x"), "needs ServiceAccount x"),
    ],
)
def test_what_is_wrong_is_named(change, problem):
    assert any(problem in found for found in check(change))


def workload(**labels):
    item = copy.deepcopy(DEPLOYMENT)
    item["metadata"] = {"name": f"p-{labels['component']}", "labels": {"app.kubernetes.io/component": labels["component"]}}
    return item


def test_archives_are_seen_by_who_repairs_them():
    items = [workload(component=name) for name in ("worker", "scheduler")]
    assert list(manifests.stored(items)) == []
    items[0]["spec"]["template"]["spec"]["volumes"].append({"name": "storage", "persistentVolumeClaim": {"claimName": "archives"}})
    container({"Deployment": items[0]})["volumeMounts"].append({"name": "storage", "mountPath": "/var/lib/portolan/storage"})
    [problem] = manifests.stored(items)
    assert "'worker': 'archives', 'scheduler': None" in problem


def test_the_log_has_one_reader():
    backup = workload(component="backup")
    assert "p-backup may have two pods" in next(manifests.rolled([backup]))
    backup["spec"] |= {"replicas": 1, "strategy": {"type": "Recreate"}}
    assert list(manifests.rolled([backup])) == list(manifests.probed(backup)) == []


def test_a_deployment_has_one_autoscaler():
    spec = {"scaleTargetRef": {"name": "p-api"}}
    scalers = [{"kind": kind, "metadata": {"name": "p-api"}, "spec": spec} for kind in ("HorizontalPodAutoscaler", "ScaledObject")]
    assert "Deployment p-api has two autoscalers" in list(manifests.rolled(scalers))


def test_a_job_by_schedule_is_held_to_the_same_rules():
    template = copy.deepcopy(DEPLOYMENT["spec"]["template"])
    template["spec"]["containers"][0]["image"] = "portolan:latest"
    spec = {"schedule": "0 4 * * *", "jobTemplate": {"spec": {"template": template}}}
    item = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "p"}, "spec": spec}
    assert "CronJob p: api runs portolan:latest" in list(manifests.secure(item))


def test_a_key_that_comes_twice_is_a_mistake():
    assert chart.documents("a: {b: 1}\n---\n") == [{"a": {"b": 1}}]
    with pytest.raises(yaml.YAMLError, match="a key comes twice"):
        chart.documents("a:\n  b: 1\n  b: 2\n")


def test_what_is_scaled_by_must_be_measured():
    metadata = {"serverAddress": "http://p", "query": "max(portolan_backlog)", "threshold": "3"}
    spec = {"scaleTargetRef": {"name": "p-worker"}, "triggers": [{"type": "prometheus", "metadata": metadata}]}
    scaled = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "p"}, "spec": spec}
    assert list(manifests.valid(scaled)) == []
    assert list(manifests.check([scaled], SETTINGS, [])) == ["ScaledObject p: portolan_backlog is not in the catalog"]


def test_the_environment_of_a_pod_is_that_of_image_settings_and_files(tmp_path):
    data = {"p-settings": {"PORTOLAN_BIND": "0.0.0.0"}}
    found = chart.environment(DEPLOYMENT, data, tmp_path, pathlib.Path("/tools"))
    assert found["PORTOLAN_BIND"] == "0.0.0.0" and found["PORTOLAN_MODEL_DIR"] == "/tools/model"
    assert pathlib.Path(found["PORTOLAN_TOKEN_FILE"]).read_text(encoding="utf-8") == chart.SECRETS["TOKEN"]


def test_the_migration_must_run_first():
    job, deployment = ("write", "Job", "m"), ("write", "Deployment", "d")
    assert list(chart.order([job, deployment])) == []
    assert len(list(chart.order([deployment, job]))) == 1
    assert len(list(chart.order([deployment]))) == 1


def test_values_are_put_over_each_other_as_helm_does():
    assert chart.combined({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": 3}, "d": []}) == {"a": {"b": 3, "c": 2}, "d": []}


def test_settings_are_read_with_what_is_secret():
    found = chart.generator()["settings"](chart.SETTINGS.read_text(encoding="utf-8"))
    assert found["TOKEN"] and found["DATABASE_URL"] and not found["LOG_LEVEL"]
    assert chart.generator()["settings"]('SettingKey(\n  "A", "(x) y", isSecret: true),\nSettingKey("B", "z")') == {"A": True, "B": False}


def test_a_secret_that_the_chart_cannot_give_is_named():
    variable = chart.generator()["secret_variable"]
    assert [variable(name) for name in ("token", "databaseUrl", "s3AccessKey")] == ["TOKEN", "DATABASE_URL", "S3_ACCESS_KEY"]
    values = {"secrets": {"keys": {"token": "", "migrationUrl": ""}, "values": {"token": "", "bind": ""}}}
    found = list(chart.secrets({"TOKEN": True, "NEW_KEY": True, "BIND": False}, values, variable))
    assert len(found) == 3 and "NEW_KEY" in found[0] and "BIND, which is no secret" in found[2]


def test_comments_belong_to_the_key_below():
    text = "# Top\na:\n  # Inner,\n  # twice\n  b: 1\n\n  # Lost\n\n  c: 2\n"
    assert chart.generator()["comments"](text) == {"a": "Top", "a.b": "Inner, twice", "a.c": ""}
