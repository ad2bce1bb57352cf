"""What single values of the chart change, where a schema of Kubernetes cannot know what is right."""

import pytest
from rolling import installed


def rules(values):
    [item] = [item for item in installed(values).values() if item["kind"] == "PrometheusRule"]
    return {rule["alert"]: rule for group in item["spec"]["groups"] for rule in group["rules"] if "alert" in rule}


@pytest.mark.parametrize(("values", "seconds"), [("backup", 6 * 3600), ("production", 3600)])
def test_the_alert_on_old_backups_follows_the_pace_at_which_they_are_taken(values, seconds):
    rule = rules(values)["BackupTooOld"]
    assert rule["expr"].endswith(f"> {seconds}") and f"{seconds // 60} minutes" in rule["annotations"]["summary"]


def test_runbooks_are_where_the_values_say():
    base = "https://git.internal/portolan/blob/main/docs/runbook.md#"
    assert {rule["annotations"]["runbook_url"] for rule in rules("production").values()} == {
        base + name.lower() for name in rules("production")
    }


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
