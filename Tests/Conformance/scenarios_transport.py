"""Handshake, sessions, streams, hosts, caching and schemas, byte by byte."""

from __future__ import annotations

import concurrent.futures
import json
import urllib.parse
from typing import Any

import httpx

from cases import LEGACY, MODERN, Run, scenario
from wire import CLIENT, Legacy, Modern, client, events


@scenario("server-initialize", LEGACY)
def initialize(run: Run) -> None:
    with Legacy(run) as session:
        server = session.server
        fine = server.get("protocolVersion") == LEGACY and server.get("serverInfo", {}).get("name") and "capabilities" in server
        run.check("server-initialize", fine, server)
        visible = session.session is None or all(0x21 <= ord(character) <= 0x7E for character in session.session)
        run.check("server-session-id-visible-ascii", visible, session.session)


@scenario("server-session-lifecycle", LEGACY, scored=False, checks_wire=False)
def session_lifecycle(run: Run) -> None:
    http = httpx.Client(timeout=60, trust_env=False)
    session = Legacy(run)
    reply = session.call("initialize", {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": CLIENT})
    identifier = reply.headers.get("mcp-session-id")
    if not run.check("server-session-lifecycle", identifier, "no session id"):
        return
    session.session = identifier
    run.check("server-session-initialized-accepted", session.notify("notifications/initialized").is_success)
    run.check("server-session-delete-accepted", http.delete(run.url, headers=session.headers()).is_success)
    run.check("server-session-terminated-returns-404", session.call("tools/list").status == 404)


@scenario("server-sse-multiple-streams", LEGACY, MODERN, checks_wire=False)
def multiple_streams(run: Run) -> None:
    with client(run) as one:
        if isinstance(one, Legacy) and not run.check("server-sse-multiple-streams-session", one.session, "no session id"):
            return

        def post(number: int) -> int:
            message: dict[str, Any] = {"jsonrpc": "2.0", "id": 1000 + number, "method": "tools/list"}
            if isinstance(one, Modern):
                message = one.message("tools/list", identifier=1000 + number)
            headers = one.headers(message) if isinstance(one, Modern) else one.headers()
            with httpx.Client(timeout=60, trust_env=False) as http:
                response = http.post(run.url, content=json.dumps(message), headers=headers)
                functional = response.headers["content-type"].startswith(("application/json", "text/event-stream"))
                return response.status_code if functional else 0

        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            statuses = list(pool.map(post, range(3)))
        run.check("server-accepts-multiple-post-streams", statuses == [200, 200, 200], statuses)
        if run.wire == LEGACY:
            run.check("server-sse-streams-functional", all(status == 200 for status in statuses), statuses)


@scenario("server-sse-polling", LEGACY, scored=False, checks_wire=False)
def polling(run: Run) -> None:
    with Legacy(run) as session:
        run.check("server-sse-polling-session", session.session)
        tools = session.call("tools/list").result["tools"]
        run.check("server-sse-test-reconnection-tool", any(tool["name"] == "test_reconnection" for tool in tools))
        reply = session.tool("test_reconnection", {})
        run.check("server-sse-content-type", reply.headers["content-type"].startswith("text/event-stream"), reply.headers)
        first = reply.events[0]
        run.check("server-sse-priming-event", first.id and first.data == "", first)
        run.check("server-sse-retry-field", first.retry is not None, first)
        run.check("server-sse-polling-stream", not reply.messages, "the server did not end the stream before the result")
        headers = session.headers() | {"Last-Event-ID": reply.events[-1].id or "", "Accept": "text/event-stream"}
        with session.http.stream("GET", run.url, headers=headers) as response:
            messages = [event.message for event in events(response.iter_lines()) if event.message]
        run.check("server-sse-disconnect-resume", len(messages) == 1 and "result" in messages[0], messages)
        run.check("server-sse-disconnect-resume", not messages[0]["result"].get("isError"), messages)


@scenario("dns-rebinding-protection", LEGACY, MODERN, checks_wire=False)
def dns_rebinding(run: Run) -> None:
    own = urllib.parse.urlsplit(run.url).netloc

    def status(host: str) -> int:
        if run.wire == MODERN:
            with Modern(run) as modern:
                message = modern.message("server/discover")
                headers = modern.headers(message)
        else:
            params = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": CLIENT}
            message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
            headers = {
                "Content-Type": "application/json",
                "Accept": "application/json, text/event-stream",
                "MCP-Protocol-Version": LEGACY,
                "Mcp-Method": "initialize",
            }
        headers |= {"Host": host, "Origin": f"http://{host}"}
        with httpx.Client(timeout=60, trust_env=False) as http:
            return http.post(run.url, content=json.dumps(message), headers=headers).status_code

    foreign, valid = status("evil.example.com"), status(own)
    run.check("localhost-host-rebinding-rejected", 400 <= foreign < 500, foreign)
    run.check("localhost-host-valid-accepted", 200 <= valid < 300, valid)


@scenario("json-schema-2020-12", LEGACY, MODERN, scored=False)
def json_schema(run: Run) -> None:
    with client(run) as one:
        tools = one.call("tools/list").result["tools"]
    schema = next((tool["inputSchema"] for tool in tools if tool["name"] == "json_schema_2020_12_tool"), None)
    if not run.check("json-schema-2020-12-tool-found", schema) or schema is None:
        return
    run.check("json-schema-2020-12-$schema", schema.get("$schema") == "https://json-schema.org/draft/2020-12/schema", schema)
    run.check("json-schema-2020-12-$defs", schema.get("$defs", {}).get("address", {}).get("type") == "object", schema)
    run.check("json-schema-2020-12-additionalProperties", schema.get("additionalProperties") is False, schema)
    composed = schema.get("allOf", [{}])[0].get("anyOf")
    run.check("sep-2106-composition-keywords-preserved", composed == [{"required": ["phone"]}, {"required": ["email"]}], schema)
    run.check("sep-2106-conditional-keywords-preserved", {"if", "then", "else"} <= set(schema), schema)
    run.check("sep-2106-anchor-keyword-preserved", schema["$defs"]["address"].get("$anchor") == "addressDef", schema)


@scenario("caching", MODERN)
def caching(run: Run) -> None:
    with Modern(run) as modern:
        first = modern.call("resources/list").result["resources"][0]["uri"]
        results = {
            "tools-list": modern.call("tools/list").result,
            "prompts-list": modern.call("prompts/list").result,
            "resources-list": modern.call("resources/list").result,
            "resources-templates-list": modern.call("resources/templates/list").result,
            "resources-read": modern.call("resources/read", {"uri": first}).result,
        }
    for name, result in results.items():
        run.check(f"sep-2549-{name}-caching-hints", {"ttlMs", "cacheScope"} <= set(result), result)
    lifetimes = [result.get("ttlMs") for result in results.values()]
    run.check("sep-2549-ttl-non-negative", all(type(time) is int and time >= 0 for time in lifetimes), lifetimes)
    scopes = [result.get("cacheScope") for result in results.values()]
    run.check("sep-2549-cache-scope-valid", all(scope in ("public", "private") for scope in scopes), scopes)


@scenario("sep-2164-resource-not-found", MODERN)
def not_found(run: Run) -> None:
    uri = "test://nonexistent-resource-for-conformance-testing"
    with Modern(run) as modern:
        reply = modern.call("resources/read", {"uri": uri})
    run.check("sep-2164-no-empty-contents", "result" not in reply.last, reply.last)
    run.check("sep-2164-error-code", reply.error.get("code") == -32602, reply.last)
    run.check("sep-2164-data-uri", reply.error.get("data", {}).get("uri") == uri, reply.last)


def rejects(run: Run, reply: Any, status_id: str, code_id: str, name: str) -> None:
    """The answer to a request whose headers are wrong."""
    run.check(status_id, reply.status == 400, f"{name}: {reply.status}")
    run.check(code_id, reply.error.get("code") == -32020, f"{name}: {reply.last}")


@scenario("http-header-validation", MODERN, scored=False)
def standard_headers(run: Run) -> None:
    status_id, code_id = "sep-2243-server-reject-invalid-headers", "sep-2243-server-reject-error-code"
    with Modern(run) as modern:
        tool = modern.call("tools/list").result["tools"][0]["name"]
        run.check("sep-2243-server-standard-setup", tool)
        wrong: list[tuple[str, str, dict[str, Any], dict[str, str | None]]] = [
            ("another method", "tools/list", {}, {"Mcp-Method": "prompts/list"}),
            ("no method", "tools/list", {}, {"Mcp-Method": None}),
            ("method in capitals", "tools/list", {}, {"Mcp-Method": "TOOLS/LIST"}),
            ("another name", "tools/call", {"name": tool, "arguments": {}}, {"Mcp-Name": "another"}),
            ("no name", "tools/call", {"name": tool, "arguments": {}}, {"Mcp-Name": None}),
        ]
        for name, method, params, headers in wrong:
            rejects(run, modern.call(method, params, headers=headers), status_id, code_id, name)
        for spelling in ("mcp-method", "MCP-METHOD"):
            reply = modern.call("tools/list", headers={"Mcp-Method": None, spelling: "tools/list"})
            run.check("sep-2243-header-name-case-insensitive", reply.status == 200 and reply.result, spelling)
        message = modern.message("tools/call", {"name": tool, "arguments": {}})
        reply = modern.send_raw(message, {"Mcp-Name": f"  {tool}  "})
        run.check("sep-2243-server-accepts-whitespace-header-value", reply.status == 200 and not reply.error, reply.last)


@scenario("http-custom-header-server-validation", MODERN, scored=False)
def custom_headers(run: Run) -> None:
    with Modern(run) as modern:
        found = [
            (tool["name"], key, schema["x-mcp-header"])
            for tool in modern.call("tools/list").result["tools"]
            for key, schema in tool["inputSchema"].get("properties", {}).items()
            if "x-mcp-header" in schema and schema.get("type") == "string"
        ]
        if not run.check("sep-2243-server-custom-setup", found, "no tool has an argument with x-mcp-header"):
            return
        tool, argument, header = found[0]

        def call(value: str, sent: str | None) -> Any:
            headers: dict[str, str | None] = {f"Mcp-Param-{header}": sent}
            return modern.call("tools/call", {"name": tool, "arguments": {argument: value}}, headers=headers)

        for check_id, value, sent in [
            ("sep-2243-server-decode-base64", "Hello", "=?base64?SGVsbG8=?="),
            ("sep-2243-server-validate-param-match", "SGVsbG8=", "SGVsbG8="),
            ("sep-2243-server-validate-param-match", "=?base64?SGVsbG8=", "=?base64?SGVsbG8="),
        ]:
            reply = call(value, sent)
            run.check(check_id, reply.status == 200 and value in reply.text, reply.last)
        for sent in ("=?base64?SGVsbG8?=", "=?base64?SGVs!!!bG8=?="):
            invalid = "sep-2243-server-reject-invalid-param-chars"
            rejects(run, call("Hello", sent), invalid, invalid, sent)
        mismatch = "sep-2243-server-reject-param-mismatch"
        rejects(run, call("Hello", None), mismatch, mismatch, "no header")
