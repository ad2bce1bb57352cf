"""docs/ingress.md, its nginx settings and the chart say the same."""

from __future__ import annotations

import re

import yaml
from deployment import REPOSITORY, documented_settings

PREFIX = "nginx.ingress.kubernetes.io/"
# Annotation of ingress-nginx: setting of nginx, and how its value is written there.
SETTINGS = {
    "proxy-body-size": ("client_max_body_size", "{}"),
    "proxy-buffering": ("proxy_buffering", "{}"),
    "proxy-http-version": ("proxy_http_version", "{}"),
    "proxy-read-timeout": ("proxy_read_timeout", "{}s"),
    "proxy-send-timeout": ("proxy_send_timeout", "{}s"),
}


def test_the_chart_has_the_documented_settings() -> None:
    values = yaml.safe_load((REPOSITORY / "helm/portolan/values.yaml").read_text())
    annotations = {key.removeprefix(PREFIX): str(value) for key, value in values["ingress"]["annotations"].items()}
    table = re.findall(rf"\| `{re.escape(PREFIX)}([a-z-]+)` \| `\"?([^`\"]+)\"?` \|", (REPOSITORY / "docs/ingress.md").read_text())
    assert annotations == dict(table)
    assert set(annotations) == set(SETTINGS)
    settings = documented_settings()
    for annotation, (setting, form) in SETTINGS.items():
        assert f"{setting} {form.format(annotations[annotation])};" in settings
