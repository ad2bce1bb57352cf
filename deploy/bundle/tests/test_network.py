"""The paths that the chart's NetworkPolicies leave, one by one."""

import functools
import itertools

import pytest
from kube_network import Pod, passes
from rolling import installed


@functools.cache
def policies(values):
    return [item for item in installed(values).values() if item["kind"] == "NetworkPolicy"]


def own(component, name="portolan"):
    return Pod({"app.kubernetes.io/name": name, "app.kubernetes.io/instance": "demo", "app.kubernetes.io/component": component})


def elsewhere(namespace, **labels):
    return Pod(labels, {"kubernetes.io/metadata.name": namespace})


API, MCP, WORKER, SCHEDULER, BACKUP, MIGRATION, TEST = (
    own(name) for name in ("api", "mcp", "worker", "scheduler", "backup", "migration", "test")
)
EVERYBODY = [API, MCP, WORKER, SCHEDULER, BACKUP, MIGRATION, TEST]
PROMETHEUS, GATEWAY, DATABASE, DNS = elsewhere("monitoring"), elsewhere("gateways"), elsewhere("databases"), elsewhere("kube-system")
WEB, PRIVATE, METADATA = Pod(address="93.184.216.34"), Pod(address="10.0.0.7"), Pod(address="169.254.169.254")
WEB6, PRIVATE6 = Pod(address="2606:2800:220:1::1"), Pod(address="fd00::7")
ALL, NOBODY = True, False


@pytest.mark.parametrize(
    ("sources", "targets", "port", "allowed"),
    [
        # In.
        ([GATEWAY, PROMETHEUS], [API, MCP], 8080, ALL),
        ([GATEWAY], [WORKER, SCHEDULER, BACKUP, MIGRATION, TEST], 8080, NOBODY),
        ([PROMETHEUS], [API, MCP, WORKER, SCHEDULER], 9464, ALL),
        ([GATEWAY, DATABASE, Pod({"app": "neighbor"})], [API, WORKER], 9464, NOBODY),
        ([GATEWAY, PROMETHEUS], EVERYBODY, 22, NOBODY),
        # Out: what each needs.
        ([API, MCP, WORKER, SCHEDULER, BACKUP, MIGRATION], [DATABASE, PRIVATE, WEB], 5432, ALL),
        ([API, MCP, WORKER, SCHEDULER, MIGRATION], [PRIVATE], 6379, ALL),
        ([WORKER, SCHEDULER, BACKUP], [WEB, WEB6], 443, ALL),
        ([WORKER, SCHEDULER], [WEB], 80, ALL),
        # And nothing else.
        ([API, MCP, MIGRATION, TEST], [WEB], 443, NOBODY),
        ([WORKER, SCHEDULER, BACKUP], [PRIVATE, PRIVATE6, METADATA], 443, NOBODY),
        (EVERYBODY, [METADATA], 80, NOBODY),
        ([WORKER], [WEB], 25, NOBODY),
        ([TEST], [DATABASE, PRIVATE], 5432, NOBODY),
        ([TEST], [API, MCP], 8080, ALL),
        ([TEST, WORKER], [WORKER, SCHEDULER], 8080, NOBODY),
        ([WORKER], [API, MCP], 8080, NOBODY),
    ],
)
def test_paths(sources, targets, port, allowed):
    for source, target in itertools.product(sources, targets):
        assert passes(policies("default"), source, target, port) == allowed, (vars(source), vars(target), port)


@pytest.mark.parametrize("source", EVERYBODY)
@pytest.mark.parametrize("protocol", ["UDP", "TCP"])
def test_names_are_resolved(source, protocol):
    assert passes(policies("default"), source, DNS, 53, protocol)
    assert not passes(policies("default"), source, DNS, 123, "UDP")


def test_a_cluster_that_names_its_places_lets_nothing_else_through():
    locked = policies("locked")
    redis = Pod({"app": "redis"})
    assert passes(locked, GATEWAY, own("api"), 8080) and not passes(locked, PROMETHEUS, own("api"), 8080)
    assert passes(locked, API, DATABASE, 5432) and not passes(locked, API, PRIVATE, 5432) and not passes(locked, API, WEB, 5432)
    assert passes(locked, WORKER, redis, 6379) and not passes(locked, WORKER, elsewhere("other", app="redis"), 6379)
    assert passes(locked, API, elsewhere("models"), 443) and not passes(locked, API, elsewhere("other"), 443)
    # Without private networks to keep away from, an internal site may be crawled.
    assert passes(locked, WORKER, PRIVATE, 443)


def test_servers_that_settings_name_are_reached_by_those_roles_that_call_them():
    named = policies("oauth")
    roles, models = [API, MCP, WORKER, SCHEDULER], elsewhere("models")
    for source, target in itertools.product(roles, [models, WEB, PRIVATE]):
        # The embedding server, the collector, and the receiver of callbacks, whose address is in the Secret.
        assert all(passes(named, source, target, port) for port in (8080, 4318, 443)), (vars(source), vars(target))
        assert not passes(named, source, target, 8081)
    for source in roles:
        assert passes(named, source, PRIVATE, 8443) == (source in (API, MCP))
        assert passes(named, source, PRIVATE, 9000) == (source in (WORKER, SCHEDULER))
    assert passes(named, BACKUP, PRIVATE, 9000) and not passes(named, BACKUP, PRIVATE, 4318)
    assert not any(passes(named, source, METADATA, port) for source in EVERYBODY for port in (80, 443, 4318, 8080, 8443, 9000))
    assert not any(passes(named, source, models, port) for source in (MIGRATION, TEST) for port in (443, 4318, 8080, 9000))


def test_who_wants_a_balancer_outside_is_called_from_outside():
    assert passes(policies("oauth"), WEB, API, 8080) and passes(policies("oauth"), WEB6, MCP, 8080)
    assert not passes(policies("oauth"), WEB, API, 9464) and not passes(policies("oauth"), WEB, WORKER, 8080)
    assert not passes(policies("default"), WEB, API, 8080)


def test_other_pods_of_the_namespace_are_left_alone():
    neighbor = Pod({"app": "neighbor"})
    assert passes(policies("default"), neighbor, WEB, 443) and passes(policies("default"), GATEWAY, neighbor, 9464)
    # The same name of another release is another release.
    other = Pod({"app.kubernetes.io/name": "portolan", "app.kubernetes.io/instance": "other", "app.kubernetes.io/component": "api"})
    assert passes(policies("default"), other, WEB, 443)
