"""Raw requests to the endpoint, for what the clients hide or do not have."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
from deployment import Deployment

VERSION = "2026-07-28"
TASKS = "io.modelcontextprotocol/tasks"
_numbers = itertools.count(1)


def message(method: str, params: dict[str, Any], capabilities: dict[str, Any] | None = None) -> tuple[dict[str, Any], dict[str, str]]:
    """A request of the modern era, and the headers that repeat it."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientCapabilities": capabilities or {},
        "io.modelcontextprotocol/clientInfo": {"name": "wire", "version": "1"},
    }
    body = {"jsonrpc": "2.0", "id": next(_numbers), "method": method, "params": {**params, "_meta": meta}}
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": VERSION, "Mcp-Method": method}
    name = params.get("taskId" if method.startswith("tasks/") else "uri" if method == "resources/read" else "name")
    if name:
        headers["Mcp-Name"] = name
    return body, headers


class Wire:
    """Sends requests to one address."""

    def __init__(self, it: Deployment, url: str, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else it.headers
        self.url = url
        self.http = httpx.Client(headers=headers, verify=it.trust, timeout=60)

    def send(self, method: str, params: dict[str, Any] | None = None, capabilities: dict[str, Any] | None = None) -> httpx.Response:
        body, headers = message(method, params or {}, capabilities)
        return self.http.post(self.url, json=body, headers=headers)

    def result(self, method: str, params: dict[str, Any] | None = None, capabilities: dict[str, Any] | None = None) -> dict[str, Any]:
        reply = self.send(method, params, capabilities)
        answer = reply.json()
        assert "result" in answer, f"{method}: {reply.status_code} {answer}"
        return dict(answer["result"])

    def call(self, tool: str, arguments: dict[str, Any], capabilities: dict[str, Any] | None = None) -> dict[str, Any]:
        return self.result("tools/call", {"name": tool, "arguments": arguments}, capabilities)

    @contextlib.contextmanager
    def listen(self, **notifications: Any) -> Iterator[Iterator[dict[str, Any]]]:
        """The messages of a subscription, as they come."""
        body, headers = message("subscriptions/listen", {"notifications": notifications})
        with self.http.stream("POST", self.url, json=body, headers=headers) as reply:
            assert reply.status_code == 200, reply.read()
            assert reply.headers["content-type"].startswith("text/event-stream")
            yield self._messages(reply)

    @staticmethod
    def _messages(reply: httpx.Response) -> Iterator[dict[str, Any]]:
        # A stream never falls silent: comments keep it alive, and would keep a test that waits in vain alive, too.
        deadline = time.monotonic() + 300
        for line in reply.iter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))
            elif time.monotonic() > deadline:
                raise TimeoutError("no message on the stream")
