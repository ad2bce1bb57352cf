"""The extension for tasks: `tasks-*`, which the official suite runs and does not score.

`tasks-status-notifications` is not here: the official suite skips it on every server.
"""

from __future__ import annotations

import datetime
import time
from typing import Any

from cases import MODERN, Run, scenario
from wire import CAPABILITIES, TASK_CAPABILITIES, TASKS, Modern, Reply

FINAL = ("completed", "failed", "cancelled")
# What an answer about a task has no place for.
FOREIGN = ("task", "result", "error", "inputRequests", "requestState", "ttl", "pollInterval")
ENVELOPE = ("taskId", "status", "result", "error", "inputRequests")


def get(modern: Modern, task: str) -> dict[str, Any]:
    """The state of a task."""
    return modern.call("tasks/get", {"taskId": task}).result


def wait(modern: Modern, task: str, *states: str) -> dict[str, Any]:
    """The state of a task once it is one of `states`, or after 10 s whatever it is then."""
    end = time.monotonic() + 10
    while True:
        state = get(modern, task)
        if state.get("status") in (states or FINAL) or time.monotonic() > end:
            return state
        # The pace that the server asks for.
        time.sleep(state.get("pollIntervalMs", 200) / 1000)


def start(modern: Modern, tool: str, arguments: dict[str, Any] | None = None) -> str:
    """Begins a task, and returns its name."""
    return str(modern.tool(tool, arguments or {}).result.get("taskId", ""))


def is_acknowledged(reply: Reply) -> bool:
    """Whether an answer says that it was heard and nothing else."""
    return reply.result.get("resultType") == "complete" and not any(key in reply.result for key in ENVELOPE)


def is_moment(text: Any) -> bool:
    """Whether this is a point in time as ISO 8601 has it."""
    try:
        return datetime.datetime.fromisoformat(text).tzinfo is not None
    except (TypeError, ValueError):
        return False


@scenario("tasks-lifecycle", MODERN, scored=False)
def lifecycle(run: Run) -> None:
    with Modern(run, TASK_CAPABILITIES) as modern:
        greeting = modern.tool("greet", {"name": "World"})
        run.check("tasks-sync-tool-call", "Hello, World" in greeting.text and "taskId" not in greeting.result, greeting.last)
        created = modern.tool("slow_compute", {"seconds": 5, "label": "working"}).result
        fine = created.get("resultType") == "task" and created.get("taskId") and created.get("status")
        run.check("sep-2663-result-type-task-on-create", fine, created)
        state = get(modern, created["taskId"])
        run.check("sep-2663-tasks-get-status-working", state.get("status") == "working" and "result" not in state, state)
        state = wait(modern, created["taskId"])
        run.check("sep-2663-tasks-get-status-completed", state["status"] == "completed" and state["result"]["content"], state)
        state = wait(modern, start(modern, "failing_job"))
        fine = state["status"] == "completed" and state["result"].get("isError") is True
        run.check("sep-2663-tool-error-uses-completed-status", fine, state)
        state = wait(modern, start(modern, "protocol_error_job"))
        fine = state["status"] == "failed" and {"code", "message"} <= set(state["error"]) and "result" not in state
        run.check("sep-2663-tasks-get-status-failed", fine, state)
        long = start(modern, "slow_compute", {"seconds": 60, "label": "cancelled"})
        run.check("sep-2663-cancel-ack-empty-result", is_acknowledged(modern.call("tasks/cancel", {"taskId": long})))
        run.check("tasks-cancel-reaches-terminal", wait(modern, long)["status"] == "cancelled")
        again = modern.call("tasks/cancel", {"taskId": long})
        run.check("tasks-cancel-terminal-idempotent-ack", is_acknowledged(again), again.last)


@scenario("tasks-capability-negotiation", MODERN, scored=False)
def capability(run: Run) -> None:
    with Modern(run, TASK_CAPABILITIES) as modern:
        capabilities = modern.call("server/discover").result["capabilities"]
        fine = TASKS in capabilities.get("extensions", {}) and "tasks" not in capabilities
        run.check("tasks-extension-advertised", fine, capabilities)
        task = start(modern, "slow_compute", {"seconds": 1})
    with Modern(run, CAPABILITIES) as plain:
        for method in ("tasks/get", "tasks/update", "tasks/cancel"):
            reply = plain.call(method, {"taskId": task, "inputResponses": {}})
            run.check("sep-2663-tasks-methods-non-declaring", reply.error.get("code") == -32021, f"{method}: {reply.last}")
        reply = plain.tool("slow_compute", {"seconds": 0})
        fine = reply.result.get("resultType") == "complete" and bool(reply.result.get("content"))
        run.check("sep-2663-server-rejects-undeclared-client", fine and "taskId" not in reply.result, reply.last)
        # One request opts in by its own `_meta`.
        plain.capabilities = TASK_CAPABILITIES
        reply = plain.tool("slow_compute", {"seconds": 1})
        run.check("tasks-per-request-meta-opt-in", reply.result.get("resultType") == "task", reply.last)


@scenario("tasks-wire-fields", MODERN, scored=False)
def wire_fields(run: Run) -> None:
    with Modern(run, TASK_CAPABILITIES) as modern:
        created = modern.tool("slow_compute", {"seconds": 1}).result
        fine = not any(key in created for key in FOREIGN) and is_moment(created["createdAt"]) and is_moment(created["lastUpdatedAt"])
        lifetime, interval = created.get("ttlMs", 0), created.get("pollIntervalMs", 1)
        fine = fine and (lifetime is None or (type(lifetime) is int and lifetime > 0)) and type(interval) is int and interval > 0
        run.check("tasks-wire-field-renames", fine, created)
        state = wait(modern, created["taskId"])
        run.check("tasks-no-early-ttl-expiry", state["status"] == "completed", state)
        related = state["result"].get("_meta", {}).get("io.modelcontextprotocol/related-task")
        run.check("tasks-no-related-task-meta-on-inlined-result", related is None, state)


@scenario("tasks-request-state-removal", MODERN, scored=False)
def request_state(run: Run) -> None:
    with Modern(run, TASK_CAPABILITIES) as modern:
        created = modern.tool("confirm_delete", {"filename": "state.txt"}).result
        run.check("tasks-request-state-removal-setup", created.get("taskId"), created)
        run.check("tasks-create-result-no-request-state", "requestState" not in created, created)
        state = wait(modern, created["taskId"], "input_required", *FINAL)
        run.check("tasks-get-detailed-no-request-state", "requestState" not in state, state)
        modern.call("tasks/cancel", {"taskId": created["taskId"]})


@scenario("tasks-mrtr-input", MODERN, scored=False)
def input_in_tasks(run: Run) -> None:
    agreed = {"action": "accept", "content": {"confirm": True}}
    with Modern(run, TASK_CAPABILITIES) as modern:
        task = start(modern, "confirm_delete", {"filename": "input.txt"})
        state = wait(modern, task, "input_required", *FINAL)
        requests = state.get("inputRequests", {})
        fine = state["status"] == "input_required" and len(requests) == 1 and all("method" in item for item in requests.values())
        run.check("sep-2663-tasks-get-status-input-required", fine, state)
        unknown = modern.call("tasks/update", {"taskId": task, "inputResponses": {"nobody-asked": agreed}})
        run.check("tasks-mrtr-tasks-update-unknown-key-ignored", is_acknowledged(unknown), unknown.last)
        reply = modern.call("tasks/update", {"taskId": task, "inputResponses": dict.fromkeys(requests, agreed)})
        fine = is_acknowledged(reply) and wait(modern, task)["status"] == "completed"
        run.check("tasks-mrtr-tasks-update-resumes", fine, reply.last)

        task = start(modern, "multi_input")
        state = wait(modern, task, "input_required", *FINAL)
        first, second = list(state["inputRequests"])[:2]
        modern.call("tasks/update", {"taskId": task, "inputResponses": {first: agreed}})
        left = get(modern, task)
        fine = left["status"] == "input_required" and list(left["inputRequests"]) == [second]
        run.check("tasks-mrtr-partial-fulfillment", fine, left)
        modern.call("tasks/update", {"taskId": task, "inputResponses": {second: agreed}})
        run.check("tasks-mrtr-partial-fulfillment", wait(modern, task)["status"] == "completed")


@scenario("tasks-request-headers", MODERN, scored=False)
def request_headers(run: Run) -> None:
    with Modern(run, TASK_CAPABILITIES) as modern:
        reply = modern.tool("slow_compute", {"seconds": 1})
        task = reply.result.get("taskId", "")
        run.check("tasks-headers-tolerate-mcp-method-on-tools-call", reply.status == 200 and task, reply.last)
        reply = modern.call("tasks/get", {"taskId": task})
        run.check("sep-2663-routing-headers-accepted-on-tasks-get", reply.status == 200 and reply.result, reply.last)
        params = {"name": "greet", "arguments": {"name": "World"}}
        reply = modern.call("tools/call", params, headers={"Mcp-Method": "tasks/get"})
        run.check("tasks-headers-reject-mismatched-method", reply.error.get("code") == -32020, reply.last)
        reply = modern.call("tasks/get", {"taskId": task}, headers={"Mcp-Name": "wrong-task-id-for-routing-header-mismatch"})
        run.check("sep-2663-server-rejects-mismatched-mcp-name-on-tasks-get", reply.error.get("code") == -32020, reply.last)


@scenario("tasks-dispatch-and-envelope", MODERN, scored=False)
def dispatch(run: Run) -> None:
    with Modern(run, TASK_CAPABILITIES) as modern:
        created = modern.tool("slow_compute", {"seconds": 1}).result
        task = created.get("taskId", "")
        run.check("tasks-server-directed-creation-no-hint", created.get("resultType") == "task", created)
        state = get(modern, task)
        run.check("sep-2663-durable-create-strong-consistency", state.get("taskId") == task, state)
        reply = modern.call("tasks/result", {"taskId": task})
        run.check("sep-2663-tasks-result-removed-method-not-found", reply.error.get("code") == -32601, reply.last)
        reply = modern.call("tasks/list")
        run.check("tasks-removed-tasks-list", reply.error.get("code") == -32601, reply.last)
        reply = modern.tool("greet", {"name": "World"}, task={"ttl": 60_000})
        fine = "Hello, World" in reply.text and "taskId" not in reply.result
        run.check("sep-2663-legacy-task-param-ignored", fine, reply.last)
        reply = modern.tool("slow_compute", {"seconds": 0})
        run.check("tasks-immediate-result-shortcut", reply.result.get("resultType") in ("complete", "task"), reply.last)
        kinds = [modern.call("tools/list").result, state, reply.result]
        fine = all(result.get("resultType") == "complete" for result in kinds)
        run.check("tasks-result-type-complete-on-non-task-responses", fine, [result.get("resultType") for result in kinds])
        reply = modern.call("tasks/get", {"taskId": "tasks-conformance-nonexistent-12345"})
        run.check("sep-2663-tasks-get-invalid-task-id-32602", reply.error.get("code") == -32602, reply.last)


@scenario("tasks-required-task-error", MODERN, scored=False)
def required(run: Run) -> None:
    with Modern(run, CAPABILITIES) as modern:
        reply = modern.tool("failing_job", {})
        fine = reply.status == 400 and reply.error.get("code") == -32021
        run.check("sep-2663-server-returns-missing-capability-when-required", fine, reply.last)
        extensions = reply.error.get("data", {}).get("requiredCapabilities", {}).get("extensions", {})
        run.check("sep-2663-server-returns-missing-capability-data-shape", TASKS in extensions, reply.last)


@scenario("tasks-mrtr-composition", MODERN, scored=False)
def composition(run: Run) -> None:
    with Modern(run, TASK_CAPABILITIES) as modern:
        first = modern.tool("test_tool_with_task", {})
        fine = first.result.get("resultType") == "input_required" and "taskId" not in first.result
        key = next(iter(first.result.get("inputRequests", {})), "")
        answer = {"inputResponses": {key: {"action": "accept", "content": {"name": "Alice"}}}}
        if "requestState" in first.result:
            answer["requestState"] = first.result["requestState"]
        second = modern.tool("test_tool_with_task", {}, **answer).result
        fine = fine and second.get("resultType") == "task" and not {"requestState", "inputRequests"} & set(second)
        state = wait(modern, second.get("taskId", ""))
        text = state.get("result", {}).get("content", [{}])[0].get("text", "")
        run.check("sep-2663-mrtr-synchronous-before-task-creation", fine and "Alice" in text, [first.last, second, state])
