"""Checks what documents tell people to type: commands and options against --help, values of the chart against values.yaml.

Called by deploy/check with the release binary. A command is a line of a shell block, or text in backticks, that begins with `portolan`,
`deploy/canary`, `deploy/bluegreen` or `deploy/slo_report.py`.
"""

import functools
import pathlib
import re
import subprocess
import sys

import yaml

import alerts
import catalog

SCRIPTS = ("deploy/canary", "deploy/bluegreen", "deploy/slo_report.py")
VALUES = yaml.safe_load((catalog.ROOT / "helm/portolan/values.yaml").read_text(encoding="utf-8"))
# Groups whose members are the user's.
FREE = ("settings", "features", "commonLabels")
# Codes that begin as a value does.
OTHERS = {"spool.invalid", "mcp.method.name"}


def commands(text):
    """The commands of a document, as lists of words."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    for line in [*lines, *spans]:
        # What comes behind a pipe or a bracket is a command too, and a comment is none.
        for part in re.split(r"[|;&]+ ?|\$\(|-- (?=portolan)|'(?=portolan )|exec (?=portolan)", re.sub(r"\s#.*", "", line)):
            words = part.strip().split()
            if words and (words[0] == "portolan" or words[0] in SCRIPTS):
                yield words


@functools.cache
def usage(binary, *words):
    """What --help says of a command, or None when there is none."""
    program = [binary] if words[0] == "portolan" else [sys.executable, catalog.ROOT / words[0]]
    result = subprocess.run([*program, *words[1:], "--help"], capture_output=True, text=True)
    # An unknown word is answered with the usage of the command before it.
    known = result.returncode == 0 and (
        len(words) == 1 or words[0] in SCRIPTS or f"USAGE: {' '.join(words)}" in re.sub(r"\s+", " ", result.stdout)
    )
    return result.stdout if known else None


def wrong(binary, words):
    """What is wrong with a command."""
    path = [words[0]]
    if words[0] == "portolan":
        for word in words[1:]:
            if not re.fullmatch(r"[a-z][a-z-]*", word) or usage(binary, *path, word) is None:
                break
            path.append(word)
    text = usage(binary, *path)
    if len(path) == 1 and words[0] == "portolan" and len(words) > 1 and re.fullmatch(r"[a-z][a-z-]*", words[1]):
        yield f"there is no command {' '.join(words[:2])}"
    for option in re.findall(r"(?<![\w-])(--?[a-z][\w-]*)", " ".join(words[len(path) :])):
        if not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text or ""):
            yield f"{' '.join(path)} has no option {option}"


def values(text):
    """Names of values of the chart: behind --set, and dotted names in backticks that begin like one."""
    yield from re.findall(r"--set[ =]([\w.]+)=", text)
    for span in re.findall(r"`([a-zA-Z]+(?:\.[a-zA-Z]+)+)(?:: [^`]*)?`", text):
        if span.split(".")[0] in VALUES and span not in OTHERS:
            yield span


def missing(name):
    """Whether values.yaml lacks a value."""
    place = VALUES
    for number, key in enumerate(name.split(".")):
        if number and name.split(".")[0] in FREE:
            return False
        if not isinstance(place, dict) or (place and key not in place):
            return True
        place = place.get(key)
    return False


def check(binary, texts):
    for path, text in texts.items():
        for words in commands(text):
            yield from (f"{path}: {problem}" for problem in wrong(binary, tuple(words)))
        yield from (f"{path}: there is no value {name} in the chart" for name in sorted(set(values(text))) if missing(name))


if __name__ == "__main__":
    PROBLEMS = sorted(set(check(pathlib.Path(sys.argv[1]).resolve(), alerts.documents())))
    print(*PROBLEMS, sep="\n", file=sys.stderr, end="\n" if PROBLEMS else "")
    sys.exit(1 if PROBLEMS else 0)
