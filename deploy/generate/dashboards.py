#!/usr/bin/env python3
"""Writes dashboards/*.json for Grafana 11 or newer from dashboards.yaml: `dashboards.py FOLDER`, from the root of the repository.

The output is committed. `make bundle` proves that it is current, that each query names what there is, and that each panel shows data.
"""

import json
import pathlib
import sys

import yaml

MATCHERS = 'job=~"$job",instance=~"$instance"'
SOURCE = pathlib.Path(__file__).with_suffix(".yaml")
WIDTH = 24


def variable(name, label, query):
    return {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "query": query,
        "refresh": 2,
        "includeAll": True,
        "allValue": ".+",
        "multi": True,
        "sort": 1,
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
    }


def complete(panel):
    """A panel of the YAML file with everything that it leaves to the defaults."""
    small = panel.get("kind") == "stat"
    queries = {"": panel["query"]} if "query" in panel else panel["queries"]
    defaults = {"kind": "timeseries", "width": 4 if small else 8, "height": 4 if small else 8, "stack": False, "thresholds": []}
    return {**defaults, **panel, "queries": queries}


def rendered(spec, identifier, x, y):
    """A panel as Grafana stores it."""
    colors = [{"value": value, "color": color} for value, color in spec["thresholds"]] or [{"value": None, "color": "green"}]
    defaults = {"unit": spec["unit"], "thresholds": {"mode": "absolute", "steps": colors}}
    options = {}
    if spec["kind"] == "timeseries":
        shown = {"thresholdsStyle": {"mode": "line"}} if len(spec["thresholds"]) > 1 else {}
        stacked = {"stacking": {"mode": "normal", "group": "A"}, "fillOpacity": 20} if spec["stack"] else {"fillOpacity": 5}
        defaults["custom"] = {"lineWidth": 1, "showPoints": "never", **stacked, **shown}
        defaults["min"] = 0
        options = {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }
    elif spec["kind"] == "stat":
        options = {"colorMode": "value", "graphMode": "area", "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
    elif spec["kind"] == "heatmap":
        options = {"calculate": False, "yAxis": {"unit": "s"}, "cellGap": 1, "color": {"mode": "scheme", "scheme": "Oranges", "steps": 64}}
    return {
        "id": identifier,
        "type": spec["kind"],
        "title": spec["title"],
        "description": spec["description"],
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "gridPos": {"x": x, "y": y, "w": spec["width"], "h": spec["height"]},
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": options,
        "targets": [
            {
                "datasource": {"type": "prometheus", "uid": "${datasource}"},
                "refId": chr(ord("A") + number),
                "expr": expression.replace("@", MATCHERS),
                "legendFormat": legend,
                "format": "heatmap" if spec["kind"] == "heatmap" else "time_series",
                "range": True,
                "instant": False,
            }
            for number, (legend, expression) in enumerate(spec["queries"].items())
        ],
    }


def dashboard(name, spec):
    panels, y = [], 0
    for row in spec["rows"]:
        panels.append(
            {
                "id": len(panels) + 1,
                "type": "row",
                "title": row["title"],
                "collapsed": False,
                "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1},
                "panels": [],
            }
        )
        y, x, tallest = y + 1, 0, 0
        for panel in map(complete, row["panels"]):
            if x + panel["width"] > WIDTH:
                x, y, tallest = 0, y + tallest, 0
            panels.append(rendered(panel, len(panels) + 1, x, y))
            x, tallest = x + panel["width"], max(tallest, panel["height"])
        y += tallest
    return {
        "uid": f"portolan-{name}",
        "title": spec["title"],
        "description": spec["description"],
        "tags": ["portolan"],
        "schemaVersion": 39,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "links": [
            {
                "type": "dashboards",
                "title": "Portolan",
                "tags": ["portolan"],
                "asDropdown": True,
                "includeVars": True,
                "keepTime": True,
                "icon": "external link",
                "tooltip": "",
                "url": "",
                "targetBlank": False,
            }
        ],
        "annotations": {"list": []},
        "templating": {
            "list": [
                {
                    "type": "datasource",
                    "name": "datasource",
                    "label": "Data source",
                    "query": "prometheus",
                    "refresh": 1,
                    "regex": "",
                    "includeAll": False,
                    "multi": False,
                    "current": {"selected": False, "text": "default", "value": "default"},
                },
                variable("job", "Component", "label_values(portolan_build_info, job)"),
                variable("instance", "Instance", 'label_values(portolan_build_info{job=~"$job"}, instance)'),
            ]
        },
        "panels": panels,
    }


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "dashboards")
    for name, spec in yaml.safe_load(SOURCE.read_text(encoding="utf-8")).items():
        (folder / f"{name}.json").write_text(json.dumps(dashboard(name, spec), indent=2) + "\n", encoding="utf-8")
