"""The schema of the chart's values: closed at every level, and every value that is wrong is refused by its own path.

Helm itself refuses some of them in chart.py; here each value of values.yaml has its turn, which with Helm would take minutes.
"""

import json
import re

import jsonschema
import pytest
import yaml

import chart

SCHEMA = json.loads((chart.CHART / "values.schema.json").read_text(encoding="utf-8"))
VALUES = yaml.safe_load((chart.CHART / "values.yaml").read_text(encoding="utf-8"))
# What Kubernetes checks itself, and maps whose keys are the user's.
OPEN = ("Annotations", "annotations", "labels", "Labels", "nodeSelector", "affinity", "global")


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
    for number, item in enumerate(schema.get("anyOf", [])):
        yield from objects(item, (*path, str(number)))


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


@pytest.mark.parametrize("name", VALUES["secrets"]["values"])
@pytest.mark.parametrize(
    "text", ["changeme", "<your-token>", "placeholder-of-a-secret", "postgres://user:password@db/portolan", "an-example-token"]
)
def test_no_secret_may_be_one_of_an_example(name, text):
    assert f"secrets/values/{name}" in refusals(changed(("secrets", "values", name), text))


def test_no_image_may_be_named_latest_or_by_nothing():
    tags = [path for path, _ in leaves(VALUES) if path[-1] == "tag"]
    assert len(tags) == 5
    assert all("/".join(path) in refusals(changed(path, "latest")) for path in tags)
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
