import pytest
from test_catalog import METRICS

import catalog
import promql

SAMPLES = catalog.by_sample(METRICS)


@pytest.mark.parametrize(
    "query",
    [
        'sum by (gate) (rate(portolan_seen_total{gate="a_gate",code="E_X",job="portolan-api"}[5m]))',
        'histogram_quantile(0.9, sum by (le) (rate(portolan_took_seconds_bucket{stage=~"x",le!="1.0"}[5m])))',
        'portolan_now > 0 and up{job="x"} == 1',
        'portolan:some:rate{anything="goes"}',
        'portolan_seen_total{gate="$gate"} or portolan_seen_total{gate=~".+"}',
    ],
)
def test_what_exists_is_accepted(query):
    assert promql.problems(query, SAMPLES, {"portolan:some:rate"}) == []


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("rate(portolan_sen_total[5m])", "portolan_sen_total is not in the catalog"),
        ("portolan_took_seconds", "portolan_took_seconds is not in the catalog"),
        ("portolan:other:rate", "portolan:other:rate is not in the catalog"),
        ('node_load1{job="x"}', "node_load1 is not in the catalog"),
        ('portolan_now{gate="a_gate"}', "portolan_now has no label gate"),
        ('portolan_seen_total{gate=~"a_gate|c_gate"}', "portolan_seen_total never has gate='c_gate'"),
        ('portolan_took_seconds_bucket{le="2"}', "portolan_took_seconds_bucket never has le='2'"),
        ('portolan_seen_total{code="a}b",gate="c_gate"}', "portolan_seen_total never has gate='c_gate'"),
    ],
)
def test_what_does_not_exist_is_named(query, problem):
    assert promql.problems(query, SAMPLES, {"portolan:some:rate"}) == [problem]
