#!/usr/bin/env python3
"""Measures the agents' endpoint: against FastMCP and a bare route, what authentication and quota cost, streams and their memory.

usage: agents.py BENCH PRODUCT PEERS PYTHON STATE [NAME …]

BENCH is the program EndpointBench, PRODUCT is portolan, PEERS the folder of the peers, PYTHON has what they need, STATE is a
folder for a stack of its own, and NAME is rate, cost, streams or latency. Prints a line of JSON for each figure. Load comes from
wrk. Each figure is the median of several short rounds in which the contestants take turns, so that other work on the machine
falls on all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

SECONDS = 3
ROUNDS = 5
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_documentations", "arguments": {"limit": 1}}}


def figure(name: str, value: float, unit: str, target: float, detail: str, peer: float | None = None, minimum: bool = False) -> None:
    """Prints a figure; with a peer, value and target are compared as a ratio to it."""
    measured = value / peer if peer else value
    met = measured >= target if minimum else measured <= target
    line: dict[str, Any] = {
        "figure": name,
        "value": value,
        "unit": unit,
        "measured": measured,
        "target": target,
        "isMinimum": minimum,
        "met": met,
        "detail": detail,
    }
    if peer:
        line["peer"] = peer
    print(json.dumps(line), flush=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"{what}: not within {seconds:g} s")
        time.sleep(0.02)


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@contextlib.contextmanager
def running(
    *command: str, port: int, environment: dict[str, str] | None = None, cwd: str | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=environment, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: answers(port) or process.poll() is not None, f"{command[0]} answers")
        if process.poll() is not None:
            sys.exit(f"{' '.join(command)} ended with {process.returncode}")
        yield process
    finally:
        process.terminate()
        process.wait(30)


def script(folder: pathlib.Path, body: dict[str, Any], headers: dict[str, str]) -> pathlib.Path:
    """A script for wrk that posts `body`."""
    lines = ['wrk.method = "POST"', f"wrk.body = [[{json.dumps(body)}]]"]
    every = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2025-06-18",
        **headers,
    }
    lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in every.items()]
    file = folder / f"call-{len(list(folder.iterdir()))}.lua"
    file.write_text("\n".join(lines) + "\n")
    return file


class Load:
    """What wrk measured."""

    def __init__(self, output: str) -> None:
        rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
        tail = re.search(r"99%\s+([\d.]+)(us|ms|s)", output)
        failed = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
        if not rate or failed:
            sys.exit(f"wrk failed:\n{output}")
        self.rate = float(rate.group(1))
        total = re.search(r"(\d+) requests in", output)
        self.requests = int(total.group(1)) if total else 0
        self.tail = float(tail.group(1)) * {"us": 1e-3, "ms": 1, "s": 1e3}[tail.group(2)] if tail else 0.0


def loads(urls: list[str], lua: pathlib.Path | None, connections: int = 16, seconds: int = SECONDS) -> list[Load]:
    """Loads all of `urls` at the same time, one thread for each."""
    flags = ["-s", str(lua)] if lua else []
    runs = [
        subprocess.Popen(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *flags, url],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for url in urls
    ]
    return [Load(run.communicate()[0]) for run in runs]


def rate(urls: list[str], lua: pathlib.Path | None) -> float:
    return sum(load.rate for load in loads(urls, lua))


def rates(bench: str, peers: pathlib.Path, python: str, folder: pathlib.Path) -> None:
    """A tool call that does no work, beside the peer's and beside a bare route; two processes each."""
    lua = peers / "mcp_call.lua"
    ports = [free_port() for _ in range(5)]
    uvicorn = [python, "-m", "uvicorn", "peer_fastmcp:app", "--port", str(ports[4]), "--workers", "2", "--log-level", "error"]
    with contextlib.ExitStack() as stack:
        for kind, port in [("mcp", ports[0]), ("mcp", ports[1]), ("json", ports[2]), ("json", ports[3])]:
            stack.enter_context(running(bench, kind, str(port), port=port))
        stack.enter_context(running(*uvicorn, port=ports[4], cwd=str(folder), environment={**os.environ, "PYTHONPATH": str(peers)}))
        own = [f"http://127.0.0.1:{port}/mcp" for port in ports[:2]]
        bare = [f"http://127.0.0.1:{port}/json" for port in ports[2:4]]
        # The peer's two workers share a port.
        peer = [f"http://127.0.0.1:{ports[4]}/mcp/"] * 2
        loads(own + peer, lua, seconds=1)
        loads(bare, None, seconds=1)
        rounds = [(rate(own, lua), rate(bare, None), rate(peer, lua)) for _ in range(ROUNDS)]
    ours, route, theirs = (statistics.median(column) for column in zip(*rounds))
    how = f"two processes each, 32 connections, median of {ROUNDS} rounds of {SECONDS} s"
    figure("tool call without work, to FastMCP", ours, "1/s", 12, how, theirs, minimum=True)
    figure("tool call without work, to a bare route", ours, "1/s", 0.6, how, route, minimum=True)


class Stack:
    """A detached stack and more processes of its api."""

    def __init__(self, product: str, state: str) -> None:
        self.product, self.state = product, state
        subprocess.run([product, "up", "--detach", "--no-ingest", "--port", "0", "--state", state], check=True, stdout=subprocess.DEVNULL)
        lines = (pathlib.Path(state) / "client.env").read_text().splitlines()
        client = dict(line.split("=", 1) for line in lines if "=" in line)
        self.token = client["PORTOLAN_TOKEN"].strip("'\"")
        self.environment = self._environment()

    def _environment(self) -> dict[str, str]:
        for entry in pathlib.Path("/proc").iterdir():
            with contextlib.suppress(OSError, IndexError):
                if not entry.name.isdigit():
                    continue
                words = (entry / "cmdline").read_bytes().split(b"\0")
                environment = (entry / "environ").read_bytes().decode()
                if words[0].endswith(b"portolan") and words[1] == b"api" and self.state in environment:
                    return dict(part.split("=", 1) for part in environment.split("\0") if "=" in part)
        sys.exit("the stack has no api")

    @contextlib.contextmanager
    def api(self, **settings: str) -> Iterator[tuple[int, int]]:
        """One more process of the api: its identifier and its port."""
        port, admin = free_port(), free_port()
        own = {
            **self.environment,
            "PORTOLAN_PORT": str(port),
            "PORTOLAN_ADMIN_PORT": str(admin),
            "PORTOLAN_LOG_LEVEL": "warning",
            **settings,
        }
        if settings.get("PORTOLAN_AUTH") == "off":
            own = {key: value for key, value in own.items() if not key.startswith("PORTOLAN_TOKEN")}
        with running(self.product, "api", port=port, environment=own) as process:

            def ready() -> bool:
                with contextlib.suppress(urllib.error.URLError, OSError):
                    return bool(urllib.request.urlopen(f"http://127.0.0.1:{admin}/readyz", timeout=2).status == 200)
                return False

            wait_for(ready, "the api is ready")
            yield process.pid, port

    def keys(self, count: int) -> list[str]:
        made = []
        for number in range(count):
            run = subprocess.run(
                [
                    self.product,
                    "keys",
                    "create",
                    "--name",
                    f"bench-{os.getpid()}-{number}",
                    "--role",
                    "READER",
                    "--scope",
                    "docs:read",
                    "--json",
                ],
                env=self.environment,
                check=True,
                capture_output=True,
                text=True,
            )
            made.append(str(json.loads(run.stdout)["key"]))
        return made

    def psql(self) -> list[str]:
        folder = pathlib.Path(os.environ.get("PORTOLAN_POSTGRES_DIR") or os.environ.get("PORTOLAN_TOOLS_DIR") or "/opt/portolan")
        program = next(folder.glob("**/bin/psql"))
        return [str(program), "-AtXq", f"postgresql://portolan@/portolan?host={self.state}/postgres"]

    def down(self) -> None:
        subprocess.run([self.product, "down", "--state", self.state], check=False, stdout=subprocess.DEVNULL)


def seconds_of(process: int) -> float:
    """Processor time that a process has used."""
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(process: int) -> float:
    for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def cost(stack: Stack, folder: pathlib.Path) -> None:
    """Processor time of a small call with authentication and quota, and without."""
    with (
        stack.api(PORTOLAN_AUTH="off", PORTOLAN_RATE_LIMIT="off") as (open_process, open_port),
        stack.api(PORTOLAN_RATE_LIMIT="1000000/s") as (closed_process, closed_port),
    ):
        contestants = [
            (open_process, f"http://127.0.0.1:{open_port}/mcp", script(folder, CALL, {})),
            (closed_process, f"http://127.0.0.1:{closed_port}/mcp", script(folder, CALL, {"Authorization": f"Bearer {stack.token}"})),
        ]
        for _, url, lua in contestants:
            loads([url], lua, seconds=1)
        rounds = []
        for _ in range(ROUNDS):
            row = []
            for process, url, lua in contestants:
                before = seconds_of(process)
                requests = loads([url], lua)[0].requests
                row.append((seconds_of(process) - before) / max(requests, 1) * 1e6)
            rounds.append(row)
    without, checked = (statistics.median(column) for column in zip(*rounds))
    figure(
        "authentication and quota, processor time",
        (checked / without - 1) * 100,
        "%",
        15,
        f"{checked:.0f} against {without:.0f} µs for each call of list_documentations, median of {ROUNDS} rounds",
    )


LISTEN = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "subscriptions/listen",
    "params": {
        "notifications": {"resourcesListChanged": True},
        "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}},
    },
}


async def subscribe(port: int, token: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Opens a stream and waits for its first message."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps(LISTEN).encode()
    head = (
        f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        "Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\nMcp-Method: subscriptions/listen\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    try:
        await reader.readuntil(b"acknowledged")
    except asyncio.IncompleteReadError as error:
        sys.exit(f"no stream: {error.partial!r}")
    return reader, writer


def streams(stack: Stack) -> None:
    """Memory of a thousand streams on which nothing happens."""
    keys = stack.keys(10)

    async def open_all(process: int, port: int) -> float:
        warm = [await subscribe(port, keys[0])]
        await asyncio.sleep(2)
        before = resident(process)
        opened = [await subscribe(port, keys[number % len(keys)]) for number in range(999)]
        await asyncio.sleep(5)
        after = resident(process)
        for _, writer in warm + opened:
            writer.close()
        return after - before

    with stack.api(PORTOLAN_RATE_LIMIT="off") as (process, port):
        figure(
            "1,000 idle subscription streams",
            asyncio.run(open_all(process, port)),
            "MB",
            60,
            "resident memory of the api that they add, 5 s after the last was opened",
        )


def latency(stack: Stack, folder: pathlib.Path) -> None:
    """The slowest percent of small calls while a hundred streams are fed."""
    lua = script(folder, CALL, {"Authorization": f"Bearer {stack.token}"})

    async def drain(reader: asyncio.StreamReader, counter: list[int]) -> None:
        while piece := await reader.read(65536):
            counter[0] += piece.count(b"list_changed")

    async def measure(port: int) -> tuple[float, float]:
        opened = [await subscribe(port, stack.token) for _ in range(100)]
        counter = [0]
        readers = [asyncio.create_task(drain(reader, counter)) for reader, _ in opened]
        feeder = subprocess.Popen(stack.psql(), stdin=subprocess.PIPE, text=True)
        assert feeder.stdin
        news = "select pg_notify('portolan_publications', '0198c0de-0000-7000-8000-000000000000 . +');\nselect pg_sleep(0.02);\n"
        feeder.stdin.write(news * int(50 * (SECONDS * ROUNDS + 5)))
        feeder.stdin.close()
        begin = time.monotonic()
        tails = []
        for _ in range(ROUNDS):
            run = asyncio.to_thread(loads, [f"http://127.0.0.1:{port}/mcp"], lua, 2)
            tails.append((await run)[0].tail)
        events = counter[0] / (time.monotonic() - begin)
        feeder.kill()
        for _, writer in opened:
            writer.close()
        for reader in readers:
            reader.cancel()
        return statistics.median(tails), events

    with stack.api(PORTOLAN_RATE_LIMIT="off") as (_, port):
        tail, events = asyncio.run(measure(port))
    figure(
        "small call while 100 streams are fed, p99",
        tail,
        "ms",
        10,
        f"{events:.0f} events/s on the streams, two connections that call without a pause, median of {ROUNDS} rounds",
    )


def main() -> None:
    bench, product, peers, python, state, *names = sys.argv[1:]
    wanted = set(names) or {"rate", "cost", "streams", "latency"}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if "rate" in wanted:
            rates(bench, pathlib.Path(peers), python, folder)
        if wanted & {"cost", "streams", "latency"}:
            stack = Stack(product, state)
            try:
                if "cost" in wanted:
                    cost(stack, folder)
                if "streams" in wanted:
                    streams(stack)
                if "latency" in wanted:
                    latency(stack, folder)
            finally:
                stack.down()


if __name__ == "__main__":
    main()
