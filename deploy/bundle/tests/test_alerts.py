import copy

import pytest

import alerts
import catalog

RULES = alerts.rules()
CASES = alerts.load(alerts.CASES)
RUNBOOK = alerts.RUNBOOK.read_text(encoding="utf-8")


def problems(rules=RULES, cases=CASES, runbook=RUNBOOK):
    return list(alerts.gate(rules, cases, runbook, catalog.by_sample(catalog.load()), alerts.CODES.read_text(encoding="utf-8")))


def changed(name, **fields):
    rules = copy.deepcopy(RULES)
    next(rule for rule in rules if rule.get("alert") == name).update(fields)
    return rules


def test_alerts_cases_and_runbook_agree():
    assert problems() == []


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"alert": "Renamed"}, "Renamed is not in cases.yaml"),
        ({"alert": "Renamed"}, "OutboxStuck of docs/runbook.md is no alert"),
        ({"expr": "portolan_outbox_lagg_seconds > 1"}, "OutboxStuck: portolan_outbox_lagg_seconds is not in the catalog"),
        ({"expr": 'portolan_gate_errors_total{error_code="E_NEVER"} > 1'}, "E_NEVER is no code of the gates"),
        ({"annotations": {}}, "OutboxStuck has the annotations []"),
        ({"labels": {"severity": "loud"}}, "OutboxStuck has the labels {'severity': 'loud'}"),
    ],
)
def test_a_rule_that_does_not_fit_is_named(fields, problem):
    assert problem in problems(changed("OutboxStuck", **fields))


def test_a_rule_without_a_case_that_fires_it_is_named():
    cases = {**CASES, "HighErrorRate": [case for case in CASES["HighErrorRate"] if len(case.get("fires", [])) < 2]}
    assert problems(cases=cases) == ["no case fires HighErrorRate critical"]


def test_a_rule_without_a_case_that_keeps_it_silent_is_named():
    cases = {**CASES, "OutboxStuck": [case for case in CASES["OutboxStuck"] if case.get("fires")]}
    assert problems(cases=cases) == ["no case keeps OutboxStuck critical silent"]


def test_a_section_without_a_part_is_named():
    [problem] = problems(runbook=RUNBOOK.replace("- **Impact**", "- **Effect**", 1))
    assert problem.startswith("the section APIAvailabilityBudgetBurn has the parts ['Meaning', 'Effect'")


def test_annotations_are_written_as_prometheus_writes_them():
    assert alerts.rendered("{{ $labels.job }}: {{ $value | humanize }} and {{ $value }}", {"job": "a"}, 3) == "a: 3 and 3"


def test_documents_name_what_there_is():
    samples = catalog.by_sample(catalog.load())
    assert list(alerts.documentation(alerts.documents(), samples, alerts.settings())) == []
    text = "# One\n`portolan_nothing` and `PORTOLAN_NOTHING`, PORTOLAN_TOKEN_FILE, [a](#one), [b](#two), [c](docs/none.md), "
    text += "[d](docs/gates.md#codes)"
    found = list(alerts.documentation({"X.md": text, "docs/gates.md": "## Codes"}, samples, alerts.settings()))
    assert [problem.split(": ")[-1] for problem in found] == [
        "portolan_nothing is not in the catalog",
        "PORTOLAN_NOTHING is no setting",
        "X.md leads to X.md#two, which is not there",
        "X.md leads to docs/none.md, which is not there",
    ]
