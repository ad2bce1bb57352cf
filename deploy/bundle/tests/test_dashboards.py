import copy
import json
import pathlib
import tempfile

import pytest

import alerts
import catalog
import dashboards

BOARD = json.loads((dashboards.FOLDER / "gates.json").read_text(encoding="utf-8"))
RULES = alerts.rules()
SAMPLES = catalog.by_sample(catalog.load())


def changed(change):
    board = copy.deepcopy(BOARD)
    change(board, next(panel for panel in board["panels"] if panel["title"] == "Pass rate"))
    return [*dashboards.shape(board), *dashboards.lint(board), *dashboards.names(board, SAMPLES, {"portolan:gate_errors:increase5m"})]


def expression(text):
    return lambda _, panel: panel["targets"][0].update(expr=text)


def test_a_dashboard_as_it_is_has_no_problems():
    assert changed(lambda board, panel: None) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda board, panel: panel["fieldConfig"]["defaults"].update(unitt="s"), "unitt is unknown to Grafana"),
        (lambda board, panel: panel.update(bogus=1), "bogus is unknown to Grafana"),
        (lambda board, panel: board.update(editable=True), "it is editable"),
        (lambda board, panel: panel.update(description=""), "lacks title, description or unit"),
        (lambda board, panel: panel.update(datasource={"type": "prometheus", "uid": "fixed"}), "has a data source of its own"),
        (lambda board, panel: panel["gridPos"].update(x=0), "lies over"),
        (lambda board, panel: board["templating"]["list"][1].update(refresh=1), "is not read again"),
        (expression("rate(portolan_gate_invocations_total[5m])"), "a range that is not $__rate_interval"),
        (expression('portolan_gate_invocations_total{job=~"$job",instance=~"$instance"}'), "without rate or increase"),
        (expression("rate(portolan_gate_invocations_total[$__rate_interval])"), "without the matchers"),
        (expression('portolan:gate_errors:increase5m{slo="none"}'), "there is no objective none"),
        (expression('portolan_gates{job=~"$job",instance=~"$instance"}'), "is not in the catalog"),
    ],
)
def test_what_is_wrong_is_named(change, problem):
    assert any(problem in found for found in changed(change))


def test_recorded_names_become_their_expressions():
    rules = [
        {"record": "portolan:a:b", "expr": "vector(1)", "labels": {"slo": "x"}},
        {"record": "portolan:a:b", "expr": "portolan:c:d", "labels": {"slo": "y"}},
        {"record": "portolan:c:d", "expr": "vector(2)"},
    ]
    assert dashboards.inlined('portolan:a:b{slo="x"} > 0', rules) == '(label_replace((vector(1)), "slo", "x", "", "")) > 0'
    assert "vector(1)" in dashboards.inlined("portolan:a:b", rules)
    nested = dashboards.inlined('portolan:a:b{slo="y"}', rules)
    assert nested.startswith("(label_replace(") and "vector(2)" in nested and "portolan:" not in nested


def test_a_variable_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="a variable is left"):
        dashboards.prepared('portolan_ready{pod="$pod"}', RULES)


def test_the_data_has_every_metric_and_ends_as_openmetrics_does():
    lines = list(dashboards.backfill(catalog.load()))
    assert lines[-1] == "# EOF"
    assert {line.split("{")[0] for line in lines if not line.startswith("#")} == {*SAMPLES, "up"}


def test_a_metric_that_no_panel_shows_is_named():
    metrics = [catalog.Metric(name, "gauge", "", {}, ()) for name in ("portolan_a", "portolan_b")]
    board = {"panels": [{"type": "stat", "title": "", "targets": [{"expr": "sum(portolan_a_bucket) + portolan_b_size"}]}]}
    assert list(dashboards.unshown({"x.json": board}, metrics)) == ["no panel shows portolan_b"]


def test_panels_without_data_are_named(monkeypatch):
    answers = {"good": ([{"values": [[0, "1"]]}], None), "empty": ([], None), "bad": ([], "parse error")}
    monkeypatch.setattr(dashboards, "query", lambda _, text: answers[text])
    board = {"panels": [{"type": "stat", "title": name, "targets": [{"expr": name}]} for name in answers]}
    found = list(dashboards.empty_panels("", {"x.json": board}, RULES))
    assert found == ["x.json: panel 'empty', empty: shows nothing", "x.json: panel 'bad', bad: parse error"]


def test_the_folder_of_inputs_may_be_missing(monkeypatch):
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("PORTOLAN_TEST_DATA", folder)
        assert dashboards.inputs() == pathlib.Path(folder)
    assert dashboards.inputs() is None
