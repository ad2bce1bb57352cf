"""Requests that describe themselves: `server-stateless`, 30 checks."""

from __future__ import annotations

from typing import Any

from cases import MODERN, Run, scenario
from wire import META, Modern, Reply

ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
SUBSCRIPTION = META + "subscriptionId"


@scenario("server-stateless", MODERN, checks_wire=False)
def stateless(run: Run) -> None:
    with Modern(run) as modern:
        errors: list[tuple[Any, Reply]] = []

        def send(message: dict[str, Any], headers: dict[str, str | None] | None = None) -> Reply:
            reply = modern.send(message, headers)
            if reply.error:
                errors.append((message["id"], reply))
            return reply

        check_meta(run, modern, send)
        discovered = check_discovery(run, modern)
        check_versions(run, modern, send, discovered)
        check_capabilities(run, modern, send)
        for method in ("initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "unknown/method"):
            reply = send(modern.message(method))
            fine = reply.status == 404 and reply.error.get("code") == -32601
            run.check("sep-2575-http-server-method-not-found-404", fine, f"{method}: {reply.status} {reply.last}")
        run.check(
            "sep-2575-http-server-error-jsonrpc-id",
            all(reply.last.get("id") == identifier for identifier, reply in errors),
            [(identifier, reply.last) for identifier, reply in errors],
        )
        check_streams(run, modern)
        check_subscriptions(run, modern, discovered)


def check_meta(run: Run, modern: Modern, send: Any) -> None:
    """What `_meta` must have."""
    bare = modern.message("server/discover")
    bare["params"] = {}
    for name, message in [
        ("no _meta", bare),
        ("no version", modern.message("server/discover", meta={META + "protocolVersion": None})),
        ("no capabilities", modern.message("server/discover", meta={META + "clientCapabilities": None})),
    ]:
        reply = send(message)
        fine = reply.status == 400 and reply.error.get("code") == -32602
        run.check("sep-2575-http-server-meta-invalid-400", fine, f"{name}: {reply.status} {reply.last}")
    reply = send(modern.message("server/discover", meta={META + "clientInfo": None}))
    run.check("sep-2575-request-meta-client-info-optional", reply.status == 200 and reply.result, reply.last)


def check_discovery(run: Run, modern: Modern) -> dict[str, Any]:
    """What the server says of itself, and whether it is true."""
    result = modern.call("server/discover").result
    fine = isinstance(result.get("supportedVersions"), list) and isinstance(result.get("capabilities"), dict)
    run.check("sep-2575-server-implements-discover", fine, result)
    info = result.get("_meta", {}).get(META + "serverInfo", {})
    run.check("sep-2575-server-identifies-in-result-meta", info.get("name") and info.get("version"), result)
    capabilities = result["capabilities"]
    works = not modern.call("prompts/list").error
    run.check("sep-2575-server-declares-prompts-in-discover", not works or "prompts" in capabilities, capabilities)
    tools = modern.call("tools/list")
    matches = not tools.error if "tools" in capabilities else tools.error.get("code") == -32601
    run.check("sep-2575-discover-capabilities-match-handlers", matches, capabilities)
    return result


def check_versions(run: Run, modern: Modern, send: Any, discovered: dict[str, Any]) -> None:
    """Versions that are not spoken, or not the same in header and message."""
    other = {META + "protocolVersion": "v999.0.0"}
    reply = send(modern.message("server/discover", meta=other), {"MCP-Protocol-Version": "v999.0.0"})
    data = reply.error.get("data", {})
    supported = set(data.get("supported", []))
    fine = supported and supported <= set(discovered["supportedVersions"]) and data.get("requested") == "v999.0.0"
    run.check("sep-2575-server-unsupported-version-error", fine and reply.error.get("code") == -32022, reply.last)
    run.check("sep-2575-http-server-unsupported-version-400", reply.status == 400, reply.status)
    reply = send(modern.message("server/discover", meta=other))
    run.check("sep-2575-http-server-header-mismatch-400", reply.status == 400 and reply.error.get("code") == -32020, reply.last)


def check_capabilities(run: Run, modern: Modern, send: Any) -> None:
    """A tool that needs what the client has not declared."""
    message = modern.message("tools/call", {"name": "test_missing_capability"}, meta={META + "clientCapabilities": {}})
    reply = send(message)
    required = reply.error.get("data", {}).get("requiredCapabilities")
    fine = reply.error.get("code") == -32021 and required == {"sampling": {}}
    run.check("sep-2575-server-rejects-undeclared-capability", fine, reply.last)
    run.check("sep-2575-missing-capability-http-400", reply.status == 400, reply.status)


def check_streams(run: Run, modern: Modern) -> None:
    """What may not be on the stream of a request."""
    reply = modern.send(
        modern.message("tools/call", {"name": "test_streaming_elicitation"}, meta={META + "clientCapabilities": {"elicitation": {}}})
    )
    asked = [message for message in reply.messages if "method" in message and "id" in message]
    answered = any("result" in message for message in reply.messages)
    run.check("sep-2575-http-server-no-independent-requests-on-stream", answered and not asked, reply.messages)
    reply = modern.tool("test_logging_tool")
    fine = "result" in reply.last and not reply.sent("notifications/message")
    run.check("sep-2575-server-no-log-without-loglevel", fine, reply.messages)


def check_subscriptions(run: Run, modern: Modern, discovered: dict[str, Any]) -> None:
    """Streams of changes."""
    with modern.listen({"toolsListChanged": True}) as listening:
        first = listening.next()
        run.check("sep-2575-server-sends-subscription-ack", first.get("method") == ACKNOWLEDGED, first)
        modern.tool("test_trigger_tool_change")
        second = listening.next()
        tags = [message.get("params", {}).get("_meta", {}).get(SUBSCRIPTION) for message in (first, second)]
        run.check("sep-2575-server-tags-subscription-id", tags == [listening.id] * 2, tags)
    with modern.listen({"promptsListChanged": True}) as listening:
        listening.next()
        modern.tool("test_trigger_tool_change")
        modern.tool("test_trigger_prompt_change")
        # Changes come in order: what was filtered out is not before this one.
        message = listening.next()
        fine = message.get("method") == "notifications/prompts/list_changed"
        run.check("sep-2575-server-honors-notification-filter", fine, message)
    capabilities = discovered["capabilities"]
    for kind, singular in (("prompts", "prompt"), ("tools", "tool")):
        check_id = f"sep-2575-server-sends-{kind}-list-changed-on-subscription"
        if not run.check(check_id, capabilities.get(kind, {}).get("listChanged"), f"{kind}.listChanged is not declared"):
            continue
        with modern.listen({f"{kind}ListChanged": True}) as listening:
            listening.next()
            modern.tool(f"test_trigger_{singular}_change")
            message = listening.next()
            run.check(check_id, message.get("method") == f"notifications/{kind}/list_changed", message)
