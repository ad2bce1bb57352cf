"""Commands in documents: options that the rollout commands take, values that the chart takes, targets that the Makefile has."""

import json
import re
import shlex

import jsonschema
import pytest
import yaml

import catalog
import chart
from rollout import bluegreen_command, canary_command

DOCUMENTS = [*catalog.ROOT.glob("docs/*.md"), catalog.ROOT / "README.md", catalog.ROOT / "helm/portolan/README.md"]


def commands(program):
    """Each command of a program in a block of shell, with its document."""
    for file in DOCUMENTS:
        for block in re.findall(r"^```(?:sh|yaml)\n(.*?)^```", file.read_text(encoding="utf-8"), re.S | re.M):
            for text in block.replace("\\\n", " ").splitlines():
                # In a pipeline a command is a member of a list, and its output may go to a file, too.
                line = text.strip().removeprefix("- ").partition(" | tee ")[0]
                if not line.startswith(program):
                    continue
                words = shlex.split(line, comments=True)
                if words and words[0] == program:
                    yield file.name, words


@pytest.mark.parametrize(("program", "module"), [("deploy/canary", canary_command), ("deploy/bluegreen", bluegreen_command)])
def test_commands_of_rollouts_are_taken(program, module):
    found = list(commands(program))
    assert len(found) >= 2
    for _, words in found:
        given = module.options().parse_args(words[1:])
        assert given.action in module.ACTIONS


@pytest.mark.parametrize(("program", "module"), [("deploy/canary", canary_command), ("deploy/bluegreen", bluegreen_command)])
def test_every_option_and_action_in_the_text_exists(program, module):
    text = (catalog.ROOT / "docs/rollouts.md").read_text(encoding="utf-8")
    for action in re.findall(rf"`{program} (\w+)", text):
        assert action in module.ACTIONS, action
    known = set()
    for each in (canary_command, bluegreen_command):
        known |= {name for action in each.options()._actions for name in action.option_strings}
    # Of helm and kubectl.
    known |= {"--duration", "--wait", "--set", "--reset-then-reuse-values", "--reuse-values"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", text)) <= known


def test_values_that_helm_is_told_are_values_of_the_chart():
    defaults = yaml.safe_load((chart.CHART / "values.yaml").read_text(encoding="utf-8"))
    schema = json.loads((chart.CHART / "values.schema.json").read_text(encoding="utf-8"))
    found = list(commands("helm"))
    assert len(found) >= 5
    for file, words in found:
        values = chart.combined(defaults, chart.EXISTING)
        for place, word in enumerate(words[:-1]):
            if word == "--set":
                path, _, value = words[place + 1].partition("=")
                # As Helm reads it: words for truth and numbers have types.
                own = yaml.safe_load(value.replace("REGISTRY", "registry").replace("$TAG", "0.2.0"))
                for key in reversed(path.split(".")):
                    own = {key: own}
                values = chart.combined(values, own)
        errors = [f"{file}: {error.json_path}: {error.message}" for error in jsonschema.Draft7Validator(schema).iter_errors(values)]
        assert errors == []


def test_targets_of_make_exist():
    targets = set(re.findall(r"^([a-z-]+):", (catalog.ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    found = {(file.name, name) for file in DOCUMENTS for name in re.findall(r"`make ([a-z-]+)`", file.read_text(encoding="utf-8"))}
    assert found and {name for _, name in found} <= targets
