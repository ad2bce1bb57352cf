"""The first question of `make up`: waits for the stack, asks it over MCP with the official client, and says how to connect.

    ask.py [--state DIR] [--source URL] [--question TEXT] [--timeout SECONDS]

Runs on the Python environment that deploy/setup makes. Waits until the stack of DIR is ready and its first documentation, or that of URL,
can be searched. Exits with 1 when that takes too long.
"""
import argparse
import asyncio
import contextlib
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.request

from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client


class Impatience(Exception):
    """Something did not happen in time, or cannot happen any more."""


def say(text):
    print(f"ask: {text}", flush=True)


def standard_state():
    return pathlib.Path("/var/lib/portolan") if os.geteuid() == 0 else pathlib.Path.cwd() / ".portolan"


def settings_of(state):
    """What the stack tells its clients, or None while it does not run. The ports file exists only while it does."""
    try:
        if not (state / "ports.json").exists():
            return None
        lines = (state / "client.env").read_text().splitlines()
    except FileNotFoundError:
        return None
    return dict(line.split("=", 1) for line in lines if "=" in line)


async def wait_for(what, deadline, probe, pause=0.2):
    """Calls `probe` until it returns something."""
    told = False
    while True:
        found = await probe()
        if found:
            return found
        if time.monotonic() > deadline:
            raise Impatience(f"gave up waiting for {what}")
        if not told:
            say(f"waiting for {what}")
            told = True
        await asyncio.sleep(pause)


def fetch(settings, path):
    request = urllib.request.Request(settings["PORTOLAN_URL"] + path, headers={"Authorization": f"Bearer {settings['PORTOLAN_TOKEN']}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.load(reply)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return None


def is_from(source, address):
    return not source or source.rstrip("/") == address.rstrip("/")


async def searchable(settings, source):
    """The first documentation of `source`, or of any, with sections; an ingestion that failed ends the wait."""
    documentations = await asyncio.to_thread(fetch, settings, "/v1/documentation?limit=100")
    for entry in (documentations or {}).get("items", []):
        if entry["section_count"] > 0 and is_from(source, entry["url"]):
            return entry
    jobs = await asyncio.to_thread(fetch, settings, "/v1/documentation/ingestion?limit=1")
    for job in (jobs or {}).get("items", []):
        if job["status"] in ("FAILED", "STOPPED") and is_from(source, job["web_url"]):
            reason = (job.get("error") or {}).get("message", "no reason given")
            raise Impatience(f"the ingestion of {job['web_url']} is {job['status']}: {reason}")
    return None


async def complete(settings, source):
    """The same once its last ingestion has ended: an answer from half of its pages is half as good."""
    entry = await searchable(settings, source)
    return entry if entry and entry["last_job_status"] in (None, "COMPLETED", "FAILED", "STOPPED") else None


def question_for(entry):
    """A question that the documentation can answer."""
    if entry["library"] == "git":
        return "How do I undo the last commit but keep my changes?"
    return f"How do I get started with {entry['title'] or entry['library']}?"


async def answer(settings, entry, question):
    async with create_mcp_http_client(headers={"Authorization": f"Bearer {settings['PORTOLAN_TOKEN']}"}) as http:
        url = settings["PORTOLAN_URL"] + "/mcp"
        async with Client(streamable_http_client(url, http_client=http), mode="auto") as client:
            result = await client.call_tool(
                "search_documentation", {"query": question, "documentation_id": entry["id"], "limit": 3, "max_tokens": 900})
            if result.is_error:
                raise Impatience(" ".join(block.text for block in result.content if block.type == "text"))
            return client.protocol_version, result.structured_content


def show(entry, question, version, found):
    results = found["results"]
    if not results:
        raise Impatience(f"nothing was found for: {question}")
    best = results[0]
    print()
    print(f"Question  {question}")
    print(f"Answer    {' > '.join(best['heading_path']) or best['title']}")
    print()
    for line in best["excerpt"].strip().splitlines()[:16]:
        print(f"    {line}")
    print()
    print(f"Source    {best['url']}")
    for other in results[1:]:
        print(f"Also      {other['url']}")
    print(f"Searched  {entry['library']} {entry['version']}, {entry['section_count']} sections, mode {found['search_mode']}, MCP {version}")


def show_connection(settings, state):
    mcp = settings["PORTOLAN_URL"] + "/mcp"
    token = state / "token"
    shared = {"type": "http", "url": mcp, "headers": {"Authorization": "Bearer <token>"}}
    print(f"""
Connect an agent. The endpoint is {mcp}, the token lies in {token} (only you can read it).

  Claude Code
    claude mcp add --transport http portolan {mcp} --header "Authorization: Bearer $(cat {token})"

  Cursor, .cursor/mcp.json
    {json.dumps({"mcpServers": {"portolan": {"url": mcp, "headers": shared["headers"]}}})}

  Visual Studio Code, .vscode/mcp.json
    {json.dumps({"servers": {"portolan": shared}})}

  Python (pip install mcp)
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client
    from mcp.shared._httpx_utils import create_mcp_http_client
    async with create_mcp_http_client(headers={{"Authorization": "Bearer <token>"}}) as http:
        async with Client(streamable_http_client("{mcp}", http_client=http)) as client:
            print(await client.call_tool("search_documentation", {{"query": "…"}}))
""")


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", type=pathlib.Path, default=standard_state(), help="folder of the stack")
    parser.add_argument("--source", help="address that the stack was told to ingest; by default whatever it has")
    parser.add_argument("--question", help="what to ask; by default something that fits the documentation")
    parser.add_argument("--timeout", type=float, default=300, help="seconds to wait for stack and documentation together")
    options = parser.parse_args()
    deadline = time.monotonic() + options.timeout

    async def running():
        return settings_of(options.state)

    settings = await wait_for("the stack to be ready", deadline, running)
    entry = await wait_for("the first documentation to be searchable", deadline, lambda: searchable(settings, options.source))
    # A large site takes longer; the first answer does not.
    patience = min(deadline, time.monotonic() + 60)
    with contextlib.suppress(Impatience):
        entry = await wait_for("all of it, for a minute at most", patience, lambda: complete(settings, options.source))
    question = options.question or question_for(entry)
    version, found = await answer(settings, entry, question)
    show(entry, question, version, found)
    show_connection(settings, options.state.resolve())


def reasons(error):
    """The errors inside of groups, flat."""
    if isinstance(error, BaseExceptionGroup):
        return [reason for inner in error.exceptions for reason in reasons(inner)]
    return [error]


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        for reason in reasons(error):
            print(f"ask: {reason}", file=sys.stderr)
        sys.exit(1)
