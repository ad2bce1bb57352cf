import commands
import pytest

HELP = {
    ("portolan",): "SUBCOMMANDS:\n  docs  Read",
    ("portolan", "docs"): "USAGE: portolan docs <subcommand>",
    ("portolan", "docs", "search"): "USAGE: portolan docs search <query> [--json]\n  -n, --limit <n>",
}


@pytest.fixture(autouse=True)
def told(monkeypatch):
    monkeypatch.setattr(commands, "usage", lambda _, *words: HELP.get(words))


def test_commands_are_found_in_blocks_and_in_text():
    text = """Say `portolan docs list` or `portolan_ready`.
```sh
portolan docs search "a query" --json | cmp - file     # portolan nothing
kubectl exec pod -- portolan backup list
key=$(portolan keys create) && deploy/canary run \\
  --dry-run
```
```yaml
portolan: no command
```
"""
    assert [" ".join(words) for words in commands.commands(text)] == [
        'portolan docs search "a query" --json',
        "portolan backup list",
        "portolan keys create)",
        "deploy/canary run --dry-run",
        "portolan docs list",
    ]


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("portolan docs search rebase --json -n 3", None),
        ("portolan docs search -l 3", "portolan docs search has no option -l"),
        ("portolan docs search --jason", "portolan docs search has no option --jason"),
        ("portolan flags list", "there is no command portolan flags"),
        ("portolan docs search ID", None),
    ],
)
def test_what_is_not_there_is_named(command, problem):
    assert list(commands.wrong("binary", tuple(command.split()))) == ([problem] if problem else [])


def test_values_are_those_of_the_chart():
    text = "Set `api.replicas: 2`, `api.replikas`, `settings.LOG_LEVEL`; `helm --set gateway.enabled=true --set nothing=1`, `some.thing`."
    found = set(commands.values(text))
    assert found == {"gateway.enabled", "nothing", "api.replicas", "api.replikas"}
    assert {name for name in found if commands.missing(name)} == {"nothing", "api.replikas"}
