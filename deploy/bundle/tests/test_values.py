"""What single values of the chart change, where a schema of Kubernetes cannot know what is right."""

import pytest
from rolling import BY_NAME, installed

import chart
import kube_api
import manifests


def rules(values):
    [item] = [item for item in installed(values).values() if item["kind"] == "PrometheusRule"]
    return {rule["alert"]: rule for group in item["spec"]["groups"] for rule in group["rules"] if "alert" in rule}


def test_runbooks_are_where_the_values_say():
    base = "https://git.internal/portolan/blob/main/docs/runbook.md#"
    assert {rule["annotations"]["runbook_url"] for rule in rules("production").values()} == {
        base + name.lower() for name in rules("production")
    }


def test_every_pod_has_the_priority_that_is_asked_for():
    specs = [manifests.pod(item) for item in installed("production").values() if item["kind"] in ("Deployment", "Job", "CronJob")]
    assert specs and {spec.get("priorityClassName") for spec in specs} == {"production"}


def test_the_scheduler_knows_the_pace_at_which_backups_are_taken():
    # Its figure is what the alert on old backups waits for.
    [settings] = [
        item for item in installed("backup").values() if item["kind"] == "ConfigMap" and "PORTOLAN_BACKUP_BASE_MINUTES" in item["data"]
    ]
    assert settings["data"]["PORTOLAN_BACKUP_BASE_MINUTES"] == "360"
    [scheduler] = [
        item
        for item in installed("backup").values()
        if item["kind"] == "Deployment" and item["metadata"]["labels"]["app.kubernetes.io/component"] == "scheduler"
    ]
    [container] = scheduler["spec"]["template"]["spec"]["containers"]
    assert {"configMapRef": {"name": settings["metadata"]["name"]}} in container["envFrom"]


def test_no_role_sees_what_is_for_backups_and_migrations_only():
    for item in installed("backup").values():
        if item["kind"] != "Deployment":
            continue
        spec = item["spec"]["template"]["spec"]
        seen = {entry["path"] for volume in spec["volumes"] for entry in volume.get("secret", {}).get("items", [])}
        own = item["metadata"]["labels"]["app.kubernetes.io/component"]
        only = {"backup-key", "backup-database-url"}
        assert seen & only == (only if own == "backup" else set()) and "migration-url" not in seen
        assert ("database-url" in seen) == (own != "backup") and ("token" in seen) == (own != "backup")


def replicas(release, name):
    """What the manifests of a release say of a Deployment: its number of pods, or None."""
    [found] = [item for item in chart.rendered(release) if (item["kind"], item["metadata"]["name"]) == ("Deployment", name)]
    return found["spec"].get("replicas")


def test_autoscaling_that_is_turned_on_takes_no_pods_away(tmp_path):
    scaled = chart.combined(chart.EXISTING, {"api": {"autoscaling": {"enabled": True}}, "migration": {"enabled": False}})
    with kube_api.Server() as server:
        helm, name = chart.Helm(server, tmp_path), "demo-portolan-api"
        fixed = chart.combined(scaled, {"api": {"replicas": 6, "autoscaling": {"enabled": False}}})
        release, error = helm.call("Install", "demo", str(chart.CHART), values=fixed, wait=False, timeout=120)
        assert error is None and replicas(release, name) == 6
        # A field that is in one manifest and not in the next is taken away, and Kubernetes puts 1 in its place.
        release, error = helm.call("Upgrade", "demo", str(chart.CHART), values=scaled, wait=False, timeout=120)
        assert error is None and replicas(release, name) == 6
        server.cluster.patch(BY_NAME["Deployment"], "demo", name, {"spec": {"replicas": 9}}, "application/merge-patch+json")
        release, error = helm.call("Upgrade", "demo", str(chart.CHART), values=scaled, wait=False, timeout=120)
        assert error is None and replicas(release, name) == 9
    with kube_api.Server() as server:
        helm = chart.Helm(server, tmp_path)
        for action in ("Install", "Upgrade"):
            release, error = helm.call(action, "demo", str(chart.CHART), values=scaled, wait=False, timeout=120)
            assert error is None and replicas(release, name) is None


def test_an_upgrade_in_the_middle_of_a_rollout_leaves_the_autoscaler_held(tmp_path):
    values = chart.combined(chart.EXISTING, {"api": {"autoscaling": {"enabled": True}}, "migration": {"enabled": False}})
    with kube_api.Server() as server:
        helm, kind, name = chart.Helm(server, tmp_path), BY_NAME["HorizontalPodAutoscaler"], "demo-portolan-api"
        assert helm.call("Install", "demo", str(chart.CHART), values=values, wait=False, timeout=120)[1] is None
        for annotation, minimum, wanted in (("2", 7, 7), (None, 7, 2)):
            body = {"metadata": {"annotations": {"portolan/before-rollout": annotation}}, "spec": {"minReplicas": minimum}}
            server.cluster.patch(kind, "demo", name, body, "application/merge-patch+json")
            assert helm.call("Upgrade", "demo", str(chart.CHART), values=values, wait=False, timeout=120)[1] is None
            assert server.cluster.get(kind, "demo", name)["spec"]["minReplicas"] == wanted


@pytest.mark.parametrize("release", ["r" * 53, "portolan-" + "x" * 44, "a"])
def test_a_release_may_have_a_name_of_any_length(tmp_path, release):
    with kube_api.Server() as server:
        values = chart.combined(
            chart.EXISTING, {"backup": {"enabled": True, "existingClaim": "backups"}, "rollout": {"strategy": "canary"}}
        )
        found, error = chart.Helm(server, tmp_path).call("Install", release, str(chart.CHART), values=values, wait=False, timeout=120)
        assert error is None
        assert [problem for item in chart.rendered(found) for problem in manifests.called(item)] == []


def test_a_second_ingress_is_made_only_for_a_controller_that_reads_its_weight(tmp_path):
    with kube_api.Server() as server:
        values = {"ingress": {"enabled": True, "hosts": ["docs.internal"], "className": "traefik"}, "rollout": {"strategy": "canary"}}
        found, error = chart.Helm(server, tmp_path).call(
            "Install", "demo", str(chart.CHART), values=chart.combined(chart.EXISTING, values), wait=False, timeout=120
        )
        assert error is None
        assert [item["metadata"]["name"] for item in chart.rendered(found) if item["kind"] == "Ingress"] == ["demo-portolan"]
