#!/usr/bin/env python3
"""Distills the statements of a release from logs of Postgres: statements.py OUTPUT LOG…

The logs are those of `RECORD_STATEMENTS=FOLDER deploy/chaos BUILD`, where each line of a process of Portolan begins with its name. OUTPUT
is committed with the release (Tests/StorageTests/Releases), and the tests of the next one prepare each statement against their schema: what
does not prepare would break replicas of this release while the next one is rolled out.
"""

from __future__ import annotations

import pathlib
import re
import sys

BEGIN = re.compile(r"^portolan-(?:api|worker|scheduler)\| LOG:\s+(?:execute [^:]*|statement): (.*)$")
# What says nothing about the schema.
PLAIN = re.compile(
    r"^(begin|commit|rollback|start|set|reset|listen|unlisten|deallocate|discard|show|savepoint|release|copy|explain|select 1$)\b",
    re.IGNORECASE,
)
# A partition is made with the first vector of a model: a schema without data has none.
PARTITION = re.compile(r"\bembedding_p\d+\b")
# The driver sends types beside its parameters, which the log does not show: those that Postgres cannot guess are written out, and a
# statement whose arrays have no type is left out.
AGO = re.compile(r"(now\(\) [-+] \$\d+)(?!\d|::)")
UNTYPED = re.compile(r"unnest\(\s*\$\d+\s*[,)]")


def statements(text: str) -> set[str]:
    """Every statement of a log; lines that go on begin with a tab."""
    found: set[str] = set()
    lines: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("\t") and lines:
            lines.append(line[1:])
            continue
        if lines:
            statement = "\n".join(part.rstrip() for part in lines).strip()
            if not any(rule.search(statement) for rule in (PLAIN, UNTYPED, PARTITION)):
                found.add(AGO.sub(r"\1::interval", statement))
        match = BEGIN.match(line)
        lines = [match[1]] if match else []
    return found


def main() -> int:
    """Writes what all logs hold, sorted, with a line of dashes behind each."""
    output, *logs = sys.argv[1:]
    found: set[str] = set()
    for log in logs:
        found |= statements(pathlib.Path(log).read_text(encoding="utf-8", errors="replace"))
    pathlib.Path(output).write_text("".join(f"{statement}\n--------\n" for statement in sorted(found)), encoding="utf-8")
    print(f"{len(found)} statements")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
