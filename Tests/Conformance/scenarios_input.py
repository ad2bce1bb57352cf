"""Requests that take several rounds: `input-required-result-*`."""

from __future__ import annotations

from typing import Any

from cases import MODERN, Run, scenario
from wire import META, Modern, Reply

PREFIX = "test_input_required_result_"
TEXT = {"role": "assistant", "content": {"type": "text", "text": "Paris"}, "model": "test-model", "stopReason": "endTurn"}
ROOTS = {"roots": [{"uri": "file:///workspace", "name": "Workspace"}]}


def accept(**content: Any) -> dict[str, Any]:
    """What a person agrees to."""
    return {"action": "accept", "content": content}


def is_open(reply: Reply) -> bool:
    """Whether the request needs another round."""
    return reply.result.get("resultType") == "input_required" and isinstance(reply.result.get("inputRequests", {}), dict)


def is_complete(reply: Reply) -> bool:
    """Whether the request is done, with something in it."""
    return reply.result.get("resultType") == "complete" and bool(reply.result.get("content"))


def again(first: Reply, responses: Any) -> dict[str, Any]:
    """What the next round adds to the request."""
    more: dict[str, Any] = {"inputResponses": responses}
    if "requestState" in first.result:
        more["requestState"] = first.result["requestState"]
    return more


def two_rounds(run: Run, tool: str, check: str, key: str | None, method: str, answer: Any) -> None:
    """Asks once and completes."""
    with Modern(run) as modern:
        first = modern.tool(PREFIX + tool)
        requests = first.result.get("inputRequests", {})
        name = key or next(iter(requests), "")
        fine = is_open(first) and requests.get(name, {}).get("method") == method
        if not run.check(f"sep-2322-{check}-incomplete", fine, first.last):
            return
        reply = modern.tool(PREFIX + tool, **again(first, {name: answer}))
        run.check(f"sep-2322-{check}-complete", is_complete(reply), reply.last)


@scenario("input-required-result-basic-elicitation", MODERN)
def basic_elicitation(run: Run) -> None:
    two_rounds(run, "elicitation", "elicitation", "user_name", "elicitation/create", accept(name="Alice"))


@scenario("input-required-result-basic-sampling", MODERN)
def basic_sampling(run: Run) -> None:
    two_rounds(run, "sampling", "sampling", None, "sampling/createMessage", TEXT)


@scenario("input-required-result-basic-list-roots", MODERN)
def basic_list_roots(run: Run) -> None:
    two_rounds(run, "list_roots", "list-roots", None, "roots/list", ROOTS)


@scenario("input-required-result-request-state", MODERN)
def request_state(run: Run) -> None:
    with Modern(run) as modern:
        first = modern.tool(PREFIX + "request_state")
        state = first.result.get("requestState")
        run.check("sep-2322-request-state-incomplete", is_open(first) and isinstance(state, str) and state, first.last)
        key = next(iter(first.result.get("inputRequests", {})), "")
        reply = modern.tool(PREFIX + "request_state", **again(first, {key: accept(ok=True)}))
        run.check("sep-2322-request-state-complete", is_complete(reply) and "state-ok" in reply.text, reply.last)


@scenario("input-required-result-multiple-input-requests", MODERN)
def multiple_inputs(run: Run) -> None:
    answers = {"elicitation/create": accept(name="Alice"), "sampling/createMessage": TEXT, "roots/list": ROOTS}
    with Modern(run) as modern:
        first = modern.tool(PREFIX + "multiple_inputs")
        requests = first.result.get("inputRequests", {})
        methods = {request.get("method") for request in requests.values()}
        fine = is_open(first) and len(requests) >= 3 and methods == set(answers)
        run.check("sep-2322-multiple-inputs-incomplete", fine, first.last)
        responses = {key: answers[request["method"]] for key, request in requests.items()}
        reply = modern.tool(PREFIX + "multiple_inputs", **again(first, responses))
        run.check("sep-2322-multiple-inputs-complete", is_complete(reply), reply.last)


@scenario("input-required-result-multi-round", MODERN)
def multi_round(run: Run) -> None:
    with Modern(run) as modern:
        first = modern.tool(PREFIX + "multi_round")
        fine = is_open(first) and "step1" in first.result.get("inputRequests", {}) and first.result.get("requestState")
        run.check("sep-2322-multi-round-r1", fine, first.last)
        second = modern.tool(PREFIX + "multi_round", **again(first, {"step1": accept(name="Alice")}))
        differs = second.result.get("requestState") not in (None, first.result.get("requestState"))
        fine = is_open(second) and "step2" in second.result.get("inputRequests", {}) and differs
        run.check("sep-2322-multi-round-r2", fine, second.last)
        third = modern.tool(PREFIX + "multi_round", **again(second, {"step2": accept(color="blue")}))
        run.check("sep-2322-multi-round-r3", is_complete(third) and "Alice" in third.text and "blue" in third.text, third.last)


@scenario("input-required-result-missing-input-response", MODERN)
def missing_response(run: Run) -> None:
    with Modern(run) as modern:
        reply = modern.tool(PREFIX + "elicitation", inputResponses={"wrong_key": accept(data="wrong")})
        fine = is_open(reply) and "user_name" in reply.result.get("inputRequests", {})
        run.check("sep-2322-missing-response-rerequests", fine, reply.last)


@scenario("input-required-result-non-tool-request", MODERN)
def non_tool(run: Run) -> None:
    params = {"name": PREFIX + "prompt"}
    with Modern(run) as modern:
        first = modern.call("prompts/get", params)
        run.check("sep-2322-non-tool-incomplete", is_open(first) and "user_context" in first.result.get("inputRequests", {}), first.last)
        reply = modern.call("prompts/get", params | again(first, {"user_context": accept(context="test context")}))
        run.check("sep-2322-non-tool-complete", reply.result.get("messages"), reply.last)


@scenario("input-required-result-result-type", MODERN)
def result_type(run: Run) -> None:
    with Modern(run) as modern:
        reply = modern.tool(PREFIX + "elicitation")
        run.check("sep-2322-result-type-included", reply.result.get("resultType") == "input_required", reply.last)


@scenario("input-required-result-unsupported-methods", MODERN)
def unsupported_methods(run: Run) -> None:
    with Modern(run) as modern:
        types = [modern.call(method).result.get("resultType") for method in ("tools/list", "prompts/list")]
        run.check("sep-2322-not-on-unsupported-requests", "input_required" not in types, types)


@scenario("input-required-result-tampered-state", MODERN)
def tampered_state(run: Run) -> None:
    with Modern(run) as modern:
        first = modern.tool(PREFIX + "tampered_state")
        state = first.result.get("requestState", "")
        key = next(iter(first.result.get("inputRequests", {})), "")
        reply = modern.tool(PREFIX + "tampered_state", inputResponses={key: accept(ok=True)}, requestState=state + "-TAMPERED")
        run.check("sep-2322-reject-tampered-state", state and reply.error, reply.last)


@scenario("input-required-result-capability-check", MODERN)
def capability_check(run: Run) -> None:
    with Modern(run) as modern:
        message = modern.message("tools/call", {"name": PREFIX + "capabilities"}, meta={META + "clientCapabilities": {"sampling": {}}})
        reply = modern.send(message)
        methods = [request["method"] for request in reply.result.get("inputRequests", {}).values()]
        fine = is_open(reply) and methods and "elicitation/create" not in methods
        run.check("sep-2322-respect-client-capabilities", fine, reply.last)


@scenario("input-required-result-ignore-extra-params", MODERN)
def extra_params(run: Run) -> None:
    with Modern(run) as modern:
        responses = {"user_name": accept(name="Alice"), "unexpected": accept(data=1), "another": accept(data=2)}
        reply = modern.tool(PREFIX + "elicitation", inputResponses=responses)
        run.check("sep-2322-ignore-unexpected-params", is_complete(reply), reply.last)


@scenario("input-required-result-validate-input", MODERN)
def validate_input(run: Run) -> None:
    with Modern(run) as modern:
        reply = modern.tool(PREFIX + "elicitation", inputResponses={"user_name": 12345})
        run.check("sep-2322-validate-input-responses", reply.error or is_open(reply), reply.last)
        reply = modern.tool(PREFIX + "elicitation", inputResponses={"user_name": None})
        run.check("sep-2322-error-on-protocol-error", reply.error or is_open(reply), reply.last)
