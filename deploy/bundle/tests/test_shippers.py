"""The check of log shippers finds what it is for."""

import pytest

import shippers

KEYS = {"ts", "level", "msg", "service", "logger"}


def text(name: str) -> str:
    return (shippers.ROOT / "deploy/logs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(shippers.READERS))
def test_the_examples_are_fine(name):
    assert shippers.problems(name, text(name), KEYS) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("fluent-bit.yaml", "level=$level", "level=$level, request=$request_id", "labels of request"),
        ("fluent-bit.yaml", "level=$level", "level=$severity", "severity, which not every line has"),
        ("fluent-bit.yaml", "      db: /var/lib/fluent-bit/portolan.db\n", "", "loses lines"),
        ("fluent-bit.yaml", "%LZ", "Z", "does not read the time"),
        ("fluent-bit.yaml", "${LOKI_HOST}", "loki.example.org", "an address"),
        ("vector.yaml", "      level: '{{ level }}'", "      level: '{{ level }}'\n      job_id: '{{ job_id }}'", "labels of job_id"),
        ("vector.yaml", "when_full: block", "when_full: drop_newest", "loses lines"),
        ("promtail.yaml", "          level:\n          service:\n", "          level:\n", "no label of service"),
        ("promtail.yaml", "source: ts", "source: time", "does not read the time"),
        ("promtail.yaml", "scrape_configs:", "scrapes:", "has not the form"),
    ],
)
def test_a_mistake_is_named(name, old, new, words):
    before = text(name)
    assert old in before
    found = shippers.problems(name, before.replace(old, new), KEYS)
    assert any(words in problem for problem in found), found


def test_the_keys_are_those_of_the_source():
    assert shippers.fixed_keys(shippers.LINE.read_text(encoding="utf-8")) == KEYS
