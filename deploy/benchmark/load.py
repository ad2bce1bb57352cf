#!/usr/bin/env python3
"""Measures the latency of searches at fixed rates, and what is left open afterwards; compares with the figures of the last release.

usage: load.py PORTOLAN [--seconds N] [--report FILE] [--baseline FILE] [--write] [--capacity-only]

Starts a stack of its own with the documentation that deploy/setup installs, warms it up, and asks searches over REST and MCP at 1, 10, 50
and 100 a second (open loop: a late answer does not hold back the next question), then 50 at a time as fast as they are answered. Then it
searches the highest rate at which the objectives hold (capacity.py), for some two minutes. Then it opens and drops connections in the
middle of answers and compares file descriptors, threads and memory of the api with those before.
`--write` makes the figures the new baseline and writes docs/performance.md. Ends with 1 when a target is missed or a figure is worse than
the baseline allows.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass

import capacity

RATES = (1, 10, 50, 100)
CONCURRENT = 50
# Worst latency in milliseconds: the objectives of docs/slo.md.
TARGETS = {"p50": 200.0, "p95": 500.0, "p99": 2000.0}
# How much worse than the baseline a figure may be: relative, and at least so many milliseconds, below which a clock tells nothing.
TOLERANCES = {"p50": (0.10, 2.0), "p95": (0.20, 5.0), "p99": (0.20, 10.0)}
MEMORY_TOLERANCE = 0.05
CAPACITY_TOLERANCE = 0.20
# An objective, too: more failures than that are no service.
FAILED = 0.01
# One measurement of the search for the capacity; what was found is measured once more, for as long as the fixed rates.
PROBE_SECONDS = 6.0
LEAK_TOLERANCE = 0.20
WORDS = [
    "commit",
    "branch",
    "rebase",
    "merge",
    "remote",
    "tag",
    "stash",
    "index",
    "tree",
    "blob",
    "hook",
    "submodule",
    "worktree",
    "reflog",
    "bisect",
    "cherry",
    "pick",
    "patch",
    "fetch",
    "push",
]


@dataclass
class Profile:
    """Latencies at one rate, in milliseconds."""

    name: str
    requests: int
    failed: int
    p50: float
    p95: float
    p99: float
    per_second: float


@dataclass
class Usage:
    """What a process holds."""

    descriptors: int
    threads: int
    mebibytes: float

    @classmethod
    def of(cls, process: int) -> Usage:
        """Reads /proc."""
        folder = pathlib.Path(f"/proc/{process}")
        status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines() if ":" in line)
        return cls(len(list((folder / "fd").iterdir())), int(status["Threads"]), int(status["VmRSS"].split()[0]) / 1024)


class Client:
    """Keep-alive connections to one server."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token = port, token
        self.idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.number = 0

    def question(self) -> bytes:
        """The next search, over REST and MCP in turn; no two are alike, so that no cache answers."""
        self.number += 1
        words = f"{WORDS[self.number % len(WORDS)]} {WORDS[self.number * 7 % len(WORDS)]} {self.number}"
        head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {self.token}\r\n"
        if self.number % 2:
            return f"GET /v1/search?q={words.replace(' ', '+')}&limit=10 HTTP/1.1\r\n{head}\r\n".encode()
        call = {"name": "search_documentation", "arguments": {"query": words}}
        body = json.dumps({"jsonrpc": "2.0", "id": self.number, "method": "tools/call", "params": call})
        head += "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2025-11-25\r\n"
        return f"POST /mcp HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    async def connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """One that is idle, or a new one. What the server closed because nobody asked anything for long is thrown away."""
        while self.idle:
            reader, writer = self.idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self) -> tuple[float, bool]:
        """Seconds until the whole answer was there, and whether it was one."""
        began = time.perf_counter()
        try:
            reader, writer = await self.connection()
            writer.write(self.question())
            head = await reader.readuntil(b"\r\n\r\n")
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
            if b"content-length" in fields:
                body = await reader.readexactly(int(fields[b"content-length"]))
            else:
                body = b""
                while size := int(await reader.readline(), 16):
                    body += await reader.readexactly(size)
                    await reader.readline()
                await reader.readline()
            self.idle.append((reader, writer))
            good = head.startswith(b"HTTP/1.1 200") and b'"isError":true' not in body
            return time.perf_counter() - began, good
        except (OSError, asyncio.IncompleteReadError, ValueError):
            return time.perf_counter() - began, False

    async def drop(self) -> None:
        """Asks, and goes away before the answer."""
        _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(self.question())
        await writer.drain()
        writer.close()

    def close(self) -> None:
        """Closes what is idle."""
        for _, writer in self.idle:
            writer.close()
        self.idle.clear()


def summed(name: str, answers: list[tuple[float, bool]], seconds: float) -> Profile:
    """The figures of one profile."""
    times = sorted(answer[0] * 1000 for answer in answers)

    def share(part: float) -> float:
        return round(times[min(len(times) - 1, int(len(times) * part))], 2)

    failed = sum(not answer[1] for answer in answers)
    return Profile(name, len(answers), failed, share(0.5), share(0.95), share(0.99), round(len(answers) / seconds, 1))


async def at_rate(client: Client, rate: float, seconds: float, unanswered: float = float("inf")) -> Profile:
    """Asks at fixed times, whether or not the answers before have come; ends early where more than `unanswered` have not."""
    began = time.perf_counter()
    tasks = []
    done = 0

    def count(_: asyncio.Task[tuple[float, bool]]) -> None:
        nonlocal done
        done += 1

    for number in range(max(10, int(rate * seconds))):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        if len(tasks) - done > unanswered:
            break
        tasks.append(asyncio.create_task(client.ask()))
        tasks[-1].add_done_callback(count)
    answers = await asyncio.gather(*tasks)
    return summed(f"{rate:g}/s", list(answers), time.perf_counter() - began)


def prober(client: Client, seconds: float) -> capacity.Measure:
    """Measures a rate for the search of the capacity."""

    async def probe(rate: float) -> capacity.Probe:
        # By Little's law so many open questions are a mean latency of the p99 that is allowed: it only gets worse from there.
        most = max(20.0, rate * TARGETS["p99"] / 1000)
        profile = await at_rate(client, rate, seconds, unanswered=most)
        broken = [key for key, limit in TARGETS.items() if getattr(profile, key) > limit]
        broken += ["failed"] if profile.failed > profile.requests * FAILED else []
        broken += ["unanswered"] if profile.requests < int(rate * seconds) else []
        verdict = f"no: {', '.join(broken)}" if broken else "yes"
        print(f"{rate:8.1f}/s holds: {verdict}", flush=True)
        return capacity.Probe(round(rate, 1), profile.requests, profile.failed, profile.p50, profile.p95, profile.p99, broken)

    return probe


async def capacity_of(client: Client, seconds: float) -> capacity.Capacity:
    """The highest rate at which the objectives hold."""
    return await capacity.search(prober(client, PROBE_SECONDS), 20, prober(client, seconds), patience=120)


async def at_once(client: Client, count: int, seconds: float) -> Profile:
    """Asks as fast as `count` callers are answered."""
    began = time.perf_counter()
    answers: list[tuple[float, bool]] = []

    async def caller() -> None:
        while time.perf_counter() < began + seconds:
            answers.append(await client.ask())

    await asyncio.gather(*(caller() for _ in range(count)))
    return summed(f"{count} at once", answers, time.perf_counter() - began)


async def measure(port: int, token: str, api: int, seconds: float) -> tuple[list[Profile], capacity.Capacity, Usage, Usage]:
    """All profiles, the capacity, and what the api holds before and after connections that were dropped."""
    client = Client(port, token)
    await at_rate(client, 20, max(5.0, seconds / 2))
    profiles = [await at_rate(client, rate, seconds) for rate in RATES]
    profiles.append(await at_once(client, CONCURRENT, seconds))
    most = await capacity_of(client, seconds)
    client.close()
    await asyncio.sleep(3)
    before = Usage.of(api)
    for _ in range(20):
        await asyncio.gather(*(client.drop() for _ in range(25)))
        await at_rate(client, 20, 0.5)
        client.close()
    deadline = time.perf_counter() + 30
    while (after := Usage.of(api)).descriptors > before.descriptors and time.perf_counter() < deadline:
        await asyncio.sleep(0.5)
    return profiles, most, before, after


async def warm_capacity(port: int, token: str, seconds: float) -> capacity.Capacity:
    """The capacity alone, behind a warm-up."""
    client = Client(port, token)
    await at_rate(client, 20, max(5.0, seconds / 2))
    found = await capacity_of(client, seconds)
    client.close()
    return found


def child(parent: int, role: str) -> int:
    """The process of a role."""
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            words = (folder / "cmdline").read_text().split("\0")
        except (OSError, IndexError):
            continue
        if int(fields[1]) == parent and role in words[1:2]:
            return int(folder.name)
    raise RuntimeError(f"no process runs as {role}")


def problems(report: dict, baseline: dict | None) -> list[str]:
    """What is worse than it may be."""
    found = []
    known = {profile["name"]: profile for profile in (baseline or {}).get("profiles", [])}
    # Beyond what the machine of the baseline could, latencies are those of a queue, which no two runs have alike.
    most = ((baseline or {}).get("capacity") or report["capacity"])["per_second"]
    measured = {profile["name"] for profile in report["profiles"]}
    found += [f"{name}: not measured" for name in known if name not in measured]
    for profile in report["profiles"]:
        if profile["failed"]:
            found.append(f"{profile['name']}: {profile['failed']} of {profile['requests']} failed")
        # As fast as they can is no rate that anybody was promised.
        if profile["name"].endswith("/s"):
            if float(profile["name"].removesuffix("/s")) > most:
                continue
            found += [
                f"{profile['name']}: {key} {profile[key]} ms, at most {limit} ms" for key, limit in TARGETS.items() if profile[key] > limit
            ]
        for key, (share, least) in TOLERANCES.items():
            old = known.get(profile["name"], {}).get(key)
            if old is not None and profile[key] > max(old * (1 + share), old + least):
                found.append(f"{profile['name']}: {key} {profile[key]} ms, {old} ms in the baseline")
    if baseline and "capacity" in baseline and report["capacity"]["per_second"] < most * (1 - CAPACITY_TOLERANCE):
        found.append(f"capacity: {report['capacity']['per_second']} a second, {most} in the baseline")
    before, after = report["usage"]["before"], report["usage"]["after"]
    for key in before:
        if after[key] > before[key] * (1 + LEAK_TOLERANCE):
            found.append(f"{key} of the api: {before[key]} before, {after[key]} after connections that were dropped")
    if baseline and before["mebibytes"] > baseline["usage"]["before"]["mebibytes"] * (1 + MEMORY_TOLERANCE):
        found.append(
            f"memory of the api: {before['mebibytes']:.0f} MiB, {baseline['usage']['before']['mebibytes']:.0f} MiB in the baseline"
        )
    return found


def baseline_of(file: pathlib.Path, writes: bool) -> dict | None:
    """What to compare with; None where the baseline is about to be written. Without one a comparison would find nothing, ever."""
    if writes:
        return None
    try:
        found: dict = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SystemExit(f"{file} is no baseline: {error}") from error
    return found


def page(report: dict) -> str:
    """docs/performance.md."""
    rows = "\n".join(
        f"| {p['name']} | {p['requests']} | {p['failed']} | {p['p50']} | {p['p95']} | {p['p99']} | {p['per_second']} |"
        for p in report["profiles"]
    )
    before, after = report["usage"]["before"], report["usage"]["after"]
    most = report["capacity"]
    probes = "\n".join(
        f"| {p['rate']} | {p['requests']} | {p['failed']} | {p['p50']} | {p['p95']} | {p['p99']} | {', '.join(p['broken']) or 'all hold'} |"
        for p in sorted(most["probes"], key=lambda p: p["rate"])
    )
    above = f"at {most['broken_at']} not any more ({', '.join(most['limited_by'])})" if most["broken_at"] else "nothing broke above it"
    return f"""# Performance

Written by `make load WRITE=1` (`deploy/benchmark/load.py`) from `docs/performance.json`, which is the baseline that later runs are compared
with. Do not edit.

**Method.** A stack of `portolan up` with the documentation of git that `deploy/setup` installs ({report["sections"]} sections).
Searches over REST and MCP in turn, no two alike, from one client process on the same machine, which takes its share of the processors.
At a fixed rate the questions come at their times whether or not the answers before have come, so a server that stalls shows.
{report["seconds"]} s for each rate after a warm-up.

**Machine.** {report["machine"]}

| rate | requests | failed | p50 ms | p95 ms | p99 ms | answered/s |
|---|---|---|---|---|---|---|
{rows}

Objectives at every rate: p50 {TARGETS["p50"]:.0f} ms, p95 {TARGETS["p95"]:.0f} ms, p99 {TARGETS["p99"]:.0f} ms
([objectives](slo.md)). A run fails when p50 is more than 10 %, p95 or p99 more than 20 %, memory more than 5 % worse than the baseline.

**Capacity: {most["per_second"]} searches a second** hold every objective, with less than {FAILED:.0%} failed; {above}. Found in
{most["seconds"]:.0f} s by doubling the rate until an objective broke twice, by bisection, and by a last run of {report["seconds"]} s at
the rate that was found.
A run fails when the capacity is more than {CAPACITY_TOLERANCE:.0%} below the baseline's. Fixed rates above it are shown and not judged.

| rate | requests | failed | p50 ms | p95 ms | p99 ms | what broke |
|---|---|---|---|---|---|---|
{probes}

**Leaks.** 500 connections were dropped in the middle of a request, and 200 more opened and closed: descriptors of the api
{before["descriptors"]} → {after["descriptors"]}, threads {before["threads"]} → {after["threads"]}, memory {before["mebibytes"]:.0f} →
{after["mebibytes"]:.0f} MiB. A run fails when one of them grows by more than 20 %.

Speed against other systems is what `make bench` measures.
"""


def main() -> int:
    """Runs everything."""
    parser = argparse.ArgumentParser()
    parser.add_argument("portolan")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--report", default=".build/reports/load.json")
    parser.add_argument("--baseline", default="docs/performance.json")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--capacity-only", action="store_true", help="search the capacity, write it to the report, judge nothing")
    options = parser.parse_args()
    baseline_file = pathlib.Path(options.baseline)
    baseline = None if options.capacity_only else baseline_of(baseline_file, options.write)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PORTOLAN_") or key.endswith("_DIR")}
    environment["PORTOLAN_RATE_LIMIT"] = "off"
    with tempfile.TemporaryDirectory(prefix="portolan-load-") as folder:
        os.chmod(folder, 0o755)
        state = pathlib.Path(folder) / "state"
        command = [options.portolan, "up", "--detach", "--port", "0", "--state", str(state)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
        try:
            ports = json.loads((state / "ports.json").read_text())
            token = (state / "token").read_text().strip()
            client = {"PORTOLAN_URL": f"http://127.0.0.1:{ports['public']}", "PORTOLAN_TOKEN": token}

            def portolan(*words: str) -> str:
                return subprocess.run(
                    [options.portolan, *words], check=True, capture_output=True, text=True, env=environment | client
                ).stdout

            while "COMPLETED" not in portolan("ingest", "list", "--json"):
                time.sleep(1)
            sections = sum(item["section_count"] for item in json.loads(portolan("docs", "list", "--json"))["items"])
            if options.capacity_only:
                most = asyncio.run(warm_capacity(ports["public"], token, options.seconds))
            else:
                api = child(ports["process"], "api")
                profiles, most, before, after = asyncio.run(measure(ports["public"], token, api, options.seconds))
        finally:
            subprocess.run([options.portolan, "down", "--state", str(state)], check=False, stdout=subprocess.DEVNULL, env=environment)
    print(f"capacity {most.per_second} a second in {most.seconds:.0f} s")
    if options.capacity_only:
        pathlib.Path(options.report).parent.mkdir(parents=True, exist_ok=True)
        pathlib.Path(options.report).write_text(json.dumps({"task": "load", "capacity": most.report()}, indent=1) + "\n")
        return 0
    cpu = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "")
    report = {
        "task": "load",
        "machine": f"{os.cpu_count()} processors ({cpu or platform.machine()}), Linux {platform.release()}, shared with other work.",
        "seconds": options.seconds,
        "sections": sections,
        "profiles": [asdict(profile) for profile in profiles],
        "capacity": most.report(),
        "usage": {"before": asdict(before), "after": asdict(after)},
    }
    found = problems(report, baseline)
    report["status"] = "failed" if found else "passed"
    pathlib.Path(options.report).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(options.report).write_text(json.dumps(report, indent=1) + "\n")
    for profile in profiles:
        print(
            f"{profile.name:>10}  p50 {profile.p50:8.2f} ms  p95 {profile.p95:8.2f} ms  p99 {profile.p99:8.2f} ms  {profile.failed} failed"
        )
    for problem in found:
        print(problem, file=sys.stderr)
    if options.write:
        baseline_file.write_text(json.dumps({key: value for key, value in report.items() if key != "status"}, indent=1) + "\n")
        baseline_file.with_suffix(".md").write_text(page(report))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
