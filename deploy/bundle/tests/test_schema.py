"""The schema of the chart's values: closed at every level, and every value that is wrong is refused by its own path.

Helm itself refuses some of them in chart.py; here each value of values.yaml has its turn, which with Helm would take minutes.
"""

import json
import random
import re
from base64 import b64encode

import jsonschema
import pytest
import yaml

import chart

SCHEMA = json.loads((chart.CHART / "values.schema.json").read_text(encoding="utf-8"))
VALUES = yaml.safe_load((chart.CHART / "values.yaml").read_text(encoding="utf-8"))
# What Kubernetes checks itself, and maps whose keys are the user's.
OPEN = ("Annotations", "annotations", "labels", "Labels", "matchLabels", "nodeSelector", "global")


def leaves(value, schema=None, path=()):
    """Each value, with its path, down to what has no values of its own."""
    schema = schema or SCHEMA
    if isinstance(value, dict) and schema.get("properties") and value:
        for key, item in value.items():
            yield from leaves(item, schema["properties"][key], (*path, key))
    else:
        yield path, value


def objects(schema, path=()):
    """Each schema of an object, with its path."""
    if schema.get("type") == "object" or "properties" in schema:
        yield path, schema
    for key, item in schema.get("properties", {}).items():
        if isinstance(item, dict):
            yield from objects(item, (*path, key))
    for number, item in enumerate([*schema.get("anyOf", []), *filter(None, [schema.get("items")])]):
        yield from objects(item, (*path, str(number)))
    for name, item in schema.get("definitions", {}).items():
        yield from objects(item, (*path, name))


def changed(path, value):
    result = json.loads(json.dumps(VALUES))
    place = result
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return result


def refusals(values):
    """The paths of what the schema refuses."""
    return {"/".join(map(str, error.absolute_path)) for error in jsonschema.Draft7Validator(SCHEMA).iter_errors(values)}


def test_the_values_themselves_are_taken():
    assert refusals(VALUES) == set()


@pytest.mark.parametrize(("path", "value"), [pytest.param(path, value, id=".".join(path)) for path, value in leaves(VALUES)])
def test_a_value_of_another_type_is_refused_by_its_path(path, value):
    wrong = ["no such thing"] if not isinstance(value, list) else {"no": "list"}
    assert "/".join(path) in refusals(changed(path, wrong))


def test_every_object_is_closed():
    own = [(path, found) for path, found in objects(SCHEMA) if not (path and path[-1].endswith(OPEN))]
    open_ones = [".".join(path) for path, found in own if found.get("additionalProperties") is not False]
    assert open_ones == []


@pytest.mark.parametrize("path", sorted({path[:depth] for path, _ in leaves(VALUES) for depth in range(len(path))}), ids=".".join)
def test_a_value_that_does_not_exist_is_refused_at_every_level(path):
    assert "/".join(path) in refusals(changed((*path, "noSuchValue"), 1))


PLACEHOLDERS = [
    "changeme", "<your-token>", "placeholder-of-a-secret", "postgres://user:password@db/portolan", "an-example-token",
    "change-me-change-me-change-me", "Portolan-Token-1", "secretsecretsecret", "0123456789abcdef", "aaaaaaaaaaaaaaaaaaaa",
    "replace-this-please",
    "postgres://portolan_app:…@db:5432/portolan", "rediss://:...@redis:6380/0", "${PORTOLAN_TOKEN}", "{{ .Values.token }}", "$(cat token)",
    "https://root:admin@hooks.internal/", "TODO",
]  # fmt: skip


@pytest.mark.parametrize("name", VALUES["secrets"]["values"])
@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_no_secret_may_be_one_of_an_example(name, text):
    assert f"secrets/values/{name}" in refusals(changed(("secrets", "values", name), text))


def test_secrets_that_were_made_for_a_release_are_taken():
    chance, schemas = random.Random(7), SCHEMA["properties"]["secrets"]["properties"]["values"]["properties"]
    forms = {"token": "{}", "databaseUrl": "postgres://app:{}@db.internal:5432/portolan", "redisUrl": "rediss://:{}@redis:6380/0"}
    for name, form in forms.items():
        validator = jsonschema.Draft7Validator(schemas[name])
        for _ in range(200):
            for made in (chance.randbytes(24).hex(), b64encode(chance.randbytes(32), b"-_").decode()):
                assert validator.is_valid(form.format(made)), made


def test_what_is_refused_says_why():
    [error] = jsonschema.Draft7Validator(SCHEMA).iter_errors(changed(("image", "tag"), "LATEST"))
    assert "latest is another one tomorrow" in error.message
    errors = jsonschema.Draft7Validator(SCHEMA).iter_errors(changed(("secrets", "values", "token"), "changeme-changeme"))
    assert any("a secret of your own" in error.message for error in errors)


# Examples of what is free in values.yaml, with a mistake below it: a path into it, and the path that must be told.
NESTED = {
    ("api", "affinity"): {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"wait": 1}]}},
    ("worker", "tolerations"): [{"key": "workload", "efect": "NoSchedule"}],
    ("ingress", "tls"): [{"secretname": "docs"}],
    ("gateway", "parentRefs"): [{"name": "public", "section": "https"}],
    ("networkPolicy", "ingressFrom"): [{"ipBlock": {"cidr": "10.0.0.0/8", "exept": []}}],
    ("networkPolicy", "databaseTo"): [{"podSelector": {"matchLabel": {}}}],
    ("networkPolicy", "servicesTo"): [{"namespaceSelector": {"matchExpressions": [{"key": "a", "operater": "In"}]}}],
    ("networkPolicy", "extraEgress"): [{"ports": [{"port": 443, "protocol": 6}]}],
    ("api", "nodeSelector"): {"pool": "not a label"},
    ("api", "podAnnotations"): {"checksum/settings": "mine"},
    ("commonLabels",): {"-team": "platform"},
    ("serviceAccount", "annotations"): {"helm.sh/hook": "test"},
    ("ingress", "annotations"): {"nginx.ingress.kubernetes.io/canary-weight": "5"},
    ("ingress", "hosts"): ["docs.internal/"],
    ("gateway", "hostnames"): ["docs_internal"],
    ("image", "pullSecrets"): ["Registry"],
    ("secrets", "keys", "token"): "a/b",
    ("backup", "verifySchedule"): "@sometimes",
    ("database", "cluster", "backup", "schedule"): "0 2 * * *",
}


@pytest.mark.parametrize(("path", "value"), NESTED.items(), ids=lambda found: ".".join(found) if isinstance(found, tuple) else None)
def test_mistakes_below_what_the_user_makes_up_are_refused_where_they_are(path, value):
    found = refusals(changed(path, value))
    assert found and all(text.startswith("/".join(path)) for text in found)


@pytest.mark.parametrize("file", sorted((chart.CHART / "ci").glob("*-values.yaml")), ids=lambda file: file.stem)
def test_the_examples_are_taken(file):
    assert refusals(chart.combined(VALUES, yaml.safe_load(file.read_text(encoding="utf-8")))) == set()


def test_no_image_may_be_named_latest_or_by_nothing():
    tags = [path for path, _ in leaves(VALUES) if path[-1] == "tag"]
    assert len(tags) == 5
    assert all("/".join(path) in refusals(changed(path, text)) for path in tags for text in ("latest", "LATEST", "Latest"))
    for name in ("portolan:latest", "portolan:0.1.0", "portolan@sha256:" + "0" * 64, "registry:5000/portolan:latest", "Portolan", ""):
        assert "image/repository" in refusals(changed(("image", "repository"), name)), name
    for name in ("portolan", "registry:5000/portolan", "registry.internal/platform/portolan", "localhost/portolan"):
        assert refusals(changed(("image", "repository"), name)) == set(), name
    image = ("database", "cluster", "image")
    for name in ("postgres:latest", "postgres", "registry:5000/postgres", "postgres:latest@sha256:12"):
        assert "/".join(image) in refusals(changed(image, name)), name
    for name in ("registry:5000/postgres:18.1", "postgres@sha256:" + "0" * 64, "postgres:18.1@sha256:" + "0" * 64, ""):
        assert refusals(changed(image, name)) == set(), name


def test_every_value_says_what_it_is():
    text = (chart.CHART / "README.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `([\w.]+)` \| \S", text, re.M))
    # A group whose keys are the user's is one row.
    missing = [".".join(path) for path, _ in leaves(VALUES) if not any(".".join(path[:depth]) in rows for depth in range(1, len(path) + 1))]
    assert missing == []
