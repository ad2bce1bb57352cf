"""What only shows with two replicas and a proxy in front: streams, subscriptions, cancellation, quotas."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from typing import Any

import httpx
import pytest
from deployment import REPOSITORY, Deployment, eventually
from wire import Wire, message


def test_both_replicas_answer_and_know_each_others_cursors(it: Deployment) -> None:
    query = {"query": "gauge", "library": "gauges", "version": "1.0", "limit": 15}
    first = Wire(it, it.first.url).call("search_documentation", query)["structuredContent"]
    second = Wire(it, it.second.url).call("search_documentation", {**query, "cursor": first["next_cursor"]})["structuredContent"]
    third = Wire(it, it.first.url).call("search_documentation", {**query, "cursor": second["next_cursor"]})["structuredContent"]
    found = [hit["section_uri"] for page in (first, second, third) for hit in page["results"]]
    assert len(found) == len(set(found)) == 40 and "next_cursor" not in third


def test_the_proxy_keeps_path_and_headers(it: Deployment) -> None:
    wire = Wire(it, it.ingress)
    reply = wire.send("tools/list")
    assert reply.status_code == 200 and reply.headers["x-request-id"]
    assert wire.http.get(it.ingress.replace("/mcp", "/version")).json()["version"]
    # The admin port is not behind it.
    assert wire.http.get(it.ingress.replace("/mcp", "/metrics")).status_code == 404
    stranger = httpx.Client(verify=it.trust).post(it.ingress, json={}, headers={"Authorization": "Bearer wrong"})
    assert stranger.status_code == 401 and stranger.headers["www-authenticate"].startswith("Bearer")


def test_the_documented_script_runs(it: Deployment) -> None:
    found = re.search(r"```python\n(.*?)```", (REPOSITORY / "docs/mcp.md").read_text(), re.DOTALL)
    assert found
    environment = {"PORTOLAN_URL": f"http://127.0.0.1:{it.first.port}", "PORTOLAN_TOKEN": it.token, "PATH": os.environ["PATH"]}
    run = subprocess.run([sys.executable, "-c", found.group(1)], check=False, env=environment, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert it.site.url in run.stdout


def _leave_in_the_middle(it: Deployment, url: str, wants_progress: bool) -> float:
    """Sends a search whose statement waits, leaves, and returns the seconds until nothing waits any more."""
    body, headers = message("tools/call", {"name": "search_documentation", "arguments": {"query": "gauge"}})
    if wants_progress:
        body["params"]["_meta"]["progressToken"] = "token"
    address = urllib.parse.urlparse(url)
    with it.locked("chunk"):
        raw: socket.socket = socket.create_connection((address.hostname, address.port))
        if address.scheme == "https":
            raw = it.trust.wrap_socket(raw, server_hostname=address.hostname)
        payload = json.dumps(body).encode()
        lines = {**headers, **it.headers, "Host": address.netloc, "Content-Type": "application/json", "Content-Length": str(len(payload))}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        raw.sendall(f"POST /mcp HTTP/1.1\r\n{head}\r\n".encode() + payload)
        eventually(lambda: it.waiting() > 0, "the search waits in the database")
        left = time.monotonic()
        raw.close()
        eventually(lambda: it.waiting() == 0, "no statement is left behind")
        return time.monotonic() - left


@pytest.mark.parametrize("wants_progress", [False, True], ids=["plain", "progress"])
def test_a_client_that_leaves_takes_its_query_with_it(it: Deployment, door: str, wants_progress: bool) -> None:
    seconds = _leave_in_the_middle(it, door, wants_progress)
    print(f"gone after {seconds * 1000:.0f} ms")


@pytest.mark.parametrize("listener", ["first", "second", "ingress"])
def test_a_publication_is_told_at_every_replica(it: Deployment, listener: str) -> None:
    url = it.ingress if listener == "ingress" else getattr(it, listener).url
    library = f"news-{listener}"
    it.site.write(f"{library}/page0.html", "News", "First edition of the news.")
    it.run("ingest", "run", f"{it.site.url}/{library}/page0.html", "--library", library, "--wait")
    listed = Wire(it, url).call("list_documentations", {"library": library})["structuredContent"]["documentations"]
    sections = Wire(it, url).call("list_documentation_sections", {"documentation_id": listed[0]["id"]})["structuredContent"]["sections"]
    uri = sections[0]["uri"]
    other = Wire(it, url).call(
        "list_documentation_sections",
        {
            "documentation_id": Wire(it, url).call("list_documentations", {"library": "gauges"})["structuredContent"]["documentations"][0][
                "id"
            ],
            "limit": 1,
        },
    )["structuredContent"]["sections"][0]["uri"]
    with Wire(it, url).listen(resourcesListChanged=True, resourceSubscriptions=[uri, other]) as messages:
        first = next(messages)
        assert first["method"] == "notifications/subscriptions/acknowledged"
        assert first["params"]["notifications"] == {"resourcesListChanged": True, "resourceSubscriptions": [uri, other]}
        it.site.write(f"{library}/page0.html", "News", "Second edition of the news, which says more.")
        worker = threading.Thread(
            target=it.run, args=("ingest", "run", f"{it.site.url}/{library}/page0.html", "--library", library, "--wait")
        )
        worker.start()
        told = [next(messages), next(messages)]
        worker.join()
    methods = [(item["method"], item["params"].get("uri")) for item in told]
    assert ("notifications/resources/updated", uri) in methods and ("notifications/resources/list_changed", None) in methods
    assert all("io.modelcontextprotocol/subscriptionId" in item["params"]["_meta"] for item in told)


@pytest.mark.parametrize("listener", ["first", "second", "ingress"])
def test_a_hidden_library_is_not_hinted_at(it: Deployment, listener: str) -> None:
    url = it.ingress if listener == "ingress" else getattr(it, listener).url
    shown, hidden = f"shown-{listener}", f"hidden-{listener}"

    def ingest(library: str, text: str) -> None:
        it.site.write(f"{library}/page0.html", library, text)
        it.run("ingest", "run", f"{it.site.url}/{library}/page0.html", "--library", library, "--wait")

    def set_private(library: str, private: bool) -> None:
        address = f"{it.first.url.removesuffix('/mcp')}/v1/libraries/{library}/access"
        assert Wire(it, url).http.put(address, json={"private": private}).status_code == 200

    set_private(hidden, True)
    for library in (shown, hidden):
        ingest(library, "First edition.")
    operator, stranger = Wire(it, url), Wire(it, url, it.key("docs:read"))
    documentation = stranger.call("list_documentations", {"library": shown})["structuredContent"]["documentations"][0]["id"]
    arguments = {"documentation_id": documentation}
    uri = stranger.call("list_documentation_sections", arguments)["structuredContent"]["sections"][0]["uri"]
    wanted: dict[str, Any] = {"resourcesListChanged": True, "resourceSubscriptions": [uri]}
    with operator.listen(**wanted) as all_of_it, stranger.listen(**wanted) as public:
        assert all(next(messages)["method"] == "notifications/subscriptions/acknowledged" for messages in (all_of_it, public))
        ingest(hidden, "Second edition, which says more.")
        # The operator has heard of it, so the replica has told whom it tells.
        assert next(all_of_it)["method"] == "notifications/resources/list_changed"
        ingest(shown, "Second edition, which says more.")
        assert next(public)["params"].get("uri") == uri
        assert next(public)["method"] == "notifications/resources/list_changed"
        # What was there is taken away while the stream is open.
        set_private(shown, True)
        ingest(shown, "Third edition, which says even more.")
        told = [next(all_of_it) for _ in range(4)]
        assert [item["params"].get("uri") for item in told].count(uri) == 2
        set_private(shown, False)
        ingest(shown, "Fourth edition, which says the most.")
        assert next(public)["params"].get("uri") == uri


def test_events_of_a_stream_arrive_one_by_one(it: Deployment) -> None:
    with Wire(it, it.ingress).listen(resourcesListChanged=True) as messages:
        # Arrives although the stream goes on: nothing is held back until a buffer is full.
        assert next(messages)["method"] == "notifications/subscriptions/acknowledged"


def test_quotas_count_over_both_replicas(it: Deployment) -> None:
    limited = [it.replica(PORTOLAN_RATE_LIMIT="2/s"), it.replica(PORTOLAN_RATE_LIMIT="2/s")]
    try:
        url = it.front(*limited)
        wire = Wire(it, url)
        begin = time.monotonic()
        replies = [wire.send("tools/list") for _ in range(20)]
        seconds = time.monotonic() - begin
        allowed = [reply for reply in replies if reply.status_code == 200]
        refused = [reply for reply in replies if reply.status_code == 429]
        assert len(allowed) + len(refused) == 20 and refused
        # A burst of 2 for both together, and 2 more a second; each replica for itself would allow twice as many.
        # Two may be let through by a replica that waited too long for Redis.
        assert len(allowed) <= 4 + 2 * (seconds + 1)
        assert all(int(reply.headers["retry-after"]) >= 1 for reply in refused)
        assert all("x-ratelimit-limit" in reply.headers or "ratelimit-limit" in reply.headers for reply in replies)
    finally:
        for replica in limited:
            replica.stop()
