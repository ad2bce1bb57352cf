#!/usr/bin/env python3
"""Runs every benchmark beside its peer and prints a table; ends with 1 when a target is missed.

usage: run.py EVALUATION [NAME …], from the folder of the repository. Peers come from ../shared/bench and are installed into
.build/benchmark/venv. Each benchmark prints one line of JSON for each figure; the table follows.
"""
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv

BUILD = pathlib.Path(".build/benchmark")
PEERS = pathlib.Path(os.environ.get("PORTOLAN_BENCH_PEERS", "../shared/bench"))
PYTHON = BUILD / "venv/bin/python"
REQUIREMENTS = pathlib.Path("deploy/benchmark/requirements.txt")
PRODUCT = pathlib.Path(".build/release/portolan")
ENDPOINT = pathlib.Path(".build/release/EndpointBench")
COMMANDS = ["bench-pipeline", "bench-embed", "bench-jobs", "bench-search", "ontologies", "archives", "catalog", "github", "resilience"]
WITH_PEER = {"bench-pipeline", "bench-embed", "bench-jobs", "ontologies"}


def install():
    """Makes the virtual environment of the peers unless it holds these very packages."""
    stamp = BUILD / "venv/requirements.txt"
    if stamp.exists() and stamp.read_text() == REQUIREMENTS.read_text():
        return
    venv.create(BUILD / "venv", with_pip=True, clear=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS], check=True)
    stamp.write_text(REQUIREMENTS.read_text())


def resident_mebibytes(process):
    for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def ready(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def figure(name, value, unit, target, detail):
    return {"figure": name, "value": value, "unit": unit, "measured": value, "target": target, "isMinimum": False,
            "met": value <= target, "detail": detail}


def api(state):
    """Memory and start of the API beside the database of a detached stack."""
    subprocess.run([PRODUCT, "up", "--detach", "--no-ingest", "--port", "0", "--state", state], check=True, stdout=subprocess.DEVNULL)
    try:
        client = dict(line.split("=", 1) for line in (pathlib.Path(state) / "client.env").read_text().splitlines() if "=" in line)
        url, token = client["PORTOLAN_URL"].strip("'\""), client["PORTOLAN_TOKEN"].strip("'\"")
        process = next(
            int(entry.name) for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit() and is_api_of(entry, state))
        environment = dict(
            part.split("=", 1) for part in (pathlib.Path(f"/proc/{process}/environ").read_text().split("\0")) if "=" in part)
        time.sleep(2)
        yield figure("API resident, without the model", resident_mebibytes(process), "MB", 64, "idle, two seconds after the start")
        request = urllib.request.Request(f"{url}/v1/search?query=how+to+start", headers={"Authorization": f"Bearer {token}"})
        urllib.request.urlopen(request, timeout=30).read()
        time.sleep(2)
        yield figure("API resident, with the model", resident_mebibytes(process), "MB", 120, "idle, after a search")
        times = []
        for port in range(29464, 29469):
            own = {**environment, "PORTOLAN_PORT": "0", "PORTOLAN_ADMIN_PORT": str(port)}
            begin = time.monotonic()
            second = subprocess.Popen([PRODUCT, "api"], env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while not ready(port) and second.poll() is None and time.monotonic() - begin < 20:
                time.sleep(0.002)
            times.append((time.monotonic() - begin) * 1000)
            second.terminate()
            second.wait(20)
        yield figure("API start to ready", sorted(times)[len(times) // 2], "ms", 300, "median of 5, database up")
    finally:
        subprocess.run([PRODUCT, "down", "--state", state], stdout=subprocess.DEVNULL)


def is_api_of(entry, state):
    """Whether /proc/N is the API process of the stack in `state`."""
    try:
        arguments = (entry / "cmdline").read_bytes().split(b"\0")
        return len(arguments) > 1 and arguments[0].endswith(b"portolan") and arguments[1] == b"api" and state.encode() in (
            entry / "environ").read_bytes()
    except OSError:
        return False


def measure(tool, wanted):
    for command in COMMANDS:
        if wanted and command not in wanted:
            continue
        options = ["--python", str(PYTHON.absolute()), "--peers", str(PEERS.absolute())] if command in WITH_PEER else []
        run = subprocess.run([tool, command, *options], stdout=subprocess.PIPE, text=True)
        lines = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
        if run.returncode != 0 or not lines:
            yield {"figure": command, "met": False, "detail": "failed", "measured": 0, "target": 0, "unit": "", "isMinimum": True}
        yield from lines
    if not wanted or "agents" in wanted:
        if PRODUCT.exists() and ENDPOINT.exists():
            command = ["deploy/benchmark/agents.py", ENDPOINT, PRODUCT.absolute(), PEERS.absolute(), PYTHON.absolute(), (BUILD / "agents").absolute()]
            run = subprocess.run([sys.executable, *command], stdout=subprocess.PIPE, text=True)
            lines = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
            if run.returncode != 0:
                yield {"figure": "agents", "met": False, "detail": "failed", "measured": 0, "target": 0, "unit": "", "isMinimum": True}
            yield from lines
        else:
            print(f"{PRODUCT} or {ENDPOINT} is not built: the agents' endpoint is left out", file=sys.stderr)
    if not wanted or "api" in wanted:
        if PRODUCT.exists():
            yield from api(str((BUILD / "stack").absolute()))
        else:
            print(f"{PRODUCT} is not built: memory and start of the API are left out", file=sys.stderr)


def row(result):
    times = "×" if result.get("peer") is not None else f" {result['unit']}"
    sign = "≥" if result["isMinimum"] else "≤"
    measured, target = result["measured"], result["target"]
    verdict = "met" if result["met"] else f"missed by {abs(measured - target) / max(target, 1e-9) * 100:.0f} %"
    absolute = f"{result['value']:.1f} against {result['peer']:.1f} {result['unit']}; " if result.get("peer") is not None else ""
    return f"| {result['figure']} | {measured:.4g}{times} | {sign} {target:g}{times} | {verdict} | {absolute}{result['detail']} |"


def main():
    tool, wanted = sys.argv[1], sys.argv[2:]
    install()
    results = []
    for result in measure(tool, wanted):
        results.append(result)
        print(json.dumps(result, ensure_ascii=False), flush=True)
    print("\n| figure | measured | target | verdict | how |\n|---|---|---|---|---|")
    print("\n".join(row(result) for result in results))
    sys.exit(0 if all(result["met"] for result in results) else 1)


if __name__ == "__main__":
    main()
