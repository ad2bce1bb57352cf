"""Requests as bytes, and answers as they come: both revisions by hand, for what no client would send."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

from cases import LEGACY, MODERN, Run

META = "io.modelcontextprotocol/"
CLIENT = {"name": "conformance-test-client", "version": "1.0.0"}
CAPABILITIES: dict[str, Any] = {"sampling": {}, "elicitation": {}, "roots": {"listChanged": True}}
TASKS = "io.modelcontextprotocol/tasks"
TASK_CAPABILITIES: dict[str, Any] = {"elicitation": {}, "sampling": {}, "extensions": {TASKS: {}}}
NAMES = {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
    "tasks/get": "taskId",
    "tasks/update": "taskId",
    "tasks/cancel": "taskId",
}
Message = dict[str, Any]


@dataclass
class Event:
    """One server-sent event."""

    data: str = ""
    id: str | None = None
    retry: int | None = None
    name: str | None = None

    @property
    def message(self) -> Message | None:
        """The message in it; nothing in one that only tells its place."""
        return json.loads(self.data) if self.data else None


def events(lines: Iterator[str]) -> Iterator[Event]:
    """Reads an event stream line by line."""
    event, filled = Event(), False
    for line in lines:
        if not line:
            if filled:
                yield event
            event, filled = Event(), False
            continue
        if line.startswith(":"):
            continue
        key, _, value = line.partition(":")
        value = value.removeprefix(" ")
        filled = True
        if key == "data":
            event.data += value
        elif key == "id":
            event.id = value
        elif key == "retry":
            event.retry = int(value)
        elif key == "event":
            event.name = value


@dataclass
class Reply:
    """An answer, whole."""

    status: int
    headers: httpx.Headers
    messages: list[Message] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    @property
    def last(self) -> Message:
        """The message that ends the request."""
        return self.messages[-1] if self.messages else {}

    @property
    def result(self) -> dict[str, Any]:
        """The result; empty when there is none."""
        result: dict[str, Any] = self.last.get("result", {})
        return result

    @property
    def error(self) -> dict[str, Any]:
        """The error; empty when there is none."""
        error: dict[str, Any] = self.last.get("error", {})
        return error

    @property
    def text(self) -> str:
        """The first text of the result of a tool."""
        return next((block["text"] for block in self.result.get("content", []) if block.get("type") == "text"), "")

    def sent(self, method: str) -> list[Message]:
        """What the server sent under this name before the result."""
        return [message for message in self.messages if message.get("method") == method]


class Modern:
    """A client of 2026-07-28 that says exactly what it is told to."""

    def __init__(self, run: Run, capabilities: dict[str, Any] | None = None) -> None:
        self.run = run
        self.capabilities = CAPABILITIES if capabilities is None else capabilities
        self.http = httpx.Client(timeout=60, trust_env=False)
        self.ids = itertools.count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.http.close()

    def message(self, method: str, params: Message | None = None, *, meta: Message | None = None, identifier: Any = None) -> Message:
        """A request; a value of None in `meta` leaves the key out."""
        whole = {
            META + "protocolVersion": MODERN,
            META + "clientInfo": CLIENT,
            META + "clientCapabilities": self.capabilities,
            **(meta or {}),
        }
        return {
            "jsonrpc": "2.0",
            "id": next(self.ids) if identifier is None else identifier,
            "method": method,
            "params": {**(params or {}), "_meta": {key: value for key, value in whole.items() if value is not None}},
        }

    def headers(self, message: Message, changed: dict[str, str | None] | None = None) -> dict[str, str]:
        """The headers that belong to a message; a value of None leaves one out."""
        params = message.get("params", {})
        headers: dict[str, str | None] = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": MODERN,
            "Mcp-Method": message["method"],
        }
        name = params.get(NAMES.get(message["method"], ""))
        if name is not None:
            headers["Mcp-Name"] = str(name)
        headers |= changed or {}
        return {key: value for key, value in headers.items() if value is not None}

    def send(self, message: Message, headers: dict[str, str | None] | None = None) -> Reply:
        """Sends a message and reads the whole answer."""
        with self.http.stream("POST", self.run.url, content=json.dumps(message), headers=self.headers(message, headers)) as response:
            return self._read(message["method"], response)

    def call(
        self,
        method: str,
        params: Message | None = None,
        *,
        meta: Message | None = None,
        headers: dict[str, str | None] | None = None,
    ) -> Reply:
        """Makes a request and reads the whole answer."""
        return self.send(self.message(method, params, meta=meta), headers)

    def send_raw(self, message: Message, headers: dict[str, str | None]) -> Reply:
        """Sends a message with headers that a careful client refuses to send."""
        place = urllib.parse.urlsplit(self.run.url)
        connection = http.client.HTTPConnection(place.netloc, timeout=60)
        with contextlib.closing(connection):
            connection.request("POST", place.path, json.dumps(message), self.headers(message, headers))
            response = connection.getresponse()
            answer = json.loads(response.read())
        self.run.saw(message["method"], answer)
        return Reply(response.status, httpx.Headers(response.getheaders()), [answer])

    def tool(self, name: str, arguments: Message | None = None, **more: Any) -> Reply:
        """Calls a tool; without arguments, the key is left out."""
        params: Message = {"name": name, **more}
        if arguments is not None:
            params["arguments"] = arguments
        return self.call("tools/call", params)

    def _read(self, method: str, response: httpx.Response) -> Reply:
        reply = Reply(response.status_code, response.headers)
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            reply.events = list(events(response.iter_lines()))
            reply.messages = [event.message for event in reply.events if event.message is not None]
        else:
            body = response.read()
            reply.messages = [json.loads(body)] if body else []
        for message in reply.messages:
            self.run.saw(method, message)
        return reply

    @contextlib.contextmanager
    def listen(self, notifications: Message) -> Iterator[Listening]:
        """Opens a subscription."""
        message = self.message("subscriptions/listen", {"notifications": notifications}, identifier=int(time.time() * 1000))
        with (
            httpx.Client(timeout=60, trust_env=False) as own,
            own.stream("POST", self.run.url, content=json.dumps(message), headers=self.headers(message)) as response,
        ):
            yield Listening(self.run, response, message["id"])


class Listening:
    """An open subscription."""

    def __init__(self, run: Run, response: httpx.Response, identifier: Any) -> None:
        self.run, self.response, self.id = run, response, identifier
        self.events = events(response.iter_lines())

    def next(self) -> Message:
        """The next message; the time limit of the client bounds the wait."""
        for event in self.events:
            if event.message is not None:
                self.run.saw("subscriptions/listen", event.message)
                return event.message
        return {}


class Legacy:
    """A session of 2025-11-25 that says exactly what it is told to."""

    def __init__(self, run: Run, capabilities: dict[str, Any] | None = None, version: str = LEGACY) -> None:
        self.run = run
        self.version = version
        self.capabilities = {"sampling": {}, "elicitation": {}} if capabilities is None else capabilities
        self.http = httpx.Client(timeout=60, trust_env=False)
        self.ids = itertools.count(1)
        self.session: str | None = None
        self.server: dict[str, Any] = {}

    def __enter__(self) -> Self:
        reply = self.call("initialize", {"protocolVersion": self.version, "capabilities": self.capabilities, "clientInfo": CLIENT})
        self.session = reply.headers.get("mcp-session-id")
        self.server = reply.result
        self.notify("notifications/initialized")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.session:
            self.http.delete(self.run.url, headers=self.headers())
        self.http.close()

    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if self.session:
            headers |= {"Mcp-Session-Id": self.session, "MCP-Protocol-Version": self.version}
        return headers

    def post(self, message: Message) -> httpx.Response:
        """Sends a message whose answer has no body."""
        return self.http.post(self.run.url, content=json.dumps(message), headers=self.headers())

    def notify(self, method: str, params: Message | None = None) -> httpx.Response:
        """Sends a notification."""
        return self.post({"jsonrpc": "2.0", "method": method, **({"params": params} if params else {})})

    def call(self, method: str, params: Message | None = None, answers: dict[str, Message] | None = None) -> Reply:
        """Makes a request and reads the whole answer; requests of the server's are answered from `answers` by their method."""
        message = {"jsonrpc": "2.0", "id": next(self.ids), "method": method, **({"params": params} if params is not None else {})}
        with self.http.stream("POST", self.run.url, content=json.dumps(message), headers=self.headers()) as response:
            return self.read(response, method, answers)

    def read(self, response: httpx.Response, method: str, answers: dict[str, Message] | None = None) -> Reply:
        """Reads an answer to its end."""
        reply = Reply(response.status_code, response.headers)
        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            body = response.read()
            reply.messages = [json.loads(body)] if body else []
            for message in reply.messages:
                self.run.saw(method, message)
            return reply
        for event in events(response.iter_lines()):
            reply.events.append(event)
            sent = event.message
            if sent is None:
                continue
            reply.messages.append(sent)
            self.run.saw(method, sent)
            if "method" in sent and "id" in sent:
                with httpx.Client(timeout=60, trust_env=False) as own:
                    answer = {"jsonrpc": "2.0", "id": sent["id"], "result": (answers or {})[sent["method"]]}
                    own.post(self.run.url, content=json.dumps(answer), headers=self.headers())
        return reply

    def tool(self, name: str, arguments: Message | None = None, answers: dict[str, Message] | None = None, **more: Any) -> Reply:
        """Calls a tool; without arguments, the key is left out."""
        params: Message = {"name": name, **more}
        if arguments is not None:
            params["arguments"] = arguments
        return self.call("tools/call", params, answers)


def client(run: Run) -> Modern | Legacy:
    """The client of the wire that a scenario runs on."""
    return Modern(run) if run.wire == MODERN else Legacy(run)
