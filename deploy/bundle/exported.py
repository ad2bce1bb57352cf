"""Compares what the roles of the release binary export on /metrics with the catalog and with promtool's rules.

`exported.py BINARY PROMTOOL`. The roles wait for a database that never answers, and their admin port
serves all the while: no server is needed.
"""

import contextlib
import os
import pathlib
import re
import subprocess
import sys
import time
import urllib.request

import catalog

ROLES = ["api", "worker", "scheduler"]
NOWHERE = {
    "PORTOLAN_DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:1/none",
    "PORTOLAN_REDIS_URL": "redis://127.0.0.1:1/0",
    "PORTOLAN_TOKEN": "a-token-that-nobody-uses",
    "PORTOLAN_START_TIMEOUT_SECONDS": "3600",
    "PORTOLAN_PORT": "0",
    "PORTOLAN_ADMIN_PORT": "0",
}
PATIENCE = 120


def listening(pid):
    """The TCP ports on which the process listens."""
    sockets = set()
    for entry in os.scandir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            sockets.update(re.findall(r"^socket:\[(\d+)\]$", os.readlink(entry.path)))
    rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return [int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and row[9] in sockets]


@contextlib.contextmanager
def waiting(binary, role):
    """The admin port of a `role` that waits for its dependencies."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PORTOLAN_")} | NOWHERE
    process = subprocess.Popen([binary, role], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(PATIENCE * 20):
            if process.poll() is not None:
                raise SystemExit(f"portolan {role} ended with {process.returncode} instead of waiting for its database")
            if ports := listening(process.pid):
                yield ports[0]
                return
            time.sleep(0.05)
        raise SystemExit(f"portolan {role} opened no port within {PATIENCE} s")
    finally:
        process.kill()
        process.wait()


def page(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE) as reply:
        return reply.read().decode()


def check(binary, promtool):
    metrics = catalog.load()
    for role in ROLES:
        with waiting(binary, role) as port:
            text = page(port)
        yield from (f"{role}: {problem}" for problem in catalog.differences(metrics, text))
        result = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True)
        if result.returncode:
            yield f"{role}: {result.stdout}{result.stderr}"


if __name__ == "__main__":
    PROBLEMS = list(check(*sys.argv[1:3]))
    print(*PROBLEMS, sep="\n", file=sys.stderr, end="")
    sys.exit(1 if PROBLEMS else 0)
